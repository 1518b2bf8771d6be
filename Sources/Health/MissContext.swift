internal import CacheModel

/// What else happened in the target while lookups missed: the ground for advice.
struct MissContext: Sendable {
  /// Length of the window that the numbers are from.
  var seconds: Double
  /// Misses of the whole target; nil when unknown, as are the others.
  var misses: Double?
  var evictions: Double?
  var expirations: Double?
  /// Growth of the number of keys; negative when it fell.
  var keyGrowth: Double?
  var keys: Double?
  var uptime: Double?
  var usedMemory: Double?
  var maximumMemory: Double?

  /// The numbers of the last `seconds`.
  init(seconds: Int, at now: UnixTime, _ facts: ServerFacts, _ history: some History, _ coverage: Coverage) {
    let from = coverage.clip(max(now.adding(seconds: -Double(seconds)), history.oldest ?? now))
    func growth(_ series: String) -> Double? { history.increase(of: series, from: from, to: now) }
    self.seconds = now.seconds(since: from)
    misses = growth(HistorySeries.misses)
    evictions = growth(HistorySeries.evictions)
    expirations = growth(HistorySeries.expirations)
    keyGrowth = growth(HistorySeries.keys)
    keys = facts.keys.map(Double.init)
    uptime = facts.uptime.map(Double.init)
    usedMemory = facts.usedMemory.map(Double.init)
    maximumMemory = facts.maximumMemory.flatMap { $0 > 0 ? Double($0) : nil }
  }

  /// The contexts of one evaluation, each read once, when a finding asks for it.
  final class Cache {
    private var contexts: [Int: MissContext] = [:]

    /// The context of the window of `seconds`.
    func context(_ seconds: Int, make: () -> MissContext) -> MissContext {
      if let known = contexts[seconds] { return known }
      let context = make()
      contexts[seconds] = context
      return context
    }
  }

  /// What explains the misses best, by the numbers.
  enum Cause: Sendable, Hashable {
    /// The server has just started: nothing can be in the cache yet.
    case cold
    /// Keys lose their place to others.
    case evicted
    /// Keys reach their time to live.
    case expired
    /// Keys are deleted.
    case removed
    /// Misses are not followed by keys: nobody stores what was missed, or under another key.
    case notStored
    /// Nearly every miss stores a new key: lookups hardly repeat.
    case diverse
    /// The numbers are there and none of them explains it.
    case unexplained
    /// The numbers are not there.
    case unobserved
  }

  /// The first cause that the numbers show, in the order in which one should act on them.
  var cause: Cause {
    if let uptime, uptime < max(900, seconds) { return .cold }
    guard let misses, misses > 0, let evictions, let expirations else { return .unobserved }
    if evictions >= 0.1 * misses { return .evicted }
    if expirations >= 0.25 * misses { return .expired }
    guard let keyGrowth, let keys else { return .unexplained }
    if -keyGrowth - evictions - expirations >= 0.25 * misses { return .removed }
    if keyGrowth >= 0.5 * misses { return .diverse }
    if keys < 0.1 * misses && keyGrowth < 0.1 * misses { return .notStored }
    return .unexplained
  }

  /// The numbers that ``cause`` was chosen by.
  var evidence: [Evidence] {
    let named: [(String, Double?)] = [
      ("target_misses", misses), ("evictions", evictions), ("expirations", expirations), ("key_growth", keyGrowth),
      ("keys", keys), ("uptime_seconds", uptime),
    ]
    return named.compactMap { name, value in value.map { Evidence(name, $0) } }
  }
}
