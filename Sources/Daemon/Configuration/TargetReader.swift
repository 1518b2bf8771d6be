import CacheModel

/// A target as the file gives it; its URL may still come from the environment.
struct FileTarget {
  var target: TargetConfiguration
  var hasURL: Bool
  /// Whether a name is given, be it a valid one or not.
  var hasName: Bool
  var path: String
  var place: Place
}

extension ConfigurationReader {
  static let targetKeys = [
    "name", "url", "username", "password", "password_file", "tls", "preset", "poll", "observe", "census",
    "checks", "collect", "namespaces", "health", "config_command", "cluster", "sentinel", "memcached", "json",
  ]

  /// The file's `targets`; `poll` is what a target gets that says nothing, `preset` likewise.
  mutating func targets(_ node: ConfigurationNode, poll: PollConfiguration, preset: Preset?) -> [FileTarget] {
    if node.isNull || node.isEmptyList {
      error(node.place, "targets", "is empty; give at least one target with its url")
      return []
    }
    guard let items = items(node, "targets", of: "targets") else { return [] }
    let targets = items.enumerated().compactMap { index, item in
      target(item, "targets[\(index)]", poll: poll, preset: preset)
    }
    checkNames(targets)
    return targets
  }

  mutating func target(
    _ node: ConfigurationNode, _ path: String, poll: PollConfiguration, preset: Preset?
  ) -> FileTarget? {
    if case .scalar(let text, _) = node.value, text.contains("://") {
      error(node.place, path, "is a single value, but a target is a mapping; write url: in front of it")
      return nil
    }
    let hints = [
      "host": "`host` is not a key; write url: redis://host:port",
      "port": "`port` is not a key; write url: redis://host:port",
      "user": "unknown key \"user\"; did you mean username?",
      "hit_rate": "`hit_rate` belongs to a namespace's target: { hit_rate: 0.85 }; a target has a preset",
    ]
    guard let fields = fields(node, path, known: Self.targetKeys, hints: hints) else { return nil }
    var target = TargetConfiguration(url: "")
    target.name = value("name", of: fields, path, parseName)
    target.username = value("username", of: fields, path, parseText)
    target.password = value("password", of: fields, path, parseSecret)
    target.passwordFile = value("password_file", of: fields, path, parseText)
    let url = value("url", of: fields, path) { text throws(ValueError) in
      try TargetURL(parsing: text, allowsHTTP: true)
    }
    if let url { adopt(url, into: &target, path) }
    checkCredentials(target, fields, path)
    if let tls = fields["tls"] { target.tls = self.tls(tls, joined(path, "tls"), url: url) }
    target.preset = value("preset", of: fields, path) { text throws(ValueError) in try parseChoice(text) } ?? preset
    target.poll = fields["poll"].map { self.poll($0, joined(path, "poll"), over: poll) } ?? poll
    if let observe = fields["observe"] { target.observe = self.observe(observe, joined(path, "observe")) }
    if let census = fields["census"] { target.census = self.census(census, joined(path, "census")) }
    if let checks = fields["checks"] { target.checks = self.checks(checks, joined(path, "checks")) }
    if let collect = fields["collect"] { target.collect = self.collect(collect, joined(path, "collect")) }
    if let namespaces = fields["namespaces"] {
      target.namespaces = self.namespaces(
        namespaces, joined(path, "namespaces"), preset: target.preset, needsKeys: url?.kind != .json)
    }
    if let memcached = fields["memcached"] {
      target.memcached = self.memcached(memcached, joined(path, "memcached"), url: url)
    }
    if let json = fields["json"] {
      target.json = self.json(json, joined(path, "json"), url: url, target.namespaces)
    }
    if let url, url.kind == .json { refuseServersOnly(fields, path, target.namespaces) }
    if let url, url.kind == .memcached { refuseRedisOnly(fields, path, target.namespaces) }
    if let health = fields["health"] { target.health = self.health(health, joined(path, "health")) }
    if let command = value("config_command", of: fields, path, parseConfigCommand) {
      target.configCommand = command
    }
    group(fields, into: &target, path, url: url)
    let hasOthers = hasOtherKeys(node, fields)
    return FileTarget(
      target: target, hasURL: fields["url"] != nil || hasOthers, hasName: fields["name"] != nil || hasOthers,
      path: path, place: node.place)
  }

  /// Splits the URL's credentials off, so that the text that is kept can be shown.
  mutating func adopt(_ url: TargetURL, into target: inout TargetConfiguration, _ path: String) {
    let origin = origins[joined(path, "url")] ?? .default
    target.url = url.text
    if url.hasQuery {
      warn(origin, joined(path, "url"), "what follows the URL's ? is ignored, but for the db of a unix:// URL")
    }
    if let username = url.username {
      if target.username != nil {
        problems.append(
          ConfigurationProblem(.error, origin, path: joined(path, "url"), "has a user, and username is given too"))
      }
      target.username = username
      origins[joined(path, "username")] = origin
    }
    if let password = url.password {
      if target.password != nil || target.passwordFile != nil {
        let other = target.password != nil ? "password" : "password_file"
        problems.append(
          ConfigurationProblem(
            .error, origin, path: joined(path, "url"), "has a password, and \(other) is given too"))
      }
      target.password = Secret(password)
      origins[joined(path, "password")] = origin
    }
  }

