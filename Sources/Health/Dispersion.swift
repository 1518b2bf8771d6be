internal import CacheModel

/// How much more the hit ratio varies than independent lookups would let it, estimated from short buckets.
///
/// Lookups come in bursts: one page asks for twenty keys that were all evicted together. Then n lookups tell less than
/// n independent ones, and a plain binomial interval is too narrow. Over neighbouring buckets with ratios p₁, p₂ and
/// counts n₁, n₂, the mean of `(p₁ − p₂)² / (p(1−p)(1/n₁ + 1/n₂))` estimates the inflation of the variance; differences
/// of neighbours, not deviations from the mean (J. von Neumann, 1941), and the largest term counts only as much as the
/// second: so a sudden lasting fall of the ratio, which is one large difference, does not hide itself. Dependence over
/// much longer times than a bucket stays unseen.
struct Dispersion: Sendable {
  /// Buckets that are kept.
  static let capacity = 90
  /// Pairs below which there is no estimate.
  static let minimumPairs = 6
  /// Lookups below which a bucket is left out.
  static let minimumLookups = 10.0
  /// The most that is believed.
  static let limit = 50.0

  /// The estimate, 1…50; nil until there are enough buckets.
  private(set) var inflation: Double?
  private var buckets: [Bucket] = []

  private struct Bucket {
    var hits: Double
    var lookups: Double
  }

  /// Takes the next bucket in time.
  mutating func add(hits: Double, misses: Double) {
    let lookups = hits + misses
    guard lookups >= Self.minimumLookups else { return }
    if buckets.count == Self.capacity { buckets.removeFirst() }
    buckets.append(Bucket(hits: hits, lookups: lookups))
    inflation = estimate()
  }

  private func estimate() -> Double? {
    let pairs = buckets.count - 1
    guard pairs >= Self.minimumPairs else { return nil }
    var (hits, lookups) = (0.0, 0.0)
    for bucket in buckets {
      hits += bucket.hits
      lookups += bucket.lookups
    }
    let variance = hits / lookups * (1 - hits / lookups)
    guard variance > 0 else { return 1 }
    var (sum, largest, second) = (0.0, 0.0, 0.0)
    for (left, right) in zip(buckets, buckets.dropFirst()) {
      let difference = left.hits / left.lookups - right.hits / right.lookups
      let term = difference * difference / (variance * (1 / left.lookups + 1 / right.lookups))
      sum += term
      if term > largest { (largest, second) = (term, largest) } else { second = max(second, term) }
    }
    sum += second - largest
    return min(Self.limit, max(1, sum / Double(pairs)))
  }
}

/// Turns the totals of successive polls into buckets of at least ten seconds.
struct BucketMeter: Sendable {
  /// Seconds that a bucket lasts at least.
  static let length = 10.0

  private var start: (time: UnixTime, hits: Int64, misses: Int64)?

  /// The growth since the bucket began, when the bucket is full; nil before, after a reset, after `isBroken` and after the clock stepped back.
  mutating func observe(
    at now: UnixTime, hits: Int64, misses: Int64, isBroken: Bool
  ) -> (hits: Double, misses: Double)? {
    guard let begin = start, !isBroken, now >= begin.time, hits >= begin.hits, misses >= begin.misses else {
      start = (now, hits, misses)
      return nil
    }
    guard now.seconds(since: begin.time) >= Self.length else { return nil }
    start = (now, hits, misses)
    return (Double(hits.saturatingDifference(begin.hits)), Double(misses.saturatingDifference(begin.misses)))
  }
}
