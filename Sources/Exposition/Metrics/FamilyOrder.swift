import CacheModel

/// The families of some outlines and our own, in the order in which they are written: by name, each once. What is ours is
/// written from typed figures, so that a server's family of such a name is passed over.
final class FamilyOrder: Sendable {
  /// One family.
  enum Step: Sendable {
    case own(OwnFamily)
    /// Of servers; the place in ``groups``.
    case served(Int)
  }

  let steps: [Step]
  /// Of the outline at the first position the place in it of the family at the second; -1 where it has none of that family.
  private let groups: [[Int32]]
  private let outlines: [Shared<CatalogOutline>]

  /// Takes linear time in the families of all outlines.
  init(_ outlines: [Shared<CatalogOutline>]) {
    self.outlines = outlines
    let names = Set(outlines.lazy.flatMap { $0.value.heads }.map(\.family.name)).subtracting(OwnFamily.names)
      .sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    groups = outlines.map { outline in
      var found = Array(repeating: Int32(-1), count: names.count)
      for (position, head) in outline.value.heads.enumerated() {
        if let place = places[head.family.name] { found[place] = Int32(position) }
      }
      return found
    }
    var rest = names.indices[...]
    var steps: [Step] = []
    for family in OwnFamily.sorted {
      while let next = rest.first, names[next] < family.name { steps.append(.served(rest.removeFirst())) }
      steps.append(.own(family))
    }
    self.steps = steps + rest.map { .served($0) }
  }

  /// Where a part finds the series of a family, in arrays of its own: threads that write parts at the same time would stand in each
  /// other's way at the reference counts of what they share, a million times a scrape.
  struct Places: Sendable {
    private let groups: [[Int32]]
    private let starts: [[Int32]]

    fileprivate init(_ groups: [[Int32]], _ outlines: [Shared<CatalogOutline>]) {
      self.groups = groups.map { $0.map { $0 } }
      starts = outlines.map { $0.value.starts.map { $0 } }
    }

    /// The position in the outline of the family at `place`, and the number of series before it; nil where it has none.
    func family(_ place: Int, of outline: Int) -> (position: Int, start: Int)? {
      let position = Int(groups[outline][place])
      return position < 0 ? nil : (position, Int(starts[outline][position]))
    }
  }

  /// For one part.
  var places: Places { Places(groups, outlines) }

  /// The families' names in OpenMetrics that those of servers before a step take.
  func openMetricsNames(before end: Int) -> Set<String> {
    Set(
      steps[..<end].lazy.compactMap { step in
        guard case .served(let place) = step else { return nil }
        return self.head(place)?.openMetricsName
      })
  }

  /// Positions at which to cut the steps into `count` parts that are about as long; `sources` are the outlines of all sources.
  func cuts(_ count: Int, sources: [Int]) -> [Range<Int>] {
    var users = Array(repeating: 0, count: outlines.count)
    for source in sources where users.indices.contains(source) { users[source] += 1 }
    let weights = steps.map { step in
      switch step {
      case .own: sources.count
      case .served(let place):
        outlines.indices.reduce(0) { sum, index in
          let group = groups[index][place]
          return group < 0 ? sum : sum + users[index] * outlines[index].value.lines(of: Int(group))
        }
      }
    }
    let share = weights.reduce(0, +) / max(1, count) + 1
    var cuts: [Range<Int>] = []
    var (begin, sum) = (0, 0)
    for (index, weight) in weights.enumerated() {
      sum += weight
      guard sum >= share, index + 1 < weights.count else { continue }
      cuts.append(begin..<index + 1)
      (begin, sum) = (index + 1, 0)
    }
    return cuts + [begin..<steps.count]
  }

  private func head(_ place: Int) -> FamilyHead? {
    for (outline, places) in zip(outlines, groups) where places[place] >= 0 {
      return outline.value.heads[Int(places[place])]
    }
    return nil
  }

  /// Whether it is that of just these outlines.
  func isOrder(of others: [Shared<CatalogOutline>]) -> Bool { outlines == others }
}
