import CacheModel

/// One numeric field of INFO and the family that it becomes.
///
/// The names are redis_exporter's, so that dashboards and alerts made for it go on working.
struct InfoField: Sendable {
  /// How the field's text becomes a number.
  enum Reading: Sendable, Equatable {
    /// A decimal number, divided by 10^shift: 6 turns microseconds into seconds.
    case number(shift: UInt8)
    /// `ok` is 1, anything else 0.
    case okIsOne
  }

  /// What a family's numbers are counted in.
  enum Unit: String, Sendable {
    case none = ""
    case bytes = ", in bytes"
    case ratio = ", a ratio"
    case seconds = ", in seconds"
    case milliseconds = ", in milliseconds"
    case microseconds = ", in microseconds"
    case percent = ", in percent"
  }

  /// The field's name in INFO.
  let name: String
  /// The family.
  let family: MetricFamily
  /// How to read it.
  let reading: Reading
  /// Whether `promtool check metrics` finds fault with the family's name, which only redis_exporter's users need.
  let isLegacy: Bool

  init(
    _ name: String, _ family: String, _ type: MetricType, _ unit: Unit = .none,
    reading: Reading = .number(shift: 0),
    isLegacy: Bool = false
  ) {
    self.name = name
    self.family = MetricFamily(family, type, "\(name) of INFO\(unit.rawValue)")
    self.reading = reading
    self.isLegacy = isLegacy
  }

  /// All tables.
  static let tables = [server, clients, memory, persistence, stats, replication, cpu, keyDB, modules]

  /// All fields, by name.
  static let all: [String: InfoField] = Dictionary(
    tables.joined().map { ($0.name, $0) },
    uniquingKeysWith: { first, _ in first })
}
