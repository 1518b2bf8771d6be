internal import CacheModel

/// What the checks of a server look at: the last sample and its growth over recent windows.
struct ServerView {
  let input: HealthInput
  let policy: HealthPolicy
  let interval: Double
  /// Whether hit rates say that the cache does well: then evictions are its normal work. Nil when they say nothing.
  let worksWell: Bool?
  /// How much the server's series grew of late.
  let growths: Growths

  /// Growth of a series over its window; nil where history has none.
  func growth(_ figure: Growths.Figure) -> Growths.Growth? { growths[figure] }

  var now: UnixTime { input.now }
  var facts: ServerFacts { input.facts }

  /// `maxmemory` in bytes; nil when there is none or it is unknown.
  var limit: Double? { facts.maximumMemory.flatMap { $0 > 0 ? Double($0) : nil } }

  /// Whether the policy may evict any key.
  var evictsAnyKey: Bool { facts.evictionPolicy.map { $0.hasPrefix("allkeys-") || $0 == "lru" } ?? false }

  /// Whether the policy may evict only keys with a time to live.
  var evictsVolatileKeys: Bool { facts.evictionPolicy?.hasPrefix("volatile-") ?? false }

  /// Share of keys without a time to live; nil below the fewest keys that say anything.
  var shareWithoutTTL: Double? {
    guard let keys = facts.keys, let with = facts.keysWithTTL, Double(keys) >= policy.minimumKeys, keys > 0 else {
      return nil
    }
    return min(1, max(0, 1 - Double(with) / Double(keys)))
  }

  /// Whether evictions can keep the server within its limit.
  var canEvict: Bool {
    evictsAnyKey || (evictsVolatileKeys && (shareWithoutTTL ?? 1) < policy.withoutTTLShare)
  }
}
