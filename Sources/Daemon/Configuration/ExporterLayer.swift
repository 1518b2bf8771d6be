/// Puts what redis_exporter's users say over the configuration.
extension ConfigurationLayers {
  /// redis_exporter's flags and variables, for what is no setting of our own.
  mutating func applyExporterFlags() {
    for flag in ExporterFlag.all {
      guard let (text, origin) = given(flag) else { continue }
      do throws(ValueError) {
        if try flag.isUsual(text) { continue }
        try apply(flag, text, origin)
      } catch {
        reader.problems.append(ConfigurationProblem(.error, origin, error.message))
      }
    }
    checkTLSPair()
  }

  /// What is said of a flag that is none of our own: the last on the command line, or the variable.
  private func given(_ flag: ExporterFlag) -> (String, ConfigurationOrigin)? {
    if case .own = flag.effect { return nil }
    if let text = overrides.exporterFlags.last(where: { $0.name == flag.name })?.value {
      return (text, .flag("--\(flag.name)"))
    }
    return environment[flag.environment].map { ($0, .environment(flag.environment)) }
  }

  private mutating func apply(
    _ flag: ExporterFlag, _ text: String, _ origin: ConfigurationOrigin
  ) throws(ValueError) {
    switch flag.effect {
    case .own: break
    case .setting(let path):
      guard let setting = ConfigurationSettings.all.first(where: { $0.path == path }) else {
        preconditionFailure("the table names a setting that is none")
      }
      // A variable of ours, or of theirs that the setting names itself, has been read before.
      if case .environment = origin { return }
      try setting.assign(text, &configuration)
      reader.origins[path] = origin
    case .configuration(_, let change): try change(text, &configuration)
    case .target(_, let change): try apply(change, text, origin)
    case .none(let why): reader.warn(origin, "", "has no effect: \(why)")
    case .refused(let why): throw ValueError("is not offered: \(why)")
    }
  }

  /// To the only target, and to what the command line allows; never to one of several, since nobody says which.
  private mutating func apply(
    _ change: (String, inout TargetConfiguration) throws(ValueError) -> Void, _ text: String,
    _ origin: ConfigurationOrigin
  ) throws(ValueError) {
    for index in allowedByFlag { try change(text, &configuration.scrape.allow[index].template) }
    switch configuration.targets.count {
    case 0: break
    case 1: try change(text, &configuration.targets[0])
    default:
      reader.warn(origin, "", "is ignored, since there are several targets; write it at the one it belongs to")
    }
  }

  private mutating func checkTLSPair() {
    guard let tls = configuration.targets.first?.tls, configuration.targets.count == 1 else { return }
    if (tls.certificateFile == nil) != (tls.keyFile == nil), reader.origins["targets[0].tls.key_file"] == nil,
      reader.origins["targets[0].tls.certificate_file"] == nil
    {
      let flag = tls.certificateFile == nil ? "tls-client-key-file" : "tls-client-cert-file"
      let other = tls.certificateFile == nil ? "tls-client-cert-file" : "tls-client-key-file"
      reader.problems.append(ConfigurationProblem(.error, .flag("--\(flag)"), "needs --\(other) beside it"))
    }
  }

  // MARK: What scrapes may ask for

  /// Entries of `scrape.allow` that the command line or the environment brought: the last ones.
  var allowedByFlag: Range<Int> {
    let all = configuration.scrape.allow.indices
    return (all.upperBound - allowedByFlagCount)..<all.upperBound
  }

  /// `--scrape-allow` and `CACHEGAUGE_SCRAPE_ALLOW`: patterns with commas between them.
  mutating func applyScrapeAllow() {
    let given: (String, ConfigurationOrigin)? =
      overrides.settings["scrape-allow"].map { ($0, .flag("--scrape-allow")) }
      ?? environment["CACHEGAUGE_SCRAPE_ALLOW"].map { ($0, .environment("CACHEGAUGE_SCRAPE_ALLOW")) }
    guard let (text, origin) = given else { return }
    for part in text.split(separator: ",") {
      do throws(ValueError) {
        allow(try TargetPattern(parsing: String(part)))
      } catch {
        reader.problems.append(ConfigurationProblem(.error, origin, error.message))
      }
    }
  }

  private mutating func allow(_ pattern: TargetPattern, password: String? = nil, username: String? = nil) {
    var template = TargetConfiguration(url: "")
    (template.poll, template.preset) = (configuration.poll, preset)
    (template.username, template.password) = (username, password.map { Secret($0) })
    configuration.scrape.allow.append(AllowedTargets(patterns: [pattern], template: template))
    allowedByFlagCount += 1
  }

  // MARK: redis_exporter's password file

  /// Takes a password file that is a JSON object of URLs and their passwords apart: the target's own password, and an
  /// exact entry of `scrape.allow` for each other URL; an empty password is none. Answers what is left for the target: the source as it is when
  /// the file holds one password, else the password of the target's URL; nil when it has none.
  mutating func resolve(
    _ source: CredentialSource, for target: TargetURL?,
    _ readFile: (String) throws(ConfigurationFileError) -> [UInt8]
  ) -> CredentialSource? {
    guard source.kind == .passwordFile, let bytes = try? readFile(source.text),
      bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{")
    else { return source }
    let (tree, _) = readTree(bytes, file: source.text)
    guard case .mapping(let entries)? = tree?.value else {
      reader.problems.append(
        ConfigurationProblem(
          .error, source.origin, "\(quoted(source.text)) is neither a password nor a JSON object"))
      return nil
    }
    var own: CredentialSource?
    for entry in entries {
      guard case .scalar(let password, _) = entry.value.value, let url = TargetURL.parse(entry.key) else {
        let message = "line \(entry.place.line) of \(quoted(source.text)) is no URL with its password"
        reader.problems.append(ConfigurationProblem(.error, source.origin, message))
        continue
      }
      if let target, url.isSamePlace(as: target) {
        own = CredentialSource(kind: .password, text: password, origin: source.origin, isFlag: source.isFlag)
      } else if let pattern = try? TargetPattern(parsing: "\(url.scheme)://\(url.place)") {
        allow(pattern, password: password, username: url.username)
      }
    }
    return own
  }
}
