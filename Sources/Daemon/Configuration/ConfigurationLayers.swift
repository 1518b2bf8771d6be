import CacheModel

/// Puts file, environment and flags together.
struct ConfigurationLayers {
  let overrides: ConfigurationOverrides
  /// Without variables that are set to nothing.
  let environment: [String: String]
  var configuration = Configuration()
  var reader = ConfigurationReader(file: "")
  private(set) var preset: Preset?
  private var chosen: [FileTarget] = []
  /// How many of the last entries of `scrape.allow` are not the file's.
  var allowedByFlagCount = 0

  init(overrides: ConfigurationOverrides, environment: [String: String]) {
    self.overrides = overrides
    self.environment = environment.filter { !$0.value.isEmpty }
  }

  mutating func load(
    _ readFile: (String) throws(ConfigurationFileError) -> [UInt8]
  ) throws(ConfigurationErrors) -> LoadedConfiguration {
    let file = overrides.configFile ?? environment["CACHEGAUGE_CONFIG"]
    var root: [String: ConfigurationNode] = [:]
    if let file { root = try fileFields(file, readFile) }
    applySettings(root)
    applyPreset()
    let declared = root["targets"].map { reader.targets($0, poll: configuration.poll, preset: preset) } ?? []
    configuration.scrape =
      root["scrape"].map { reader.scrape($0, poll: configuration.poll, preset: preset) } ?? .init()
    configuration.targetFiles =
      root["target_files"].map { reader.targetFiles($0, poll: configuration.poll, preset: preset) } ?? []
    configuration.remoteWrite = root["remote_write"].map { reader.remoteWrite($0) } ?? []
    applyScrapeAllow()
    chooseTargets(declared, hasFile: file != nil, isDeclared: root["targets"] != nil)
    applyCredentials(readFile)
    applyExporterFlags()
    checkPolls()
    checkPlaces()
    warnOfUnknownVariables()
    let problems = inOrder(reader.problems)
    if problems.contains(where: { $0.severity == .error }) { throw ConfigurationErrors(problems: problems) }
    return LoadedConfiguration(
      configuration: configuration, origins: reader.origins, warnings: problems, file: file)
  }

  // MARK: The file

  private mutating func fileFields(
    _ file: String, _ readFile: (String) throws(ConfigurationFileError) -> [UInt8]
  ) throws(ConfigurationErrors) -> [String: ConfigurationNode] {
    reader = ConfigurationReader(file: file)
    let bytes: [UInt8]
    do throws(ConfigurationFileError) {
      bytes = try readFile(file)
    } catch {
      let problem = ConfigurationProblem(.error, .file(file, line: 0, column: 0), "the file \(error.reason)")
      throw ConfigurationErrors(problems: [problem])
    }
    let (tree, problems) = readTree(bytes, file: file)
    reader.problems = problems
    guard let tree else { throw ConfigurationErrors(problems: problems) }
    if tree.isNull {
      throw ConfigurationErrors(problems: [
        ConfigurationProblem(.error, tree.place.origin(file), "the file is empty")
      ])
    }
    guard case .mapping = tree.value else {
      let message = "the file is \(tree.kindName), but a mapping is wanted: listen, poll, targets, …"
      throw ConfigurationErrors(
        problems: problems + [ConfigurationProblem(.error, tree.place.origin(file), message)])
    }
    let hints = [
      "url": "`url` belongs to a target: targets: [{ url: … }]",
      "target": "unknown key \"target\"; did you mean targets?",
      "namespaces": "`namespaces` belongs to a target: targets: [{ url: …, namespaces: [ … ] }]",
    ]
    return reader.fields(tree, "", known: ConfigurationSettings.rootKeys, hints: hints) ?? [:]
  }

  // MARK: Values outside targets

