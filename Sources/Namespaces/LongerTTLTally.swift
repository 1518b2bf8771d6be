import CacheModel

/// Predicts what longer times to live would do, from how long after its storing each expired key was missed.
///
/// A key that is stored at its miss and lives for T is missed again T + W later, W being the wait for the next read. With f
/// times the life it would be missed every f T + W instead: each such miss becomes (T + W) / (f T + W) of one. That takes the
/// waits to be alike whenever the key expires, so it holds for reads without a rhythm of their own, and only while keys are not
/// evicted before.
///
/// A key that is read every P, P unknown, is missed at the first multiple of P after its end. With f times the life that is less than
/// P later than f T, and P is at most T + W: so between (T + W) / (f T + T + W) and (T + W) / (f T) of each such miss are left,
/// whatever the rhythm, and never more than it. Where the waits are as alike as only a rhythm makes them, that is what is known.
struct LongerTTLTally: Sendable {
  static let factors = [1.25, 1.5, 2, 4]
  private var remaining = [Double](repeating: 0, count: factors.count)
  private var squares = [Double](repeating: 0, count: factors.count)
  /// What is left at least and at most of those in a rhythm.
  private var least = [Double](repeating: 0, count: factors.count)
  private var most = [Double](repeating: 0, count: factors.count)
  private var waits = 0.0
  private var waitSquares = 0.0
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
      least[index] += weight * ratio / (factor + ratio)
      most[index] += weight * min(1, ratio / factor)
    }
    waits += weight * (ratio - 1)
    waitSquares += weight * (ratio - 1) * (ratio - 1)
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
      least[index] *= factor
      most[index] *= factor
    }
    waits *= factor
    waitSquares *= factor
    weight *= factor
    count *= factor
    repeats *= factor
    unstored *= factor
  }

  /// Whether waits are as alike as only a rhythm makes them: the variance of those for independent reads is the square of their mean,
  /// or more where some keys are read more often than others. Waits of next to nothing are alike for keys that are always read.
  private var areRhythmic: Bool {
    let mean = waits / weight
    return mean > 0.02 && waitSquares / weight - mean * mean < 0.5 * mean * mean
  }

  /// What each factor would save; empty below 100 misses, since less is no evidence, and where keys are not stored at their misses.
  var predictions: [LongerTTL] {
    guard count >= 100, weight > 0, !areUnstored else { return [] }
    return Self.factors.enumerated().map { index, factor in
      let mean = remaining[index] / weight
      let spread = max(0, squares[index] / weight - mean * mean)
      // Misses of one key are alike, so that they count for less than as many of different keys. The model's own error is
      // largest where half is saved: reads that come in a rhythm, and waits that are averaged too early.
      let chance = 1.96 * (4 * spread / count).squareRoot() + 0.01
      let half = 0.3 * mean * (1 - mean)
      let bounds = areRhythmic ? (least[index] / weight)...(most[index] / weight) : (mean - half)...(mean + half)
      return LongerTTL(
        factor: factor,
        saved: SampledRatio(
          ratio: 1 - mean,
          interval: max(0, 1 - bounds.upperBound - chance)...min(1, 1 - bounds.lowerBound + chance)))
    }
  }
}
