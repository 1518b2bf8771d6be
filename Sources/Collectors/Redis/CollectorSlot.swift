import CacheModel
import RESP
import TimeSeries

/// A collector with its record: when it ran, how it did, what it brought.
struct CollectorSlot: Sendable {
  var collector: any RedisCollector
  private(set) var status: CollectorStatus
  private(set) var lastRun: UnixTime?
  /// Until when it is off, since the server refuses its command.
  private(set) var disabledUntil: UnixTime?
  private var carried: [(SeriesIndex, FixedPoint)] = []
  private var notice: String?

  /// Whether it was ever asked something: a server that is no cluster is not asked about one.
  var hasRun: Bool { status.lastSuccess != nil || status.failures > 0 }

  init(_ collector: any RedisCollector) {
    self.collector = collector
    status = CollectorStatus(name: collector.name)
  }

  /// Whether it is to run at this tick; a refused one only when it is time to try again.
  func isDue(at time: UnixTime, slowInterval: Double) -> Bool {
    if let disabledUntil { return time >= disabledUntil }
    guard collector.tier == .slow, let lastRun else { return true }
    // A clock that was set back must not keep it from running.
    return time < lastRun || time.seconds(since: lastRun) >= slowInterval
  }

  /// Hands the replies over and keeps the record. May be called again within a poll when the collector asked more.
  mutating func run(_ replies: [RESPValue], into poll: inout RedisPoll, retryInterval: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let before = poll.count
    let isFurther = lastRun == poll.time
    lastRun = poll.time
    do throws(CollectorFailure) {
      try collector.receive(replies, into: &poll)
      succeeded(at: poll.time)
      if collector.tier == .slow { carried = poll.values(after: before) }
    } catch {
      poll.removeValues(after: before)
      failed(error, retryAt: poll.time.adding(seconds: retryInterval))
    }
    let (seconds, attoseconds) = (clock.now - start).components
    status.seconds = (isFurther ? status.seconds : 0) + Double(seconds) + Double(attoseconds) / 1e18
  }

  /// Adds what a slow collector last brought, unless it ran in this poll.
  func carry(into poll: inout RedisPoll) {
    guard lastRun != poll.time else { return }
    for (index, value) in carried { poll.set(index, value) }
  }

  /// Turns to another process: nothing of the former is carried on, and a refused command is tried again.
  mutating func serverChanged(_ change: ServerChange) {
    collector.serverChanged(change)
    carried = []
    lastRun = nil
    if disabledUntil != nil { disabledUntil = UnixTime(milliseconds: .min) }
  }

  /// What to tell the operator, once.
  mutating func takeNotice() -> CollectorNotice? {
    defer { notice = nil }
    return notice.map { CollectorNotice(collector: status.name, message: $0) }
  }

  private mutating func succeeded(at time: UnixTime) {
    if disabledUntil != nil { notice = "collector \(status.name) works again" }
    disabledUntil = nil
    status.isDisabled = false
    status.succeeded = true
    status.failure = nil
    status.lastSuccess = time
  }

  private mutating func failed(_ failure: CollectorFailure, retryAt: UnixTime) {
    carried = []
    status.succeeded = false
    status.failure = failure.cause
    status.failures += 1
    guard failure.isRefusal else { return }
    if disabledUntil == nil {
      notice = "collector \(status.name) is off, since the server refuses its command (\(failure.detail))"
    }
    disabledUntil = retryAt
    status.isDisabled = true
  }
}
