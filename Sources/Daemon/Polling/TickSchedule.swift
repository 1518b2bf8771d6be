import CacheModel

/// When a target is polled: at whole multiples of the interval on the wall clock, so that the rows of history are
/// evenly spaced and ticks of several cachegauge processes coincide.
///
/// Polls begin `offset` after their ticks, which spreads many targets over the interval. One that overruns the next poll's time
/// skips it; none is made up for.
struct TickSchedule: Sendable {
  /// Milliseconds between ticks; at least 1.
  let interval: Int64
  /// Milliseconds from a tick to its poll, less than the interval.
  private let offset: Int64
  private var last: UnixTime?
  /// Ticks between the last two that were given out: those without a poll.
  private(set) var missed: Int64 = 0

  init(intervalMilliseconds: Int64, offset: Int64 = 0) {
    interval = max(1, intervalMilliseconds)
    self.offset = min(max(0, offset), interval - 1)
  }

  /// The next tick: the first multiple of the interval whose poll begins after `now`, and never one that was given out before.
  ///
  /// When the wall clock is set back, ticks go on from the last one at the pace of `interval`, so that history
  /// stays in order; when it is set forward, they follow it at once and leave a gap.
  mutating func next(after now: UnixTime) -> UnixTime {
    var tick = ((now.milliseconds - offset) / interval + 1) * interval
    if let last, tick <= last.milliseconds { tick = last.milliseconds + interval }
    let planned = UnixTime(milliseconds: tick)
    missed = last.map { max(0, (tick - $0.milliseconds) / interval - 1) } ?? 0
    last = planned
    return planned
  }

  /// The tick that is due already at `now`, for a target that is to be polled at once: the last multiple of the interval.
  mutating func current(at now: UnixTime) -> UnixTime {
    let planned = UnixTime(milliseconds: now.milliseconds / interval * interval)
    last = planned
    return planned
  }

  /// How long to wait at `now` for the poll of `tick`, in milliseconds: never more than one interval, which is what keeps polls
  /// going while the wall clock is behind.
  func wait(at now: UnixTime, for tick: UnixTime) -> Int64 {
    min(interval, max(0, tick.milliseconds + offset - now.milliseconds))
  }
}
