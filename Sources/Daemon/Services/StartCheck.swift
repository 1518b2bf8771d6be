import CacheClients
import CacheModel
import HTTPServer
import HistoryStore

/// What a configuration needs beside itself, looked at before anything starts. `serve` and `config check` both ask this, so that what
/// the one refuses the other does, in the same words; only what others hold at the moment, a port or history's lock, shows itself
/// when it is taken.
extension LoadedConfiguration {
  /// Throws everything for which `serve` would end at once. Blocks for some milliseconds: reads files and writes none.
  func checkStart() throws(ConfigurationErrors) {
    var problems: [ConfigurationProblem] = []
    do throws(HTTPServerError) { try HTTPServer.check(address: configuration.listen.host) } catch {
      problems.append(problem(.error, "listen", error.description))
    }
    do throws(WebContents.Problem) { try WebContents(configuration.web).checkIdentity() } catch {
      problems += error.places.isEmpty ? [problem(.error, "web.\(error.key)", error.message)] : error.places
    }
    if let path = configuration.history.path {
      let rings = configuration.ownTargets.map(\.identity.name)
      do throws(HistoryError) { try HistoryStore.check(path: path, rings: rings) } catch {
        problems.append(problem(.error, "history.path", error.description))
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: warnings + problems) }
  }

  /// What `serve` starts without, and tells of in its log when it meets it: files that can't be used now. Blocks while it reads them.
  var doubts: [ConfigurationProblem] {
    var found: [ConfigurationProblem] = []
    for (index, target) in configuration.targets.enumerated() { found += doubts(target, "targets[\(index)]") }
    for (index, files) in configuration.targetFiles.enumerated() {
      let path = "target_files[\(index)]"
      found += doubts(files.template, path)
      for (position, pattern) in files.paths.enumerated() {
        found += doubts(ofFiles: pattern).map { problem(.warning, "\(path).paths[\(position)]", $0) }
      }
    }
    for (index, allowed) in configuration.scrape.allow.enumerated() {
      found += doubts(allowed.template, "scrape.allow[\(index)]")
    }
    for (index, remote) in configuration.remoteWrite.enumerated() {
      found += doubts(remote.receiver, "remote_write[\(index)]")
    }
    return found
  }

  private func doubts(_ target: TargetConfiguration, _ path: String) -> [ConfigurationProblem] {
    var found: [ConfigurationProblem] = []
    func look(_ key: String, _ body: () throws(ClientError) -> Void) {
      do throws(ClientError) { try body() } catch {
        let message =
          "\(error.detail); each connection tries it again, and fails (\(error.cause.rawValue)) until it can be used"
        found.append(problem(.warning, joined(path, key), message))
      }
    }
    for (key, file) in [
      ("password_file", target.passwordFile), ("sentinel.password_file", target.sentinel.passwordFile),
    ] {
      if let file { look(key) { () throws(ClientError) in _ = try PasswordSource.file(file).text() } }
    }
    let (authority, own) = target.tls.parts
    if target.tls.authorityFile != nil { look("tls.ca_file", authority.check) }
    if target.tls.certificateFile != nil { look("tls.certificate_file", own.check) }
    for (key, isWanted, directory) in [
      ("observe.manage", target.observe.manage, target.observe.stateDirectory),
      ("memcached.manage", target.memcached.manage, target.memcached.stateDirectory),
    ] where isWanted {
      guard let obstacle = ManagedFlags.obstacle(in: ManagedFlags.directory(directory)) else { continue }
      found.append(
        problem(
          .warning, joined(path, key),
          "nothing will be switched on, since it can't be noted: \(obstacle); give a state_directory that this user may write"
        ))
    }
    return found
  }

  private func doubts(ofFiles pattern: String) -> [String] {
    let paths = WatchedFile.matches(pattern).map { ($0, WatchedFile.Mark($0)) }
    guard paths.contains(where: { $0.1 != nil }) else { return ["no such file is there yet"] }
    return paths.compactMap { path, mark in
      guard mark != nil else { return nil }
      do throws(TargetList.Problem) {
        _ = try TargetList(path)
        return nil
      } catch { return error.sentence }
    }
  }

  private func problem(_ severity: ConfigurationProblem.Severity, _ path: String, _ message: String)
    -> ConfigurationProblem
  {
    ConfigurationProblem(severity, origin(of: path), path: path, message)
  }
}

extension TLSConfiguration {
  /// Whom we trust, and what we show, each by itself.
  fileprivate var parts: (TLSSettings, TLSSettings) {
    (TLSSettings(authorityFile: authorityFile), TLSSettings(certificateFile: certificateFile, keyFile: keyFile))
  }
}
