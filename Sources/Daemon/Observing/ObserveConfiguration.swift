/// Which sources that need the server's help are used; all off by default.
public struct ObserveConfiguration: Sendable, Hashable {
  /// Keyspace notifications: misses per namespace, and their causes.
  public var events = false
  /// Whether cachegauge may add the flags that ``events`` needs to `notify-keyspace-events`, and remove those it added
  /// when it ends.
  public var manage = false
  /// Short bursts of MONITOR: hits per namespace; needs ``events``.
  public var sample = false
  /// The most of all time that MONITOR may be on, in 0.001…0.05.
  public var sampleShare = 0.02
  /// Where is noted what was added, so that it is removed after a crash; nil for a place by convention.
  public var stateDirectory: String?

  /// All off.
  public init() {}
}
