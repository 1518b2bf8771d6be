import CacheModel

/// Tells processes of a Memcached server apart, and notices `stats reset`.
struct MemcachedIdentity: Sendable {
  /// What a poll shows of the server's process.
  enum Change: Sendable, Hashable {
    /// The same one, counting on.
    case none
    /// The same one, whose counters began again.
    case reset
    /// Another one.
    case restarted
  }

  /// Of the process that answered last; 0 before the first.
  private(set) var epoch: UInt64 = 0
  /// The same for people: process id and start, Unix time in seconds.
  private(set) var text: String?
  private var previous: [StatFigure: Int64] = [:]

  /// Counters that only ever rise, any of which shows a reset by falling.
  private static let rising: [StatFigure] = [
    .hits, .misses, .gets, .sets, .totalItems, .evictions, .connectionsReceived, .bytesRead,
  ]

  /// Takes the figures of a complete poll.
  mutating func note(_ figures: [StatFigure: Int64]) -> Change {
    defer { previous = figures }
    // Both by the server's own clock, so that their difference never wavers.
    let start = (figures[.time] ?? 0).saturatingDifference(figures[.uptime] ?? 0)
    let text = "\(figures[.processID] ?? 0)-\(start)"
    if text != self.text {
      let isFirst = self.text == nil
      self.text = text
      epoch = ServerIdentity.hash(text)
      return isFirst ? .none : .restarted
    }
    let fell = Self.rising.contains { figure in
      if let before = previous[figure], let now = figures[figure] { before > now } else { false }
    }
    return fell ? .reset : .none
  }
}
