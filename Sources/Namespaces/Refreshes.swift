/// Whether a namespace's keys have their time to live begun anew while they live, such as sessions that each read extends.
///
/// No event that is listened to tells of it. But then keys live longer than their time to live before they expire or are evicted, and
/// commands say a time to live more often than keys are missed and stored.
struct Refreshes: Sendable {
  private var refreshed = 0.0
  private var all = 0.0
  private var said = 0.0
  private var missed = 0.0

  /// Whether a key that lived for so long until it was removed must have begun anew, or nearly so: the server notices an expiry
  /// later by a tenth of the time to live on average, and by up to `late`. In units of 10 ms.
  static func isOne(lived: UInt32, ttl: UInt32, late: UInt32) -> Bool {
    UInt64(lived) > UInt64(ttl) + UInt64(max(ttl / 2, late))
  }

  /// Takes a removal.
  mutating func add(lived: UInt32, ttl: UInt32, late: UInt32) {
    all += 1
    if Self.isOne(lived: lived, ttl: ttl, late: late) { refreshed += 1 }
    guard all > 1024 else { return }
    all /= 2
    refreshed /= 2
  }

  /// Takes how many commands said a time to live, and how many lookups missed meanwhile.
  mutating func add(said: Int, missed: Int) {
    self.said += Double(said)
    self.missed += Double(missed)
    guard self.said > 1024 else { return }
    self.said /= 2
    self.missed /= 2
  }

  /// Whether so many keys were that others are likely to have been, too. However long keys lived, they were not where hardly any command
  /// says a time to live but those that store what was missed.
  var areUsual: Bool {
    if said >= 64, said > 2.5 * missed { return true }
    if said + missed >= 64, said < 1.25 * missed { return false }
    return all >= 32 && refreshed > 0.05 * all
  }
}
