public import CacheModel

/// A family whose name `promtool check metrics` finds fault with under redis_exporter, and its name without legacy names.
public struct RenamedFamily: Sendable, Hashable {
  /// As Prometheus' conventions want it.
  public let current: MetricFamily
  /// As redis_exporter names it.
  public let legacy: MetricFamily

  /// A family of both names; both mean the same.
  public init(_ name: String, legacy: String, _ type: MetricType, _ help: String) {
    current = MetricFamily(name, type, help)
    self.legacy = MetricFamily(legacy, type, "\(help); \(name) without legacy names")
  }

  /// The one that is to be served.
  public func callAsFunction(legacyNames: Bool) -> MetricFamily { legacyNames ? legacy : current }
}
