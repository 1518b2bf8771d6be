import CacheModel

/// Tells processes of a server apart: by their run id, or, where a server prints none, by an uptime that fell.
struct ServerIdentity: Sendable {
  /// Of the process that answered last; 0 before the first.
  private(set) var epoch: UInt64 = 0
  private var uptime: Int64 = 0
  private var lastSuccess: UnixTime?

  /// Seconds by which whole seconds of uptime and a planned tick may disagree.
  private static let slack: Int64 = 2

  /// Takes a complete INFO; answers what changed when another process answers than before.
  mutating func note(_ poll: RedisPoll) -> ServerChange? {
    let uptime = poll.facts.uptime ?? 0
    defer { self.uptime = uptime }
    let previous = epoch
    let start = (poll.time.milliseconds / 1000).saturatingDifference(uptime)
    if let runID = poll.facts.runID {
      epoch = Self.hash(runID)
    } else if previous == 0 || uptime < self.uptime {
      epoch = Self.hash("started \(start)")
    }
    guard previous != 0, previous != epoch else { return nil }
    let isFresh = lastSuccess.map { start >= $0.milliseconds / 1000 - Self.slack } ?? false
    return ServerChange(previous: previous, epoch: epoch, isFresh: isFresh)
  }

  /// Notes that the poll of this tick is complete.
  mutating func succeeded(at time: UnixTime) { lastSuccess = time }

  /// Never 0.
  static func hash(_ text: String) -> UInt64 { max(1, stableHash(text.utf8)) }
}
