import CacheModel

/// Sampled misses of one namespace by group of keys and cause, each as many as its sampling rate stands for.
struct CauseWeights: Sendable {
  static let groups = 16
  static let causes = MissCause.allCases.count
  private var weights = [Double](repeating: 0, count: groups * causes)
  /// How many there are, unweighted.
  private var sampled = 0.0
  /// The lowest rate at which any of them was sampled.
  private var lowestRate = 1.0

  /// The place of a key's group and a cause: the groups' spread tells the shares' error, however unevenly misses fall on keys.
  static func place(of cause: MissCause, hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash >> 20) % UInt64(groups)) * causes + cause.position
  }

  /// The place of the same group and another cause.
  static func place(of cause: MissCause, besides place: Int) -> Int { place / causes * causes + cause.position }

  /// Adds a miss.
  mutating func add(at place: Int, rate: Double) {
    weights[place] += 1 / rate
    sampled += 1
    lowestRate = min(lowestRate, rate)
  }

  /// Gives so many misses, or what is left of them, another cause.
  mutating func move(_ weight: Double, from place: Int, to cause: MissCause) {
    let moved = min(weight, weights[place])
    weights[place] -= moved
    weights[Self.place(of: cause, besides: place)] += moved
  }

  /// Lets what is old count less.
  mutating func fade(_ factor: Double) {
    for place in weights.indices { weights[place] *= factor }
    sampled *= factor
    lowestRate = 1 - (1 - lowestRate) * factor
  }

  /// By cause.
  var sums: [Double] {
    (0..<Self.causes).map { cause in
      stride(from: cause, to: weights.count, by: Self.causes).reduce(0) { $0 + weights[$1] }
    }
  }

  /// The shares of the causes with their 95 % intervals, `observed` being the exact number of misses; nil while nothing was sampled.
  func shares(of observed: Double) -> [CauseShare]? {
    let all = sums
    let weight = all.reduce(0, +)
    guard weight > 0 else { return nil }
    // A key with many misses of its own, which the sample lacks or has by chance, shows in no spread, but in the sum.
    let lack = observed > 0 ? abs(1 - weight / observed) : 0
    return MissCause.allCases.map { cause in
      let share = all[cause.position] / weight
      let half =
        lowestRate == 1 ? 0 : 2.131 * standardError(of: cause, share, weight) + lack * max(share, 1 - share)
      return CauseShare(cause: cause, share: share, interval: max(0, share - half)...min(1, share + half))
    }
  }

  /// By the groups' residuals: they are independent samples of keys.
  private func standardError(of cause: MissCause, _ share: Double, _ weight: Double) -> Double {
    var squares = 0.0
    for group in 0..<Self.groups {
      let total = weights[(group * Self.causes)..<((group + 1) * Self.causes)].reduce(0, +)
      let residual = weights[group * Self.causes + cause.position] - share * total
      squares += residual * residual
    }
    let groups = Double(Self.groups)
    let spread = (squares * groups / (groups - 1)).squareRoot() / weight
    // No spread does not mean no error: the rule of three bounds a share of which nothing was seen.
    return max(spread, 1.5 / max(1, sampled)) * (1 - lowestRate).squareRoot()
  }
}
