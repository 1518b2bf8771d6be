public import CacheModel
public import TimeSeries

/// What health needs of the past. ``TimeSeries/Ring`` is one; tests bring their own.
public protocol History {
  /// When history begins; nil while it is empty.
  var oldest: UnixTime? { get }

  /// The growth of a series over (`from`, `to`]. A counter's resets are counted from 0; a gauge gives its difference.
  /// Nil when the series has no value at or before `to`. Called a few times an evaluation, more when longer windows
  /// are due.
  func increase(of series: String, from: UnixTime, to: UnixTime) -> Double?

  /// The value of a series at `time`; nil where it has none that recent.
  func value(of series: String, at time: UnixTime) -> Double?
}

extension Ring: History {
  /// When the oldest row was taken, rollups included; nil while the ring is empty.
  public var oldest: UnixTime? {
    span.map { UnixTime(milliseconds: $0.oldest) }
  }

  /// As the form with an id; nil for a name that was never registered.
  public func increase(of series: String, from: UnixTime, to: UnixTime) -> Double? {
    id(named: series).flatMap { increase(of: $0, from: from.milliseconds, to: to.milliseconds) }
  }

  /// As the form with an id, as a double; nil for a name that was never registered.
  public func value(of series: String, at time: UnixTime) -> Double? {
    id(named: series).flatMap { value(of: $0, at: time.milliseconds) }?.double
  }
}
