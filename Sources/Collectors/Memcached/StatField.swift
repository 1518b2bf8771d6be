import CacheModel

/// One numeric statistic of Memcached and the series that it becomes; names are memcached_exporter's where it has one.
struct StatField: Sendable {
  /// How the text becomes a number.
  enum Reading: Sendable, Equatable {
    /// A decimal number, divided by 10^shift: 6 turns microseconds into seconds.
    case number(shift: UInt8)
    /// `yes` and `on` are 1, anything else 0.
    case yesIsOne
  }

  /// The statistic's name.
  let name: String
  /// What it becomes by default.
  let family: MetricFamily
  /// What it becomes for users of memcached_exporter: another type in a few cases, which promtool finds fault with.
  let legacyFamily: MetricFamily
  /// The labels that don't depend on the line.
  let labels: [Label]
  /// How to read it.
  let reading: Reading

  init(
    _ name: String, _ family: String, _ type: MetricType, _ help: String, legacy: MetricType? = nil,
    labels: [Label] = [], reading: Reading = .number(shift: 0)
  ) {
    self.name = name
    self.family = MetricFamily(family, type, help)
    legacyFamily = MetricFamily(family, legacy ?? type, help)
    self.labels = labels
    self.reading = reading
  }

  /// A share of a family that counts commands by their outcome.
  static func command(_ name: String, _ command: String, _ status: String) -> StatField {
    StatField(
      name, MemcachedFamilies.commands.name, .counter, MemcachedFamilies.commands.help,
      labels: [Label("command", command), Label("status", status)])
  }

  /// By the statistic's name.
  static func table(_ fields: [StatField]) -> [String: StatField] {
    Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// The families that are not one statistic each.
enum MemcachedFamilies {
  static let version = MetricFamily("memcached_version", .gauge, "1, with the server's version")
  static let commands = MetricFamily(
    "memcached_commands_total", .counter,
    "Commands by outcome; a set counts as hit when it stored, without cas, and a flush always")
  static let slabCommands = MetricFamily(
    "memcached_slab_commands_total", .counter, "Commands that found their item in a slab class, by outcome")
  static let slabLookups = MetricFamily(
    "memcached_slab_lru_hits_total", .counter,
    "Items of a slab class that were found, by the list that they were in")
  static let field = MetricFamily(
    "memcached_stats_field", .gauge, "A numeric statistic of stats that has no family of its own, by its name")
  static let clients = MetricFamily(
    "memcached_connections_by_state", .gauge, "Open connections by what they do, from stats conns")
}
