import CacheModel

/// Predicts what longer times to live would do, from how long after its storing each expired key was missed.
///
/// A key that is stored at its miss and lives for T is missed again T + W later, W being the wait for the next read. With f
/// times the life it would be missed every f T + W instead: each such miss becomes (T + W) / (f T + W) of one. That takes the
/// waits to be alike whenever the key expires, so it holds for reads without a rhythm of their own, and only while keys are not
/// evicted before.
struct LongerTTLTally: Sendable {
  static let factors = [1.25, 1.5, 2, 4]
  private var remaining = [Double](repeating: 0, count: factors.count)
  private var squares = [Double](repeating: 0, count: factors.count)
  private var weight = 0.0
  private var count = 0.0
  /// Expiry misses of keys that were missed before since they expired, and those of them that were not stored then.
  private var repeats = 0.0
  private var unstored = 0.0

  /// Takes an expiry miss, `ratio` times the time to live after the key was stored; at least 1.
  mutating func add(ratio: Double, weight: Double) {
    for (index, factor) in Self.factors.enumerated() {
      let part = ratio / (ratio + factor - 1)
      remaining[index] += weight * part
      squares[index] += weight * part * part
    }
    self.weight += weight
    count += 1
  }

  /// Takes another miss after the same expiry; `isNotStored` says that the key was not stored at the one before.
  mutating func addRepeat(isNotStored: Bool, weight: Double) {
    repeats += weight
    if isNotStored { unstored += weight }
  }

  /// Whether so many keys are not stored when they are missed, but at another time or by somebody else, that nothing follows from when
  /// they were missed.
  private var areUnstored: Bool { unstored > 0.1 * (weight + repeats) }

  /// Lets what is old count less.
  mutating func fade(_ factor: Double) {
    for index in remaining.indices {
      remaining[index] *= factor
      squares[index] *= factor
    }
    weight *= factor
    count *= factor
    repeats *= factor
    unstored *= factor
  }

  /// What each factor would save; empty below 100 misses, since less is no evidence, and where keys are not stored at their misses.
  var predictions: [LongerTTL] {
    guard count >= 100, weight > 0, !areUnstored else { return [] }
    return Self.factors.enumerated().map { index, factor in
      let mean = remaining[index] / weight
      let spread = max(0, squares[index] / weight - mean * mean)
      // Misses of one key are alike, so that they count for less than as many of different keys. The model's own error is
      // largest where half is saved: reads that come in a rhythm, and waits that are averaged too early.
      let half = 1.96 * (4 * spread / count).squareRoot() + 0.3 * mean * (1 - mean) + 0.01
      let saved = 1 - mean
      return LongerTTL(
        factor: factor, saved: SampledRatio(ratio: saved, interval: max(0, saved - half)...min(1, saved + half)))
    }
  }
}
