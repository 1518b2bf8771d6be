/// When the slow tier runs.
public struct SlowPace: Sendable, Hashable {
  /// Seconds between runs.
  public var interval: Double
  /// The share of the interval, in 0…1, after which the second run follows the first: targets that begin together don't go on
  /// doing so.
  public var phase: Double

  /// A pace; by default all runs are one interval apart.
  public init(interval: Double, phase: Double = 1) {
    self.interval = interval
    self.phase = phase
  }
}
