/// How one collector did when it last ran.
public struct CollectorStatus: Sendable, Hashable {
  /// The collector's name, the label `collector`: `info`, `slowlog`, `latency`, …
  public var name: String
  /// Seconds that its reply took to turn into samples, in cachegauge.
  public var seconds: Double
  /// Whether the last run succeeded.
  public var succeeded: Bool
  /// Why it did not.
  public var failure: FailureCause?
  /// Whether it is switched off for now since the server refuses its command; it is tried again rarely.
  public var isDisabled: Bool
  /// When it last succeeded; nil when never.
  public var lastSuccess: UnixTime?
  /// Failed runs since cachegauge started.
  public var failures: Int64

  /// A collector's status.
  public init(
    name: String, seconds: Double = 0, succeeded: Bool = false, failure: FailureCause? = nil,
    isDisabled: Bool = false, lastSuccess: UnixTime? = nil, failures: Int64 = 0
  ) {
    self.name = name
    self.seconds = seconds
    self.succeeded = succeeded
    self.failure = failure
    self.isDisabled = isDisabled
    self.lastSuccess = lastSuccess
    self.failures = failures
  }
}