  private mutating func applySettings(_ root: [String: ConfigurationNode]) {
    var fields: [String: ConfigurationNode] = root
    for section in ["poll", "history", "log", "web"] {
      guard let node = root[section] else { continue }
      let known = ConfigurationSettings.all.map(\.path).filter { $0.hasPrefix(section + ".") }
        .map { String($0.dropFirst(section.count + 1)) }
      for (key, value) in reader.fields(node, section, known: known) ?? [:] { fields["\(section).\(key)"] = value }
    }
    for setting in ConfigurationSettings.all {
      if let node = fields[setting.path] {
        reader.value(node, setting.path) { text throws(ValueError) in try setting.assign(text, &configuration) }
      }
      if let name = setting.environment.first(where: { environment[$0] != nil }), let text = environment[name] {
        apply(setting, text, .environment(name))
      }
      if let text = overrides.settings[setting.flag] { apply(setting, text, .flag("--" + setting.flag)) }
    }
  }

  private mutating func apply(_ setting: Setting, _ text: String, _ origin: ConfigurationOrigin) {
    do throws(ValueError) {
      try setting.assign(text, &configuration)
      reader.origins[setting.path] = origin
    } catch {
      reader.problems.append(ConfigurationProblem(.error, origin, error.message))
    }
  }

  /// The preset of targets that name none.
  private mutating func applyPreset() {
    let given: [(String?, ConfigurationOrigin)] = [
      (environment["CACHEGAUGE_PRESET"], .environment("CACHEGAUGE_PRESET")),
      (overrides.settings["preset"], .flag("--preset")),
    ]
    for (text, origin) in given {
      guard let text else { continue }
      do throws(ValueError) {
        preset = try parseChoice(text)
      } catch {
        reader.problems.append(ConfigurationProblem(.error, origin, error.message))
      }
    }
  }

  // MARK: Targets

  /// A target named on the command line is the only one. Otherwise the file's targets stand, and the environment
  /// fills the URL of a target that has none. Without targets in a file, the environment's is the only one.
  private mutating func chooseTargets(_ declared: [FileTarget], hasFile: Bool, isDeclared: Bool) {
    var chosen = declared
    if asksForScrapesOnly {
      chosen = []
    } else if let address = AddressSource.flag(overrides, &reader.problems) {
      chosen = [only(address, declared)]
      noteDropIn(address)
    } else if let address = AddressSource.environment(environment, &reader.problems) {
      useEnvironment(address, &chosen, isDeclared: isDeclared)
    } else if isDeclared {
      for target in declared where !target.hasURL {
        reader.error(target.place, target.path, "has no url, and the environment gives none (REDIS_URL)")
      }
    } else if hasFile, configuration.scrape.allow.isEmpty, configuration.targetFiles.isEmpty {
      reader.error(
        Place(line: 0, column: 0), "targets", "is missing, and neither REDIS_URL nor a URL argument names one")
    }
    configuration.targets = chosen.map(\.target)
    self.chosen = chosen
    if asksForScrapesOnly { checkScrapes() } else if chosen.isEmpty, !isDeclared, !hasFile { adoptUsualAddress() }
  }

  /// `--redis.addr=`, as redis_exporter's users say that there is no target but those that are asked for.
  private var asksForScrapesOnly: Bool { overrides.redisAddress == "" && overrides.url == nil }

  private mutating func checkScrapes() {
    let file = CredentialSource.all(environment, overrides).contains { $0.kind == .passwordFile }
    guard configuration.scrape.allow.isEmpty, !file else { return }
    let message =
      "is empty, so that targets are only asked for by scrapes, and none is allowed: name them with --scrape-allow, "
      + "or under scrape.allow in a file"
    reader.problems.append(ConfigurationProblem(.error, .flag("--redis.addr"), message))
  }

  /// Whoever speaks redis_exporter's language and names no target means its usual one.
  private mutating func adoptUsualAddress() {
    let variables = ExporterFlag.all.map(\.environment).filter { $0.hasPrefix("REDIS_EXPORTER_") }
    guard configuration.isEmpty,
      !overrides.exporterFlags.isEmpty || variables.contains(where: { environment[$0] != nil })
    else { return }
    guard let url = TargetURL.parse("redis://localhost:6379") else {
      preconditionFailure("the text is a URL of a server")
    }
    let address = AddressSource(url: url, origin: .default, isDropIn: true)
    chosen = [only(address, [])]
    configuration.targets = chosen.map(\.target)
    noteDropIn(address)
  }

