/// For how many of a window's hits each burst stands, relative to the others.
///
/// Bursts do not come evenly: a busy machine makes them rare, or makes one see much. What is read wanders meanwhile. So a few
/// neighbouring bursts together stand for all hits of their time, of which the exact number is known.
struct BurstWeights: Sendable, Hashable {
  /// One for each burst; times the hits that the bursts saw they sum to these hits.
  let weights: [Double]
  /// The bursts that stand for a time together; each burst by itself where there are too few.
  let groups: [Range<Int>]

  /// The fewest bursts, and hits seen in them, that stand for their time by themselves.
  private static let leastBursts = 3
  private static let leastHits = 50.0
  /// Fewer groups tell nothing of how they differ.
  private static let leastGroups = 4

  /// So many bursts that count alike.
  init(even count: Int) { self.init(Array(repeating: 1, count: count), []) }

  /// - Parameters:
  ///   - bursts: when each ended, ascending, and how many hits it saw.
  ///   - totals: hits so far at two or more times, ascending, the first and last of which are the window's ends.
  init(_ bursts: [(time: Int64, hits: Double)], totals: [(time: Int64, hits: Double)]) {
    let groups = Self.groups(bursts)
    guard groups.count > 1, let first = totals.first, let last = totals.last, last.hits > first.hits else {
      self.init(even: bursts.count)
      return
    }
    let seen = bursts.reduce(0) { $0 + $1.hits }
    var weights = [Double](repeating: 1, count: bursts.count)
    var begin = first.hits
    for (index, group) in groups.enumerated() {
      let isLast = index == groups.count - 1
      // Half way to the next group's first burst.
      let middle = isLast ? 0 : (bursts[group.upperBound - 1].time + bursts[group.upperBound].time) / 2
      let end = isLast ? last.hits : Self.at(middle, totals)
      let own = bursts[group].reduce(0) { $0 + $1.hits }
      let weight = (end - begin) / (last.hits - first.hits) * seen / own
      for burst in group { weights[burst] = weight }
      begin = end
    }
    self.init(weights, groups)
  }

  private init(_ weights: [Double], _ groups: [Range<Int>]) {
    self.weights = weights
    self.groups = groups.count < Self.leastGroups ? weights.indices.map { $0..<($0 + 1) } : groups
  }

  /// Neighbours that have enough together; what is left at the end belongs to the last.
  private static func groups(_ bursts: [(time: Int64, hits: Double)]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var (start, hits) = (0, 0.0)
    for index in bursts.indices {
      hits += bursts[index].hits
      guard index + 1 - start >= leastBursts, hits >= leastHits else { continue }
      groups.append(start..<(index + 1))
      (start, hits) = (index + 1, 0)
    }
    if start < bursts.count, let last = groups.popLast() { groups.append(last.lowerBound..<bursts.count) }
    return groups
  }

  /// Hits at a time, between two totals in proportion.
  private static func at(_ time: Int64, _ totals: [(time: Int64, hits: Double)]) -> Double {
    guard let next = totals.firstIndex(where: { $0.time >= time }), next > 0 else {
      return time <= totals[0].time ? totals[0].hits : totals[totals.count - 1].hits
    }
    let (low, high) = (totals[next - 1], totals[next])
    guard high.time > low.time else { return high.hits }
    return low.hits + (high.hits - low.hits) * Double(time - low.time) / Double(high.time - low.time)
  }
}
