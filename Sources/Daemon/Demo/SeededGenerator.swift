/// SplitMix64: a generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Draws a number from `0..<count`, each with a probability proportional to 1 / (number + 1)^exponent.
///
/// Takes 8 bytes for each number, and a binary search for each draw.
struct ZipfDistribution: Sendable {
  private let cumulative: [Double]

  /// `count` at least 1.
  init(count: Int, exponent: Double) {
    var sum = 0.0
    cumulative = (1...count).map { rank in
      sum += 1 / power(Double(rank), exponent)
      return sum
    }
  }

  func draw(_ random: inout SeededGenerator) -> Int {
    let wanted = Double.random(in: 0..<(cumulative.last ?? 1), using: &random)
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
