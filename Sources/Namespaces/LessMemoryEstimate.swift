import CacheModel

/// What became of lookups and keys between two moments, by the second.
struct CacheFlow: Sendable {
  var hits: Double
  var misses: Double
  var evictions: Double
  var expirations: Double
}

/// Which hits a cache with less memory would have lost.
///
/// A smaller cache that evicts the idlest keys lacks those that are idle for longer than it keeps them. They are misses when they are
/// touched, and how many of them are touched in a second is known: of each key of a sample it was asked twice for how long it is idle.
struct LessMemoryEstimate: Sendable {
  /// How much of the memory that is used is asked about.
  static let factors = [0.9, 0.75, 0.5]
  /// Fewer keys are no evidence.
  static let leastKeys: Int64 = 300

  let times: IdleTimes
  let flow: CacheFlow
  /// Bytes that the server uses, and its keys that have a time to live.
  let used: Double
  let mortals: Double

  /// Each factor of which something is known.
  var predictions: [LessMemory] { Self.factors.compactMap(prediction) }

  private func prediction(_ factor: Double) -> LessMemory? {
    guard let caches = caches(factor), let cache = caches.first, cache.age >= IdleTimes.leastAge,
      // What was touched twice between the two looks is not told from what was touched once.
      cache.age >= 2 * times.meanPause, times.askedAgain >= Self.leastKeys, times.meanPause > 0
    else { return nil }
    let lost = lost(cache, caches)
    let lookups = flow.hits + flow.misses
    func rate(_ lost: Double) -> Double { (flow.hits - lost) / lookups }
    return LessMemory(
      factor: factor, bytes: Int64(saturating: used * factor), lostHits: lost,
      hitRate: SampledRatio(
        ratio: rate(lost.ratio), interval: rate(lost.interval.upperBound)...rate(lost.interval.lowerBound)))
  }

  /// Hits of a second. The room may be another than reckoned, and the sample is one by chance; the two are independent.
  private func lost(_ cache: SmallerCache, _ caches: [SmallerCache]) -> SampledRatio {
    let touched = cache.lacks(times.touched)
    let others = caches.map { $0.lacks(times.touched) }
    func both(_ left: Double, _ right: Double) -> Double { (left * left + right * right).squareRoot() }
    let more = both((others.max() ?? touched) - touched, 2 * (touched + 1).squareRoot() + 2)
    let less = both(touched - (others.min() ?? touched), 2 * touched.squareRoot())
    let asked = Double(times.askedAgain)
    let known = times.known.keys
    let scale = known / asked / times.meanPause
    // A miss begins the key's time to live anew, which spares another when it would have been over. And two caches that choose by
    // samples keep different keys, so that some of what the larger evicted would be found. Both as in simulations.
    let mortal = known > 0 ? min(1, mortals / known) : 0
    let removed = cache.lacks(times.removed)
    // Those that had gone may have been touched before, and those that neither expired nor were evicted may have been read and deleted.
    let unseen = 1 + removed / asked
    let deleted = max(0, removed * scale - flow.evictions - flow.expirations)
    // Keys that are not asked can be idle for so long only so often.
    let unasked = max(0, times.all.keys - known) / max(1, cache.age)
    let doubt = 0.001 * (flow.hits + flow.misses)
    func bounded(_ hits: Double) -> Double { max(0, min(flow.hits, hits)) }
    let middle = bounded(touched * scale * (0.87 - 0.17 * mortal))
    let low = bounded(max(0, touched - less) * scale * (0.75 - 0.2 * mortal) - doubt)
    let high = bounded((touched + more) * scale * (1 - 0.15 * mortal) * unseen + deleted + unasked + doubt)
    return SampledRatio(ratio: middle, interval: min(low, middle)...max(middle, high))
  }

  /// The cache of so much of the memory, first as it seems to be, then with less and more room, and with a finer choice of what to evict;
  /// nil where any of them is not known.
  private func caches(_ factor: Double) -> [SmallerCache]? {
    let (all, known) = (times.all, times.known)
    guard known.bytes > 0, used > 0 else { return nil }
    let tables =
      CacheRoom.tables(all.keys) - CacheRoom.tables(all.keys * factor)
      + CacheRoom.tables(mortals) - CacheRoom.tables(mortals * factor)
    // What else takes memory stays; and keys that are not asked are kept, or are like the others.
    let left = all.bytes - (1 - factor) * used
    let unknown = all.bytes - known.bytes
    let doubt = 0.03 + 1 / Double(max(1, times.sampled)).squareRoot()
    let middle = (left + tables - unknown) / known.bytes
    let rooms = [
      (middle, 5.0), (middle, 10), ((left - unknown) / known.bytes * (1 - doubt), 5),
      ((left + tables) / all.bytes * (1 + doubt), 5),
    ]
    var caches: [SmallerCache] = []
    for (room, samples) in rooms {
      guard room >= 0.05, let cache = SmallerCache(times.classes, room: min(room, 0.9999), samples: samples) else {
        return nil
      }
      caches.append(cache)
    }
    return caches
  }
}
