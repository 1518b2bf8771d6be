import CacheClients

/// The effective configuration, where its values came from, and what is doubtful about it.
public struct LoadedConfiguration: Sendable, Equatable {
  /// The effective values.
  public var configuration: Configuration
  /// Where each value that is not a default came from, by path: `poll.interval`, `targets[0].url`.
  public var origins: [String: ConfigurationOrigin]
  /// What is allowed but doubtful.
  public var warnings: [ConfigurationProblem]
  /// The file that was read; nil when there was none.
  public var file: String?

  /// Where the value at `path` came from.
  public func origin(of path: String) -> ConfigurationOrigin { origins[path] ?? .default }
}

extension LoadedConfiguration {
  /// Reads file, environment and flags, each over what comes before it. See `docs/configuration.md` for who wins.
  ///
  /// `readFile` gets a path and returns the file's bytes, or throws a sentence that says why it can't. Blocks for as
  /// long as that takes; call it before anything else runs. Throws all problems of all layers together.
  public static func load(
    overrides: ConfigurationOverrides = ConfigurationOverrides(), environment: [String: String] = [:],
    readFile: (String) throws(ConfigurationFileError) -> [UInt8] = readConfigurationFile
  ) throws(ConfigurationErrors) -> LoadedConfiguration {
    var layers = ConfigurationLayers(overrides: overrides, environment: environment)
    return try layers.load(readFile)
  }

  /// The same for a program that starts: its file may be a pipe with a writer, such as `/dev/stdin` or what a shell's `<(…)` stands
  /// for, which is waited for until it ends. Files that it names may not, nor may it when it is read again.
  static func loadAtStart(
    _ overrides: ConfigurationOverrides, environment: [String: String]
  ) throws(ConfigurationErrors) -> LoadedConfiguration {
    let own = overrides.configFile ?? environment["CACHEGAUGE_CONFIG"]
    return try load(overrides: overrides, environment: environment) { path throws(ConfigurationFileError) in
      try readConfigurationFile(path, path == own ? .streamed : .regular)
    }
  }
}

/// Why a file can't be read: a sentence for people.
public struct ConfigurationFileError: Error, Sendable, Equatable {
  /// Such as `does not exist`.
  public let reason: String

  /// A reason.
  public init(_ reason: String) {
    self.reason = reason
  }
}
