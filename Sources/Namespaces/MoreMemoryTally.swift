import CacheModel

/// Whether more memory would have spared a miss: most likely, and with less and more luck.
struct SparedMiss: Sendable {
  var low: Bool
  var middle: Bool
  var high: Bool

  /// It would have been one all the same.
  static let none = SparedMiss(low: false, middle: false, high: false)
}

/// For how many seconds of late it was known what a factor would do.
struct PredictedTime: Sendable {
  var seconds = 0.0
  private var wasKnown = false

  /// Lets what is old count less; `passed` counts if it was known all that time.
  mutating func fade(_ factor: Double, passed: Double, isKnown: Bool) {
    seconds = seconds * factor + (wasKnown && isKnown ? passed : 0)
    wasKnown = isKnown
  }
}

/// Which part of a namespace's sampled misses more memory would have spared.
struct MoreMemoryTally: Sendable {
  private static let groups = 16
  private static let factors = GhostDepth.factors.count

  /// Misses, and those of them that would have been hits, each as many as its sampling rate stands for.
  private struct Cell: Sendable {
    var misses = 0.0
    var low = 0.0
    var middle = 0.0
    var high = 0.0

    mutating func scale(_ factor: Double) {
      misses *= factor
      low *= factor
      middle *= factor
      high *= factor
    }

    mutating func add(_ other: Cell) {
      misses += other.misses
      low += other.low
      middle += other.middle
      high += other.high
    }
  }

  /// By group of keys and factor.
  private var cells = [Cell](repeating: Cell(), count: groups * factors)
  private var count = [Double](repeating: 0, count: factors)

  /// Takes a miss under one factor.
  mutating func add(factor: Int, _ spared: SparedMiss, hash: UInt64, weight: Double) {
    let place = Int(truncatingIfNeeded: (hash >> 20) % UInt64(Self.groups)) * Self.factors + factor
    cells[place].misses += weight
    if spared.low { cells[place].low += weight }
    if spared.middle { cells[place].middle += weight }
    if spared.high { cells[place].high += weight }
    count[factor] += 1
  }

  /// Lets what is old count less.
  mutating func fade(_ factor: Double) {
    for index in cells.indices { cells[index].scale(factor) }
    for index in count.indices { count[index] *= factor }
  }

  /// Both together.
  static func + (left: Self, right: Self) -> Self {
    var sum = left
    for index in sum.cells.indices { sum.cells[index].add(right.cells[index]) }
    for index in sum.count.indices { sum.count[index] += right.count[index] }
    return sum
  }

  /// What each factor would spare; empty without enough evidence.
  ///
  /// The intervals hold what sampling by key leaves open, what less or more room would spare, and by how much predictions were off
  /// in simulations of some hundred workloads under each way of choosing, wider where keys' sizes are not known.
  /// `seconds` is the time that misses are of, by factor.
  func predictions(_ choice: EvictionChoice, knowsSizes: Bool, seconds: [Double]) -> [MoreMemory] {
    let (below, above, points) =
      switch choice {
      case .byIdleTime: knowsSizes ? (0.05, 0.05, 0.015) : (0.1, 0.1, 0.02)
      case .random: (0.2, 0.3, 0.02)
      case .byFrequency: (0.7, 1, 0.03)
      }
    return GhostDepth.factors.indices.compactMap { factor in
      guard let found = parts(factor) else { return nil }
      let chance = 2.131 * found.error + points
      let low = max(0, found.part.low * (1 - below) - chance)
      let high = min(1, found.part.high * (1 + above) + chance)
      return MoreMemory(
        factor: GhostDepth.factors[factor], spared: SampledRatio(ratio: found.part.middle, interval: low...high),
        seconds: seconds[factor])
    }
  }

  /// The parts spared by a factor, and the standard error by the groups of keys; nil below 100 misses.
  private func parts(_ factor: Int) -> (part: GhostDepth.Estimate, error: Double)? {
    guard count[factor] >= 100 else { return nil }
    let own = (0..<Self.groups).map { cells[$0 * Self.factors + factor] }
    var all = Cell()
    for cell in own { all.add(cell) }
    guard all.misses > 0 else { return nil }
    let part = all.middle / all.misses
    let squares = own.reduce(0.0) { sum, cell in
      let residual = cell.middle - part * cell.misses
      return sum + residual * residual
    }
    let groups = Double(Self.groups)
    return (
      GhostDepth.Estimate(low: all.low / all.misses, middle: part, high: all.high / all.misses),
      (squares * groups / (groups - 1)).squareRoot() / all.misses
    )
  }
}
