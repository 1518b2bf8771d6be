/// A text format that Prometheus scrapes.
public enum MetricsFormat: Sendable, Hashable, CaseIterable {
  /// Prometheus' text format 0.0.4.
  case prometheusText
  /// OpenMetrics 1.0.
  case openMetrics

  /// The value of `Content-Type`.
  public var contentType: String {
    switch self {
    case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}
