/// Whether a namespace's keys have their time to live begun anew while they live, such as sessions that each read extends.
///
/// No event that is listened to tells of it, but then keys live longer than their time to live before they expire or are evicted.
struct Refreshes: Sendable {
  private var refreshed = 0.0
  private var all = 0.0

  /// Whether a key that lived for so long until it was removed must have begun anew, or nearly so: the server notices an expiry
  /// later by a tenth of the time to live on average, and by some seconds. In units of 10 ms.
  static func isOne(lived: UInt32, ttl: UInt32) -> Bool { UInt64(lived) > UInt64(ttl) + UInt64(max(ttl / 2, 1000)) }

  /// Takes a removal.
  mutating func add(lived: UInt32, ttl: UInt32) {
    all += 1
    if Self.isOne(lived: lived, ttl: ttl) { refreshed += 1 }
    guard all > 1024 else { return }
    all /= 2
    refreshed /= 2
  }

  /// Whether so many keys were that others are likely to have been, too.
  var areUsual: Bool { all >= 32 && refreshed > 0.05 * all }
}