  mutating func checkCredentials(
    _ target: TargetConfiguration, _ fields: [String: ConfigurationNode], _ path: String
  ) {
    if let node = fields["password"], fields["password_file"] != nil {
      error(node.place, joined(path, "password"), "is given together with password_file; keep one of them")
    }
    if target.password != nil, let origin = origins[joined(path, "password")] {
      warn(origin, joined(path, "password"), "stands in the file as plain text; password_file keeps it out of it")
    }
    if target.username != nil, target.password == nil, target.passwordFile == nil, fields["password"] == nil,
      fields["password_file"] == nil, let origin = origins[joined(path, "username")]
    {
      warn(origin, joined(path, "username"), "has no effect without password or password_file")
    }
  }

  mutating func tls(_ node: ConfigurationNode, _ path: String, url: TargetURL?) -> TLSConfiguration {
    var tls = TLSConfiguration()
    let known = ["ca_file", "certificate_file", "key_file", "server_name", "insecure_skip_verify"]
    let hints = [
      "cert_file": "unknown key \"cert_file\"; did you mean certificate_file?",
      "enabled": "TLS is chosen by the url: rediss:// has it, redis:// has not",
    ]
    guard let fields = fields(node, path, known: known, hints: hints) else { return tls }
    tls.authorityFile = value("ca_file", of: fields, path, parseText)
    tls.certificateFile = value("certificate_file", of: fields, path, parseText)
    tls.keyFile = value("key_file", of: fields, path, parseText)
    tls.serverName = value("server_name", of: fields, path, parseText)
    tls.skipsVerification = value("insecure_skip_verify", of: fields, path, parseBoolean) ?? false
    if let url, !url.isEncrypted {
      error(
        node.place, path,
        "is given, but the url says \(url.scheme)://, which has no TLS; write \(url.encryptedScheme)://"
      )
    }
    if let name = tls.serverName, name.contains(":") || name.allSatisfy({ $0.isNumber || $0 == "." }) {
      error(
        fields["server_name"]?.place ?? node.place, joined(path, "server_name"), "is an address; give a host name")
    }
    for (one, other) in [("certificate_file", "key_file"), ("key_file", "certificate_file")] {
      if let present = fields[one], fields[other] == nil {
        error(present.place, joined(path, one), "needs \(other) beside it")
      }
    }
    if tls.skipsVerification, let origin = origins[joined(path, "insecure_skip_verify")] {
      warn(origin, joined(path, "insecure_skip_verify"), "takes any certificate, so anyone can pose as the server")
    }
    return tls
  }

  private mutating func poll(
    _ node: ConfigurationNode, _ path: String, over base: PollConfiguration
  ) -> PollConfiguration {
    var poll = base
    guard let fields = fields(node, path, known: PollSetting.allCases.map(\.rawValue)) else { return poll }
    for setting in PollSetting.allCases {
      value(setting.rawValue, of: fields, path) { text throws(ValueError) in try setting.assign(text, to: &poll) }
    }
    return poll
  }

  private static let observeKeys = ["events", "sample", "sample_share", "manage", "state_directory"]

  private mutating func observe(_ node: ConfigurationNode, _ path: String) -> ObserveConfiguration {
    var observe = ObserveConfiguration()
    guard let fields = fields(node, path, known: Self.observeKeys) else {
      return observe
    }
    observe.events = value("events", of: fields, path, parseBoolean) ?? false
    observe.manage = value("manage", of: fields, path, parseBoolean) ?? false
    observe.stateDirectory = value("state_directory", of: fields, path, parseDirectory)
    observe.sample = value("sample", of: fields, path, parseBoolean) ?? false
    observe.sampleShare = value("sample_share", of: fields, path, shares(in: 0.001...0.05)) ?? observe.sampleShare
    for (key, isOn) in [("manage", observe.manage), ("sample", observe.sample)] where isOn && !observe.events {
      guard let node = fields[key] else { continue }
      error(node.place, joined(path, key), "has no effect without events: true; write both, or remove it")
    }
    return observe
  }

  private mutating func health(_ node: ConfigurationNode, _ path: String) -> HealthOverrides {
    var overrides = HealthOverrides()
    guard let fields = fields(node, path, known: HealthThreshold.all.map(\.name)) else { return overrides }
    for threshold in HealthThreshold.all {
      if let value = value(threshold.name, of: fields, path, threshold.parse) {
        overrides.values[threshold.name] = value
      }
    }
    return overrides
  }

  private mutating func checkNames(_ targets: [FileTarget]) {
    var first: [String: ConfigurationOrigin] = [:]
    for target in targets {
      let path = joined(target.path, "name")
      guard let name = target.target.name, let origin = origins[path] else {
        if targets.count > 1, !target.hasName {
          error(target.place, target.path, "has no name; with several targets each needs one")
        }
        continue
      }
      if case .file(_, let line, _) = first[name] {
        problems.append(
          ConfigurationProblem(.error, origin, path: path, "\(quoted(name)) is taken by the target in line \(line)")
        )
      } else {
        first[name] = origin
      }
    }
  }
}

/// A label value for people: at most 100 characters, no control characters.
func parseName(_ text: String) throws(ValueError) -> String {
  let name = trimmed(try parseText(text))
  guard name.unicodeScalars.count <= 100 else { throw ValueError("is longer than 100 characters") }
  return name
}

/// A password; the message never repeats it.
func parseSecret(_ text: String) throws(ValueError) -> Secret {
  guard !text.isEmpty else { throw ValueError("is empty; remove it, or give the password") }
  return Secret(text)
}

/// An absolute path.
func parseDirectory(_ text: String) throws(ValueError) -> String {
  let path = try parseText(text)
  guard path.hasPrefix("/") else { throw ValueError("\(quoted(path)) is no absolute path") }
  return path
}
