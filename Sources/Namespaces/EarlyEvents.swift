import CacheModel

/// Notifications of a subscription of which it is not known yet what the server had counted at its begin: they come as soon as the
/// server has subscribed, which may be a moment before its reply has been read. At most 4 MiB of them.
struct EarlyEvents: Sendable {
  struct Event: Sendable {
    let kind: KeyEventKind
    let database: Int
    let key: Range<Int>
    /// Milliseconds: when it was read, and for how long it may have waited.
    let time: Int64
    let waited: Int64
  }

  private(set) var events: [Event] = []
  /// Every key, one behind another.
  private(set) var keys: [UInt8] = []

  /// The most that is kept; what comes beyond it is lost, which the server's count shows.
  private static let most = 4 << 20

  mutating func keep(_ kind: KeyEventKind, database: Int, key: Span<UInt8>, at now: Int64, waited: Int64) {
    guard keys.count + key.count + (events.count + 1) * MemoryLayout<Event>.stride <= Self.most else { return }
    let start = keys.count
    for index in key.indices { keys.append(key[index]) }
    events.append(Event(kind: kind, database: database, key: start..<keys.count, time: now, waited: waited))
  }
}
