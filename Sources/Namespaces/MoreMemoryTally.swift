import CacheModel

/// Which part of a namespace's sampled misses more memory would have spared.
struct MoreMemoryTally: Sendable {
  private static let groups = 16
  private static let factors = GhostDepth.factors.count
  /// Misses, and those of them that would have been hits, by group of keys and factor, each as many as its sampling rate stands for.
  private var misses = [Double](repeating: 0, count: groups * factors)
  private var spared = [Double](repeating: 0, count: groups * factors)
  private var count = [Double](repeating: 0, count: factors)

  /// Takes a miss under one factor.
  mutating func add(factor: Int, isSpared: Bool, hash: UInt64, weight: Double) {
    let place = Int(truncatingIfNeeded: (hash >> 20) % UInt64(Self.groups)) * Self.factors + factor
    misses[place] += weight
    if isSpared { spared[place] += weight }
    count[factor] += 1
  }

  /// Lets what is old count less.
  mutating func fade(_ factor: Double) {
    for index in misses.indices {
      misses[index] *= factor
      spared[index] *= factor
    }
    for index in count.indices { count[index] *= factor }
  }

  /// Both together.
  static func + (left: Self, right: Self) -> Self {
    var sum = left
    for index in sum.misses.indices {
      sum.misses[index] += right.misses[index]
      sum.spared[index] += right.spared[index]
    }
    for index in sum.count.indices { sum.count[index] += right.count[index] }
    return sum
  }

  /// What each factor would spare; empty without enough evidence.
  ///
  /// The intervals hold what sampling by key leaves open, and by how much predictions were off in simulations of some hundred
  /// workloads under each way of choosing, wider where keys' sizes are not known.
  func predictions(_ choice: EvictionChoice, knowsSizes: Bool) -> [MoreMemory] {
    let (below, above, points) =
      switch choice {
      case .byIdleTime: knowsSizes ? (0.25, 0.3, 0.015) : (0.3, 0.4, 0.02)
      case .random: (0.4, 0.5, 0.02)
      case .byFrequency: (0.7, 1, 0.03)
      }
    return GhostDepth.factors.indices.compactMap { factor in
      guard let (part, error) = part(factor) else { return nil }
      let chance = 2.131 * error + points
      let (low, high) = (max(0, part * (1 - below) - chance), min(1, part * (1 + above) + chance))
      return MoreMemory(factor: GhostDepth.factors[factor], spared: SampledRatio(ratio: part, interval: low...high))
    }
  }

  /// The part spared by a factor, and its standard error by the groups of keys; nil below 100 misses.
  func part(_ factor: Int) -> (part: Double, error: Double)? {
    guard count[factor] >= 100 else { return nil }
    let places = (0..<Self.groups).map { $0 * Self.factors + factor }
    let all = places.reduce(0) { $0 + misses[$1] }
    guard all > 0 else { return nil }
    let part = places.reduce(0) { $0 + spared[$1] } / all
    let squares = places.reduce(0.0) { sum, place in
      let residual = spared[place] - part * misses[place]
      return sum + residual * residual
    }
    let groups = Double(Self.groups)
    return (part, (squares * groups / (groups - 1)).squareRoot() / all)
  }
}
