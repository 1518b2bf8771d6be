/// For how much of a window each burst stands, relative to the others.
///
/// Bursts do not come evenly, nor are they equally long: a busy machine makes them rare, or makes one see much. What is read wanders
/// meanwhile. So a few neighbouring bursts together stand for their time, by how long they watched of it. Their own reads have no part in
/// that: a namespace that is read in clumps would be made small where it is seen, and large nowhere.
struct BurstWeights: Sendable, Hashable {
  /// One for each burst; times the hits that the bursts saw they sum to these hits.
  let weights: [Double]
  /// The bursts that stand for a time together; each burst by itself where there are too few.
  let groups: [Range<Int>]

  /// A burst: when it ended, for how many milliseconds it watched, and how many hits it saw.
  struct Burst: Sendable, Hashable {
    var time: Int64
    var milliseconds: Double
    var hits: Double
  }

  /// The fewest bursts, and about how many hits seen in them, that stand for their time by themselves.
  private static let leastBursts = 3
  private static let leastHits = 50.0
  /// Fewer groups tell nothing of how they differ.
  private static let leastGroups = 4

  /// So many bursts that count alike.
  init(even count: Int) { self.init(Array(repeating: 1, count: count), []) }

  /// - Parameters:
  ///   - bursts: ascending in time.
  ///   - window: when it began and when it ended, in milliseconds.
  init(_ bursts: [Burst], in window: ClosedRange<Int64>) {
    let groups = Self.groups(bursts)
    guard groups.count > 1, bursts.allSatisfy({ $0.milliseconds > 0 }) else {
      self.init(even: bursts.count)
      return
    }
    var weights = [Double](repeating: 1, count: bursts.count)
    var begin = window.lowerBound
    for (index, group) in groups.enumerated() {
      let isLast = index == groups.count - 1
      // Half way to the next group's first burst.
      let middle =
        isLast ? window.upperBound : (bursts[group.upperBound - 1].time + bursts[group.upperBound].time) / 2
      let end = max(begin, middle)
      let watched = bursts[group].reduce(0) { $0 + $1.milliseconds }
      for burst in group { weights[burst] = Double(end - begin) / watched }
      begin = end
    }
    let seen = bursts.reduce(0) { $0 + $1.hits }
    let weighted = zip(bursts, weights).reduce(0) { $0 + $1.0.hits * $1.1 }
    guard weighted > 0 else {
      self.init(even: bursts.count)
      return
    }
    self.init(weights.map { $0 * seen / weighted }, groups)
  }

  private init(_ weights: [Double], _ groups: [Range<Int>]) {
    self.weights = weights
    self.groups = groups.count < Self.leastGroups ? weights.indices.map { $0..<($0 + 1) } : groups
  }

  /// Neighbours that have enough together, all equally many, whatever each of them saw; what is left at the end belongs to the last.
  private static func groups(_ bursts: [Burst]) -> [Range<Int>] {
    let seen = bursts.reduce(0) { $0 + $1.hits }
    guard seen > 0 else { return [] }
    let needed = (leastHits * Double(bursts.count) / seen).rounded(.up)
    let size = max(leastBursts, Int(min(needed, Double(bursts.count))))
    let count = bursts.count / size
    return (0..<count).map { ($0 * size)..<($0 == count - 1 ? bursts.count : ($0 + 1) * size) }
  }
}
