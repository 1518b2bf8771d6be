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
///
/// What fewer than ``fewest`` bursts saw has its hits by its misses in the window and by the hits for each miss of a longer time; the
/// others share what is left, and bear its error in proportion.
enum HitEstimator {
  /// The hits of each namespace; nil without a burst that saw a hit, or without two bursts.
  ///
  /// - Parameters:
  ///   - weights: how much each burst counts; nil where all count alike.
  ///   - misses: of each namespace in the window.
  ///   - duty: the part of the window that bursts covered: what was seen can't err.
  ///   - earlier: the bursts of a longer time, these among them, for what few of the window's saw; nil where they are all.
  static func estimate(
    bursts: [BurstCounts], weights: BurstWeights? = nil, reads: Double, misses: [Double], duty: Double,
    earlier: [BurstCounts]? = nil
  ) -> [HitEstimate]? {
    guard bursts.count >= 2 else { return nil }
    var sample = Sample(bursts, weights ?? BurstWeights(even: bursts.count))
    let lookups = misses.indices.map { sample.lookups(of: $0) }
    let isRare = lookups.map { $0.sights < fewest }
    let before = isRare.contains(true) ? earlier.map { Sample($0, BurstWeights(even: $0.count)) } ?? sample : sample
    // How often few bursts see a namespace is chance; how many of its lookups hit, those before tell as well.
    let rare = misses.indices.map { namespace in
      isRare[namespace] ? byOddsBefore(before.lookups(of: namespace), before, misses: misses[namespace]) : nil
    }
    guard sample.seen > 0 || rare.contains(where: { $0 != nil }) else { return nil }
    for namespace in misses.indices where rare[namespace] != nil { sample.leaveOut(lookups[namespace]) }
    let all = max(0, reads - misses.reduce(0, +))
    let common = max(0, all - rare.reduce(0) { $0 + ($1?.hits ?? 0) })
    var estimates = misses.indices.map { namespace in
      rare[namespace]
        ?? one(
          lookups[namespace], sample, all: common, misses: misses[namespace], unseen: max(0, 1 - duty),
          clump: isRare[namespace] ? before.lookups(of: namespace).most : 0)
    }
    widenBesideRare(&estimates, isRare, all: common)
    let rest = all - estimates.reduce(0) { $0 + $1.hits }
    // What is neither seen to be read nor missed has no hits to be found, however uncertain that is.
    let isRead = misses.indices.map { misses[$0] > 0 || lookups[$0].sights > 0 }
    let variance = zip(estimates, isRead).reduce(0) { $1.1 ? $0 + $1.0.error * $1.0.error : $0 }
    for index in estimates.indices where variance > 0 && isRead[index] {
      estimates[index].hits = max(
        0, estimates[index].hits + rest * estimates[index].error * estimates[index].error / variance)
    }
    return estimates
  }

  /// Fewer bursts that saw a namespace tell nothing of how they differ.
  static let fewest = 5

  /// What bursts saw, and how much each counts. Sums are weighted, one for each of the bursts that stand for a time together.
  private struct Sample {
    private let bursts: [BurstCounts]
    private let weights: [Double]
    private let groups: [Range<Int>]
    /// All hits.
    private(set) var totals: [Double]
    var seen: Double { totals.reduce(0, +) }
    /// By how much weights that differ make the variance of independent lookups larger.
    let spread: Double

    init(_ bursts: [BurstCounts], _ weights: BurstWeights) {
      self.bursts = bursts
      self.weights = weights.weights
      groups = weights.groups
      let hits = bursts.map(\.hits)
      totals = weights.groups.map { group in
        group.reduce(0) { $0 + hits[$1] * weights.weights[$1] }
      }
      let (seen, squares) = hits.indices.reduce((0.0, 0.0)) { sums, index in
        let weighted = hits[index] * weights.weights[index]
        return (sums.0 + weighted, sums.1 + weighted * weights.weights[index])
      }
      spread = seen > 0 ? squares / seen : 1
    }

    /// What was seen of a namespace.
    func lookups(of namespace: Int) -> Lookups {
      var found = Lookups(groups: groups.count)
      for (place, group) in groups.enumerated() {
        for index in group {
          let (reads, misses) = (bursts[index].reads[namespace], bursts[index].misses[namespace])
          guard reads > 0 || misses > 0 else { continue }
          let hits = Double(max(0, reads - misses))
          found.hits[place] += hits * weights[index]
          found.misses[place] += Double(misses) * weights[index]
          found.most = max(found.most, hits)
          if reads > 0 { found.sights += 1 }
        }
      }
      return found
    }

