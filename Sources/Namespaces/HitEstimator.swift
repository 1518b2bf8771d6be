/// Hits of each namespace over a window, estimated; see ``HitEstimator``.
struct HitEstimate: Sendable, Hashable {
  /// The estimate.
  var hits: Double
  /// Its standard error.
  var error: Double
  /// Student's degrees of freedom of that error.
  var degrees: Double
}

/// Combines bursts with exact totals into hits per namespace.
///
/// Over a window are known: `reads`, all lookups (INFO), and each namespace's misses (notifications), hence the sum H of all
/// hits. Bursts are short samples of both. Two estimates of a namespace's hits follow: its share of the bursts' hits times H, and
/// its misses times the bursts' hits for each miss. Both are weighted by their inverse variance, and the difference of
/// their sum to H is spread in proportion to the variances. The bursts that stand for a time together are a cluster: variances come from
/// successive differences of the clusters' residuals, which shares that drift slowly leave small, and never fall below those of
/// independent lookups. A cluster that stands for a long time without bursts weighs much, so that few differences make most of the
/// variance; then it is that of few degrees of freedom.
enum HitEstimator {
  /// The hits of each namespace; nil without a burst that saw a hit, or without two bursts.
  ///
  /// - Parameters:
  ///   - weights: how much each burst counts; nil where all count alike.
  ///   - misses: of each namespace in the window.
  ///   - duty: the part of the window that bursts covered: what was seen can't err.
  static func estimate(
    bursts: [BurstCounts], weights: BurstWeights? = nil, reads: Double, misses: [Double], duty: Double
  ) -> [HitEstimate]? {
    guard bursts.count >= 2 else { return nil }
    let sample = Sample(bursts, weights ?? BurstWeights(even: bursts.count))
    guard sample.seen > 0 else { return nil }
    let all = max(0, reads - misses.reduce(0, +))
    var estimates = misses.indices.map { namespace in
      one(namespace, sample, all: all, misses: misses[namespace], unseen: max(0, 1 - duty))
    }
    // What is neither seen to be read nor missed has no hits to be found, however uncertain that is.
    let isRead = misses.indices.map { index in
      misses[index] > 0 || bursts.contains { $0.reads[index] > 0 || $0.misses[index] > 0 }
    }
    let rest = all - estimates.reduce(0) { $0 + $1.hits }
    let variance = zip(estimates, isRead).reduce(0) { $1.1 ? $0 + $1.0.error * $1.0.error : $0 }
    for index in estimates.indices where variance > 0 && isRead[index] {
      estimates[index].hits = max(
        0, estimates[index].hits + rest * estimates[index].error * estimates[index].error / variance)
    }
    return estimates
  }

  /// What bursts saw, and how much each counts.
  private struct Sample {
    let bursts: [BurstCounts]
    let weights: [Double]
    let groups: [Range<Int>]
    /// Weighted hits of each burst, and of all.
    let totals: [Double]
    let seen: Double
    /// By how much weights that differ make the variance of independent lookups larger.
    let spread: Double

    init(_ bursts: [BurstCounts], _ weights: BurstWeights) {
      self.bursts = bursts
      self.weights = weights.weights
      groups = weights.groups
      totals = zip(bursts, self.weights).map { $0.hits * $1 }
      seen = totals.reduce(0, +)
      spread = seen > 0 ? zip(totals, self.weights).reduce(0) { $0 + $1.0 * $1.1 } / seen : 1
    }

    /// The variance of the sum of the bursts' residuals, at least `floor`.
    func variance(_ residuals: [Double], floor: Double) -> Variance {
      let sums = groups.map { residuals[$0].reduce(0, +) }
      let squares = zip(sums, sums.dropFirst()).map { ($1 - $0) * ($1 - $0) }
      let most = Double(max(1, sums.count - 1))
      let sum = squares.reduce(0, +)
      let value = sum / 2 * Double(sums.count) / most
      guard value > floor else { return Variance(value: floor, degrees: most) }
      let fourths = squares.reduce(0) { $0 + $1 * $1 }
      return Variance(value: value, degrees: min(most, max(1, 2 * sum * sum / fourths)))
    }
  }

  /// A variance and how many independent differences it is as good as.
  private struct Variance {
    let value: Double
    let degrees: Double
  }

  private static func one(
    _ namespace: Int, _ sample: Sample, all: Double, misses: Double, unseen: Double
  ) -> HitEstimate {
    let (totals, seen, spread) = (sample.totals, sample.seen, sample.spread)
    let own = zip(sample.bursts, sample.weights).map { $0.hits(of: namespace) * $1 }
    let ownMisses = zip(sample.bursts, sample.weights).map { Double($0.misses[namespace]) * $1 }
    let ownSum = own.reduce(0, +)
    let share = ownSum / seen
    let shareVariance = sample.variance(
      zip(own, totals).map { $0 - share * $1 }, floor: spread * max(1, seen * share * (1 - share)))
    let byShare = HitEstimate(
      hits: all * share, error: all * (shareVariance.value * unseen).squareRoot() / seen,
      degrees: shareVariance.degrees)
    let missSum = ownMisses.reduce(0, +)
    guard missSum >= 5, ownSum > 0 else { return byShare }
    let odds = ownSum / missSum
    let floor = spread * odds * odds * (1 / ownSum + 1 / missSum) * missSum * missSum
    let oddsVariance = sample.variance(zip(own, ownMisses).map { $0 - odds * $1 }, floor: floor)
    let byOdds = HitEstimate(
      hits: misses * odds, error: misses * (oddsVariance.value * unseen).squareRoot() / missSum,
      degrees: oddsVariance.degrees)
    return combined(byShare, byOdds)
  }

  /// The inverse-variance mean. Both rest on the same hits, so its error is not taken for that of independent ones.
  private static func combined(_ one: HitEstimate, _ other: HitEstimate) -> HitEstimate {
    let (a, b) = (max(1e-9, one.error * one.error), max(1e-9, other.error * other.error))
    let weight = b / (a + b)
    return HitEstimate(
      hits: weight * one.hits + (1 - weight) * other.hits, error: weight * one.error + (1 - weight) * other.error,
      degrees: min(one.degrees, other.degrees))
  }

  /// Student's 97.5 % quantile, within 1 % from three degrees of freedom on.
  static func quantile(degrees: Double) -> Double {
    let d = max(1, degrees)
    return 1.96 + 2.37 / d + 2.82 / (d * d) + 2.6 / (d * d * d)
  }
}

extension BurstCounts {
  /// Hits that were seen in one namespace.
  fileprivate func hits(of namespace: Int) -> Double { Double(max(0, reads[namespace] - misses[namespace])) }

  /// Hits that were seen.
  var hits: Double { zip(reads, misses).reduce(0) { $0 + Double(max(0, $1.0 - $1.1)) } }
}
