import CacheModel

/// Puts file, environment and flags together.
struct ConfigurationLayers {
  let overrides: ConfigurationOverrides
  /// Without variables that are set to nothing.
  let environment: [String: String]
  var configuration = Configuration()
  var reader = ConfigurationReader(file: "")
  private(set) var preset: Preset?
  /// The targets, with what the file said of each.
  var chosen: [FileTarget] = []
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
