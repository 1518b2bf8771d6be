import CacheModel

/// How often a collector runs.
enum CollectorTier: Sendable {
  /// Every poll.
  case fast
  /// Every slow interval: what costs the server more, or changes rarely.
  case slow
}

/// What is known of a collector's runs, whatever kind of server it asks: when it ran and how it did.
struct CollectorRecord: Sendable {
  private(set) var status: CollectorStatus
  private(set) var lastRun: UnixTime?
  /// Until when it is off, since the server refuses its command.
  private var disabledUntil: UnixTime?
  private var notice: String?
  /// Polls in which it ran since the server's process is known.
  private var runs = 0

  init(name: String) {
    status = CollectorStatus(name: name)
  }

  /// Whether it was ever asked something.
  var hasRun: Bool { status.lastSuccess != nil || status.failures > 0 }

  /// Whether it is to run at this tick; a refused one only when it is time to try again.
  func isDue(at time: UnixTime, tier: CollectorTier, slow: SlowPace) -> Bool {
    if let disabledUntil { return time >= disabledUntil }
    guard tier == .slow, let lastRun else { return true }
    // A clock that was set back must not keep it from running.
    return time < lastRun || time.seconds(since: lastRun) >= slow.interval * (runs == 1 ? slow.phase : 1)
  }

  /// Notes a run at this tick, with the time that it took; several of one tick are one run.
  mutating func ran(at time: UnixTime, taking duration: Duration) {
    let (seconds, attoseconds) = duration.components
    status.seconds = (lastRun == time ? status.seconds : 0) + Double(seconds) + Double(attoseconds) / 1e18
    if lastRun != time { runs += 1 }
    lastRun = time
  }

  /// Notes that it has a result.
  mutating func succeeded(at time: UnixTime) {
    if disabledUntil != nil { notice = "collector \(status.name) works again" }
    disabledUntil = nil
    status.isDisabled = false
    status.succeeded = true
    status.failure = nil
    status.lastSuccess = time
  }

  /// Notes that it has none; a refusal switches it off until `retryAt`.
  mutating func failed(_ failure: CollectorFailure, retryAt: UnixTime) {
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

  /// Forgets when it ran: another process answers, which may permit what the former refused.
  mutating func serverChanged() {
    (lastRun, runs) = (nil, 0)
    if disabledUntil != nil { disabledUntil = UnixTime(milliseconds: .min) }
  }

  /// What to tell the operator, once.
  mutating func takeNotice() -> CollectorNotice? {
    defer { notice = nil }
    return notice.map { CollectorNotice(collector: status.name, message: $0) }
  }
}
