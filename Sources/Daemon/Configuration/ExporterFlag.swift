/// One flag of redis_exporter, with its environment variable, and what becomes of it here.
struct ExporterFlag: Sendable {
  /// What it does here when its value is not redis_exporter's default.
  enum Effect: Sendable {
    /// It is one of our own flags, too.
    case own
    /// The setting of this path in the table of settings.
    case setting(String)
    /// Something outside targets; the text says what.
    case configuration(String, @Sendable (String, inout Configuration) throws(ValueError) -> Void)
    /// Something of the only target, and of what the command line allows scrapes to ask for; the text says what.
    case target(String, @Sendable (String, inout TargetConfiguration) throws(ValueError) -> Void)
    /// Nothing; the sentence says why that makes no difference, or what does it instead.
    case none(String)
    /// The program does not start; the sentence says what to use instead.
    case refused(String)
  }

  /// Without dashes.
  let name: String
  let environment: String
  /// redis_exporter's; a flag that says just that changes nothing.
  let usual: String
  let effect: Effect

  /// Whether it is on by itself, without a value.
  var isSwitch: Bool { usual == "true" || usual == "false" }

  init(_ name: String, _ environment: String, _ usual: String, _ effect: Effect) {
    self.name = name
    self.environment = environment
    self.usual = usual
    self.effect = effect
  }

  /// A flag that is not set by default.
  init(_ name: String, _ environment: String, _ effect: Effect) {
    self.init(name, environment, "", effect)
  }

  /// Whether `text` is what redis_exporter does anyway.
  func isUsual(_ text: String) throws(ValueError) -> Bool {
    isSwitch ? try parseGoBoolean(text) == (usual == "true") : text == usual
  }

  /// What becomes of it, for the table in `docs/migrating.md`.
  var outcome: String {
    switch effect {
    case .own: "taken as it is"
    case .setting(let path): "`\(path)`"
    case .configuration(let meaning, _), .target(let meaning, _): meaning
    case .none(let why): "no effect: \(why)"
    case .refused(let why): "**refused**: \(why)"
    }
  }

  /// The flag of this name.
  static func named(_ name: some StringProtocol) -> ExporterFlag? { all.first { $0.name == name } }
}

/// As Go reads booleans, which is what people have in their files; also as we read them.
func parseGoBoolean(_ text: String) throws(ValueError) -> Bool {
  switch trimmed(text).lowercased() {
  case "t": true
  case "f": false
  default: try parseBoolean(text)
  }
}