  private mutating func useEnvironment(_ address: AddressSource, _ chosen: inout [FileTarget], isDeclared: Bool) {
    guard isDeclared else {
      chosen = [only(address, [])]
      noteDropIn(address)
      return
    }
    let open = chosen.indices.filter { !chosen[$0].hasURL }
    if let index = open.first {
      adopt(address, into: &chosen[index])
      noteDropIn(address)
      for other in open.dropFirst() {
        reader.error(chosen[other].place, chosen[other].path, "has no url; the environment gives only one")
      }
    } else if !chosen.contains(where: { TargetURL.parse($0.target.url)?.isSamePlace(as: address.url) == true }) {
      reader.warn(
        address.origin, "",
        "is ignored, since the file names its targets; leave out a target's url to take it from here")
    }
  }

  /// The target at `address`: as the file declares it where it does, with its name, namespaces and credentials.
  private mutating func only(_ address: AddressSource, _ declared: [FileTarget]) -> FileTarget {
    if let match = declared.first(where: { TargetURL.parse($0.target.url)?.isSamePlace(as: address.url) == true }) {
      moveOrigins(from: match.path)
      var target = match
      target.path = "targets[0]"
      adopt(address, into: &target)
      return target
    }
    moveOrigins(from: nil)
    var target = TargetConfiguration(url: "")
    target.poll = configuration.poll
    target.preset = preset
    var made = FileTarget(
      target: target, hasURL: true, hasName: false, path: "targets[0]", place: Place(line: 0, column: 0))
    adopt(address, into: &made)
    return made
  }

  private mutating func adopt(_ address: AddressSource, into target: inout FileTarget) {
    reader.origins[joined(target.path, "url")] = address.origin
    if address.url.username != nil { target.target.username = nil }
    if address.url.password != nil { (target.target.password, target.target.passwordFile) = (nil, nil) }
    reader.adopt(address.url, into: &target.target, target.path)
    target.hasURL = true
  }

  /// Keeps only the origins of the target at `path`, as those of the first target.
  private mutating func moveOrigins(from path: String?) {
    var kept: [String: ConfigurationOrigin] = [:]
    for (name, origin) in reader.origins {
      guard name.hasPrefix("targets[") else {
        kept[name] = origin
        continue
      }
      guard let path, name == path || name.hasPrefix(path + ".") else { continue }
      kept["targets[0]" + name.dropFirst(path.count)] = origin
    }
    reader.origins = kept
  }

  private mutating func noteDropIn(_ address: AddressSource) {
    guard address.isDropIn, reader.origins["legacy_names"] == nil else { return }
    configuration.legacyNames = true
    reader.origins["legacy_names"] = address.origin
  }

  /// `REDIS_USER`, `REDIS_PASSWORD` and `REDIS_PASSWORD_FILE`, and their flags, belong to the only target, or else
  /// to none: a password is never sent to a target that it was not meant for.
  private mutating func applyCredentials(_ readFile: (String) throws(ConfigurationFileError) -> [UInt8]) {
    let single = chosen.count == 1 ? TargetURL.parse(chosen[0].target.url) : nil
    let isAlone = chosen.count <= 1
    let sources = CredentialSource.all(environment, overrides).compactMap { source in
      isAlone ? resolve(source, for: single, readFile) : source
    }
    defer { configuration.targets = chosen.map(\.target) }
    guard !sources.isEmpty else { return }
    if chosen.isEmpty, asksForScrapesOnly { return applyToAllowed(sources) }
    guard chosen.count == 1 else {
      for source in sources where chosen.count > 1 {
        reader.warn(
          source.origin, "", "is ignored, since there are several targets; write it at the one it belongs to")
      }
      return
    }
    for source in sources {
      var target = chosen[0]
      apply(source, &target)
      chosen[0] = target
    }
  }

  /// Without any target, they are for what the command line allows scrapes to ask for, where that has none itself.
  private mutating func applyToAllowed(_ sources: [CredentialSource]) {
    for index in allowedByFlag where configuration.scrape.allow[index].template.password == nil {
      for source in sources {
        switch source.kind {
        case .user: configuration.scrape.allow[index].template.username = source.text
        case .password: configuration.scrape.allow[index].template.password = Secret(source.text)
        case .passwordFile: configuration.scrape.allow[index].template.passwordFile = source.text
        }
      }
    }
  }