    /// Counts all hits without these.
    mutating func leaveOut(_ lookups: Lookups) {
      for index in totals.indices { totals[index] -= lookups.hits[index] }
    }

    /// The variance of the sum of the residuals, at least `floor`.
    func variance(floor: Double, _ residual: (Int) -> Double) -> Variance {
      var (sum, fourths, last) = (0.0, 0.0, residual(0))
      for index in 1..<max(1, groups.count) {
        let next = residual(index)
        let square = (next - last) * (next - last)
        (sum, fourths, last) = (sum + square, fourths + square * square, next)
      }
      let most = Double(max(1, groups.count - 1))
      let value = sum / 2 * Double(groups.count) / most
      guard value > floor else { return Variance(value: floor, degrees: most) }
      return Variance(value: value, degrees: min(most, max(1, 2 * sum * sum / fourths)))
    }
  }

  /// What bursts saw of one namespace.
  private struct Lookups {
    /// Weighted, for each of the bursts that stand for a time together.
    var hits: [Double]
    var misses: [Double]
    /// How many bursts saw a read.
    var sights = 0
    /// The most hits that one burst saw.
    var most = 0.0

    init(groups: Int) {
      hits = Array(repeating: 0, count: groups)
      misses = hits
    }
  }

  /// A variance and how many independent differences it is as good as.
  private struct Variance {
    let value: Double
    let degrees: Double
  }

  /// - Parameter clump: what one burst more or less may see of a namespace that few saw.
  private static func one(
    _ lookups: Lookups, _ sample: Sample, all: Double, misses: Double, unseen: Double, clump: Double
  ) -> HitEstimate {
    let seen = sample.seen
    guard seen > 0 else { return HitEstimate(hits: 0, error: 0, degrees: 1) }
    let share = lookups.hits.reduce(0, +) / seen
    let least = max(1, clump * clump)
    let variance = sample.variance(floor: sample.spread * max(least, seen * share * (1 - share))) { index in
      lookups.hits[index] - share * sample.totals[index]
    }
    let byShare = HitEstimate(
      hits: all * share, error: all * (variance.value * unseen).squareRoot() / seen, degrees: variance.degrees)
    return byOdds(lookups, sample, misses: misses, unseen: unseen).map { combined(byShare, $0) } ?? byShare
  }

  private static func byOdds(
    _ lookups: Lookups, _ sample: Sample, misses: Double, unseen: Double
  ) -> HitEstimate? {
    let (ownSum, missSum) = (lookups.hits.reduce(0, +), lookups.misses.reduce(0, +))
    guard missSum >= 5, ownSum > 0 else { return nil }
    let odds = ownSum / missSum
    let floor = sample.spread * odds * odds * (1 / ownSum + 1 / missSum) * missSum * missSum
    let variance = sample.variance(floor: floor) { lookups.hits[$0] - odds * lookups.misses[$0] }
    return HitEstimate(
      hits: misses * odds, error: misses * (variance.value * unseen).squareRoot() / missSum,
      degrees: variance.degrees)
  }

  /// By what bursts of a longer time saw: the odds of this window differ from theirs by chance.
  private static func byOddsBefore(_ lookups: Lookups, _ sample: Sample, misses: Double) -> HitEstimate? {
    guard misses >= 5, var found = byOdds(lookups, sample, misses: misses, unseen: 1) else { return nil }
    let chance = found.hits * found.hits * (1 / misses + 1 / max(1, found.hits))
    found.error = (found.error * found.error + chance).squareRoot()
    return found
  }

  /// What a namespace that few bursts saw may have more or less, the others lack or have too many, in proportion.
  private static func widenBesideRare(_ estimates: inout [HitEstimate], _ isRare: [Bool], all: Double) {
    let rare = zip(estimates, isRare).map { $1 ? $0.error * $0.error : 0 }
    let sum = rare.reduce(0, +)
    guard sum > 0, all > 0 else { return }
    for index in estimates.indices {
      let share = estimates[index].hits / all
      let variance = estimates[index].error * estimates[index].error + share * share * (sum - rare[index])
      estimates[index].error = variance.squareRoot()
    }
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
  func hits(of namespace: Int) -> Double { Double(max(0, reads[namespace] - misses[namespace])) }

  /// Hits that were seen.
  var hits: Double { zip(reads, misses).reduce(0) { $0 + Double(max(0, $1.0 - $1.1)) } }
}
