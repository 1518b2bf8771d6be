import CacheModel
import TimeSeries

/// Notices CONFIG RESETSTAT: a counter that only ever rises has fallen, the process being the same.
///
/// Any one of them is enough, since each may by chance have risen past its old value again; the number of INFO calls,
/// of which every poll makes some, is the surest.
struct ResetDetector: Sendable {
  private var epoch: UInt64 = 0
  private var previous: [Int64?] = []

  /// Takes the figures of a poll; whether the statistics were reset since the one before.
  mutating func isReset(by poll: RedisPoll) -> Bool {
    let facts = poll.facts
    let current = [
      facts.hits, facts.misses, facts.commandsProcessed, facts.evictedKeys, facts.expiredKeys,
      facts.rejectedConnections, poll.networkInput, poll.networkOutput,
      poll.commands.first("info")?.calls,
    ]
    defer { (epoch, previous) = (poll.epoch, current) }
    guard epoch == poll.epoch else { return false }
    return zip(previous, current).contains { before, now in
      if let before, let now { before > now } else { false }
    }
  }
}
