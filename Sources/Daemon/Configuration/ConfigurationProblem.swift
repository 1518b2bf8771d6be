/// Where a value, or a problem, comes from.
public enum ConfigurationOrigin: Sendable, Hashable {
  /// Built in.
  case `default`
  /// A file; line and column count from 1, 0 when the whole file is meant.
  case file(String, line: Int, column: Int)
  /// A variable of the environment.
  case environment(String)
  /// A flag or argument of the command line.
  case flag(String)
}

extension ConfigurationOrigin: CustomStringConvertible {
  /// `cachegauge.yml:3:5`, `environment variable REDIS_URL`, `--listen`, `default`.
  public var description: String {
    switch self {
    case .default: "default"
    case .file(let name, let line, let column): line == 0 ? name : "\(name):\(line):\(column)"
    case .environment(let name): "environment variable \(name)"
    case .flag(let name): name
    }
  }
}

/// One thing that is wrong, or doubtful, with a configuration. Never contains a password.
public struct ConfigurationProblem: Sendable, Hashable {
  /// Whether the configuration can be used all the same.
  public enum Severity: String, Sendable {
    /// It can't.
    case error
    /// It can.
    case warning
  }

  /// Error or warning.
  public var severity: Severity
  /// Where it is.
  public var origin: ConfigurationOrigin
  /// Which value: `targets[0].namespaces[1].ttl`; empty for the file as a whole.
  public var path: String
  /// What is wrong, and what was probably meant.
  public var message: String
  /// The line of the file with a mark below it; only for syntax errors.
  public var excerpt: String?

  init(
    _ severity: Severity, _ origin: ConfigurationOrigin, path: String = "", _ message: String,
    excerpt: String? = nil
  ) {
    self.severity = severity
    self.origin = origin
    self.path = path
    self.message = message
    self.excerpt = excerpt
  }
}

extension ConfigurationProblem: CustomStringConvertible {
  /// `cachegauge.yml:7:9: error: targets[0].preset: …`, with the excerpt on the lines after it.
  public var description: String {
    let place = path.isEmpty ? "" : "\(path): "
    return "\(origin): \(severity.rawValue): \(place)\(message)" + (excerpt.map { "\n" + $0 } ?? "")
  }
}

/// Everything that is wrong with a configuration; at least one error, warnings among them.
public struct ConfigurationErrors: Error, Sendable, Hashable {
  /// In the order of the file, then the environment, then the flags.
  public var problems: [ConfigurationProblem]
}

extension ConfigurationErrors: CustomStringConvertible {
  /// One problem a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
