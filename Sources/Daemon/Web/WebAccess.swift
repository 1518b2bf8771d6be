import HTTPServer
import Locked
import Logging

/// What the files of `web` say: TLS, users, the token. Read at the start, where a fault ends the process, and again whenever one
/// of them says something else, where a fault leaves in force what was read before.
final class WebAccess: Sendable {
  /// What all files together say.
  struct Contents: Sendable, Equatable {
    var identity: TLSIdentity?
    var rules = WebGate.Rules()
  }

  private struct State {
    var contents: Contents
    var isCurrent = true
  }

  private let configuration: WebSettings
  private let log: Logger
  private let state: Locked<State>
  /// Stands before every route.
  let gate: WebGate

  /// Reads the files. Blocks. Throws a sentence about what can't be used.
  init(_ configuration: WebSettings, metricsPath: String = "/metrics", log: Logger) throws(UsageError) {
    self.configuration = configuration
    self.log = log
    let contents = try Self.read(configuration)
    state = Locked(State(contents: contents))
    gate = WebGate(contents.rules, metricsPaths: Routes.metricsPaths(metricsPath))
  }

  /// What the server proves itself with; nil for plain HTTP.
  var identity: TLSIdentity? { state.withLock { $0.contents.identity } }

  /// Whether the files could be used when they were read last; nil where there are none.
  var isCurrent: Bool? { configuration.isEmpty ? nil : state.withLock { $0.isCurrent } }

  /// What came of reading the files again.
  enum Change {
    case none
    /// Other users, token or headers: in force already.
    case rules
    /// Another identity, which a server takes at its start only.
    case identity(TLSIdentity?)
  }

  /// Reads the files again: a few small ones, each second. Blocks.
  func refresh() -> Change {
    if configuration.isEmpty { return .none }
    let before = state.withLock { $0 }
    do throws(UsageError) {
      let contents = try Self.read(configuration)
      state.withLock { $0 = State(contents: contents) }
      if contents.rules != before.contents.rules { gate.replace(contents.rules) }
      if contents != before.contents || !before.isCurrent { log.notice("the files of web access were read again") }
      if contents.identity != before.contents.identity { return .identity(contents.identity) }
      return contents.rules == before.contents.rules ? .none : .rules
    } catch {
      refuse("\(error.description); what was read before stays in force")
      return .none
    }
  }

  /// The identity that was read can't be used: the server keeps the one that it has.
  func refuse(_ sentence: String, keeping identity: TLSIdentity?) {
    state.withLock { $0.contents.identity = identity }
    refuse(sentence)
  }

  private func refuse(_ sentence: String) {
    let wasCurrent = state.withLock { state in
      defer { state.isCurrent = false }
      return state.isCurrent
    }
    if wasCurrent { log.error("\(sentence)") }
  }

  private static func read(_ settings: WebSettings) throws(UsageError) -> Contents {
    var contents = Contents()
    if let file = settings.configFile {
      let web = try webConfiguration(file)
      contents.rules.users = web.users
      contents.rules.headers = web.headers
      if let tls = web.tls { contents.identity = try identity(tls) }
    }
    contents.rules.token = try settings.bearerTokenFile.map(token)
    contents.rules.metricsToken = try settings.metricsTokenFile.map(token)
    contents.rules.metricsUsers = Set(settings.metricsUsers)
    for user in settings.metricsUsers where contents.rules.users[user] == nil {
      throw UsageError("web.metrics_users: \(quoted(user)) is none of the users of web.config_file")
    }
    return contents
  }

  private static func token(_ file: String) throws(UsageError) -> [UInt8] {
    let text = trimmed(try text(file).filter { $0 != "\n" && $0 != "\r\n" })
    guard text.utf8.count >= 16 else { throw UsageError("\(file): a token has 16 characters at least") }
    return Array(text.utf8)
  }

  private static func webConfiguration(_ file: String) throws(UsageError) -> WebConfiguration {
    let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
    do throws(ConfigurationErrors) {
      return try WebConfiguration(bytes(file), file: file, directory: directory)
    } catch {
      throw UsageError("\(error)")
    }
  }

  private static func identity(_ files: WebConfiguration.TLSFiles) throws(UsageError) -> TLSIdentity {
    var identity = TLSIdentity(
      certificateChain: try text(files.certificate), privateKey: try text(files.key))
    if let path = files.clientAuthorities { identity.clientAuthorities = try text(path) }
    identity.clientCertificates = files.clientCertificates
    identity.minimumVersion = files.minimumVersion
    identity.maximumVersion = files.maximumVersion
    return identity
  }

  private static func bytes(_ path: String) throws(ConfigurationErrors) -> [UInt8] {
    do throws(ConfigurationFileError) { return try readConfigurationFile(path) } catch {
      throw ConfigurationErrors(problems: [
        ConfigurationProblem(.error, .file(path, line: 0, column: 0), "the file \(error.reason)")
      ])
    }
  }

  private static func text(_ path: String) throws(UsageError) -> String {
    do throws(ConfigurationFileError) {
      return String(decoding: try readConfigurationFile(path), as: UTF8.self)
    } catch {
      throw UsageError("\(path): the file \(error.reason)")
    }
  }
}
