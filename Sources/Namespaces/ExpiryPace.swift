import CacheModel

/// How late a server may notice that a key's time to live is over, where nobody asks for that key. Times are in units of 10 ms.
///
/// Redis looks at twenty keys of a database ten times a second, and goes on while more than a tenth of those are over. So where few keys of
/// many are, it takes minutes to come to all, and else about a tenth of the keys that have a time to live may be over.
struct ExpiryPace: Sendable, Hashable {
  /// The latest, and the mean of all expiries at most.
  private(set) var longest: UInt32 = 1000
  private(set) var mean: UInt32 = 1000

  /// A server that has told nothing of it.
  init() {}

  /// A server where so many keys have a time to live, which part of them it takes to be over, and how many a second it found to be so
  /// and expired in all.
  init(mortals: Double, stale: Double?, found: Double, expired: Double) {
    longest = Self.ticks(mortals / max(200, 8 * found))
    // As many as wait are those that come to wait each second times the seconds for which they do.
    let waiting = mortals * min(0.12, (stale ?? 1) * 1.5 + 0.01)
    mean = min(longest, Self.ticks(waiting / max(1, expired)))
  }

  /// Some more, since its timers are no clocks.
  private static func ticks(_ seconds: Double) -> UInt32 { UInt32(min(1e8, max(0, 10 + seconds * 125))) }
}

/// Hears how many keys expire: those that the server found by itself, and those that it noticed since they were asked for, of which it
/// tells right before their miss.
struct ExpiryWatch: Sendable {
  private var expired = 0.0
  private var asked = 0.0
  /// The key of which the latest notification told that it expired; 0 where it told something else.
  private var latest: UInt64 = 0
  private var since: Int64?

  /// How many milliseconds it hears before it tells.
  private static let interval: Int64 = 10_000

  /// Takes a notification.
  mutating func hear(_ kind: KeyEventKind, _ hash: UInt64) {
    if kind == .keymiss, hash == latest { asked += 1 }
    latest = kind == .expired ? hash : 0
    if kind == .expired { expired += 1 }
  }

  /// Nothing was heard for a while.
  mutating func begin() { self = Self() }

  /// Takes how many keys have a time to live; answers once in a while what follows.
  mutating func polled(_ facts: ServerFacts, at now: Int64) -> ExpiryPace? {
    guard let since else {
      begin()
      self.since = now
      return nil
    }
    guard let mortals = facts.keysWithTTL, now - since >= Self.interval else { return nil }
    let seconds = Double(now - since) / 1000
    let pace = ExpiryPace(
      mortals: Double(mortals), stale: facts.stalePart, found: (expired - asked) / seconds,
      expired: expired / seconds)
    begin()
    self.since = now
    return pace
  }
}