  private mutating func apply(_ source: CredentialSource, _ target: inout FileTarget) {
    func origin(_ key: String) -> ConfigurationOrigin { reader.origins[joined(target.path, key)] ?? .default }
    let path: String
    switch source.kind {
    case .user:
      guard source.isFlag || target.target.username == nil else { return }
      target.target.username = source.text
      path = "username"
    case .password, .passwordFile:
      let hasOwn = target.target.password != nil || target.target.passwordFile != nil
      guard source.isFlag || !hasOwn else { return }
      (target.target.password, target.target.passwordFile) = (nil, nil)
      for key in ["password", "password_file"] { reader.origins[joined(target.path, key)] = nil }
      if source.kind == .password {
        target.target.password = Secret(source.text)
      } else {
        target.target.passwordFile = source.text
      }
      path = source.kind == .password ? "password" : "password_file"
    }
    reader.origins[joined(target.path, path)] = source.origin
  }

  // MARK: Checks over layers

  private mutating func checkPolls() {
    if reader.problems.contains(where: { $0.severity == .error && $0.path.contains("poll.") }) { return }
    check(configuration.poll, "poll")
    for (index, target) in configuration.targets.enumerated() where target.poll != configuration.poll {
      check(target.poll, "targets[\(index)].poll")
    }
  }

  /// Two targets at one place are polled twice, and every sum over targets counts that server twice.
  private mutating func checkPlaces() {
    let urls = configuration.targets.map { TargetURL.parse($0.url) }
    for (index, url) in urls.enumerated() {
      guard let url, let first = urls[..<index].firstIndex(where: { $0?.isSamePlace(as: url) == true }) else {
        continue
      }
      let path = "targets[\(index)].url"
      reader.warn(
        reader.origins[path] ?? .default, path,
        "is the place of targets[\(first)] too, so sums over targets count this server twice")
    }
  }

  private mutating func check(_ poll: PollConfiguration, _ path: String) {
    func origin(_ key: String) -> ConfigurationOrigin {
      reader.origins["\(path).\(key)"] ?? reader.origins["poll.\(key)"] ?? .default
    }
    func place(_ first: String, _ second: String) -> (String, ConfigurationOrigin) {
      origin(first) == .default ? (second, origin(second)) : (first, origin(first))
    }
    let (interval, slow, timeout) = (poll.interval, poll.slowInterval, poll.timeout)
    if timeout >= interval {
      let (key, origin) = place("timeout", "interval")
      let message =
        "timeout \(formatDuration(timeout)) is not below interval \(formatDuration(interval)), "
        + "so a slow answer costs the next poll"
      reader.warn(origin, "\(path).\(key)", message)
    }
    if slow < interval {
      let (key, origin) = place("slow_interval", "interval")
      let message = "slow_interval \(formatDuration(slow)) is below interval \(formatDuration(interval))"
      reader.problems.append(ConfigurationProblem(.error, origin, path: "\(path).\(key)", message))
    }
  }

  private mutating func warnOfUnknownVariables() {
    let known =
      ConfigurationSettings.all.flatMap(\.environment) + [
        "CACHEGAUGE_CONFIG", "CACHEGAUGE_PRESET", "CACHEGAUGE_SCRAPE_ALLOW",
      ]
    for name in environment.keys.sorted() where name.hasPrefix("CACHEGAUGE_") && !known.contains(name) {
      let meant = nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
      reader.warn(.environment(name), "", "is not known\(meant)")
    }
  }
}

/// The file from top to bottom, then the environment, then flags.
private func inOrder(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
  func order(_ origin: ConfigurationOrigin) -> (Int, Int, Int) {
    switch origin {
    case .file(_, let line, let column): (0, line, column)
    case .default: (1, 0, 0)
    case .environment: (2, 0, 0)
    case .flag: (3, 0, 0)
    }
  }
  let sorted = problems.enumerated().sorted { left, right in
    let (a, b) = (order(left.element.origin), order(right.element.origin))
    return a == b ? left.offset < right.offset : a < b
  }
  return sorted.map(\.element)
}
