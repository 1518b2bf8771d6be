public import CacheModel

/// The series that health asks history for: names as `/metrics` has them, without the label `target`.
///
/// Whoever appends history registers under these names; a series that is missing costs only the findings that need
/// it.
public enum HistorySeries {
  /// Lookups of the whole target that found their key, own look-ups subtracted. Counter.
  public static let hits = "cache_hits_total"
  /// Lookups of the whole target that did not. Counter.
  public static let misses = "cache_misses_total"
  /// Keys evicted. Counter.
  public static let evictions = "cache_evictions_total"
  /// Keys expired. Counter.
  public static let expirations = "cache_expirations_total"
  /// Client connections refused. Counter.
  public static let rejectedConnections = "cache_rejected_connections_total"
  /// Client connections accepted. Counter; the collectors' own series, of which a target has one.
  public static let connections = ["redis_connections_received_total", otherConnections]
  /// Commands run. Counter; the same.
  public static let commands = ["redis_commands_processed_total", otherCommands]
  /// Client connections accepted by what is no Redis. Counter; in history only.
  public static let otherConnections = "cachegauge_connections_received_total"
  /// Commands run by what is no Redis. Counter; in history only.
  public static let otherCommands = "cachegauge_commands_processed_total"
  /// Slow operations of all namespaces and commands together. Counter; the sum of the family's labelled series.
  public static let slowOperations = "cache_slow_operations_total"
  /// Bytes in use by the server's allocator. Gauge.
  public static let usedMemory = "cache_memory_used_bytes"
  /// Keys in all databases. Gauge.
  public static let keys = "cache_keys"

  /// Lookups of one namespace that found their key. Counter.
  public static func hits(of namespace: String) -> String {
    "cache_namespace_hits_total{namespace=\"\(Label("namespace", namespace).escapedValue)\"}"
  }

  /// Keys of one namespace, by the last walk over all keys. Gauge.
  public static func keys(of namespace: String) -> String {
    "cache_namespace_keys{namespace=\"\(Label("namespace", namespace).escapedValue)\"}"
  }

  /// Bytes that the keys of one namespace take, likewise. Gauge.
  public static func memory(of namespace: String) -> String {
    "cache_namespace_memory_bytes{namespace=\"\(Label("namespace", namespace).escapedValue)\"}"
  }

  /// Lookups of one namespace that did not, of all causes together. Counter; in history only, under a name of its own, so
  /// that a sum over the family of causes counts nothing twice.
  public static func misses(of namespace: String) -> String {
    "cachegauge_namespace_misses_total{namespace=\"\(Label("namespace", namespace).escapedValue)\"}"
  }

  /// A warning: 1 in every row for which it held, absent otherwise. Gauge. A label without a value is left out, as Prometheus
  /// takes the two for the same.
  public static func warning(_ warning: Warning) -> String {
    let place = warning.namespace.map { "namespace=\"\(Label("namespace", $0).escapedValue)\"," } ?? ""
    return
      "cache_warning_active{code=\"\(warning.code.rawValue)\",\(place)severity=\"\(warning.severity.rawValue)\"}"
  }

  /// Lookups of one namespace that did not, by cause, as `/metrics` has them. Counter.
  public static func misses(of namespace: String, _ cause: MissCause) -> String {
    "cache_namespace_misses_total{namespace=\"\(Label("namespace", namespace).escapedValue)\",cause=\"\(cause.rawValue)\"}"
  }

  /// cachegauge's own lookups among the server's hits. Counter, as `/metrics` has it.
  public static let ownHits = #"cachegauge_own_lookups_total{result="hit"}"#
  /// cachegauge's own lookups among the server's misses. Counter, as `/metrics` has it.
  public static let ownMisses = #"cachegauge_own_lookups_total{result="miss"}"#
  /// Whether the target answered: 1 or 0. Gauge.
  public static let isUp = "cache_up"
}
