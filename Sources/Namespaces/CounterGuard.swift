public import CacheModel

/// Tells impossible counts of an application from real ones, so that one wild value does not spoil a day of windows.
///
/// Hits and misses that an application writes are anybody's to overwrite. A count may rise by at most
/// ``maximumRate`` for each second since the last count that was believed; it may fall freely, which is a reset. A
/// count that really jumped (restored from a backup) is believed as soon as enough time has passed for its rise.
public struct CounterGuard: Sendable {
  /// Lookups a second; fifty times what one Redis server answers at its best, since a process may count lookups in
  /// its own memory too.
  public static let maximumRate: Int64 = 100_000_000

  private var believed: Reading?

  private struct Reading {
    var hits, misses: Int64
    var time: UnixTime
  }

  /// One for each namespace; the first reading is believed.
  public init() {}

  /// Whether to believe a reading of `time`; one that is not leaves the guard as it was.
  public mutating func believes(hits: Int64, misses: Int64, at time: UnixTime) -> Bool {
    if let believed {
      // At least a second, so that a clock that was set back refuses nothing for long.
      let seconds = max(1, (time.milliseconds - believed.time.milliseconds) / 1000 + 1)
      let (allowed, overflow) = seconds.multipliedReportingOverflow(by: Self.maximumRate)
      let limit = overflow ? Int64.max : allowed
      let rise = max(Self.rise(believed.hits, hits), Self.rise(believed.misses, misses))
      guard rise <= limit else { return false }
    }
    believed = Reading(hits: hits, misses: misses, time: time)
    return true
  }

  private static func rise(_ old: Int64, _ new: Int64) -> Int64 {
    let (difference, overflow) = new.subtractingReportingOverflow(old)
    return overflow ? (new > old ? .max : 0) : difference
  }
}
