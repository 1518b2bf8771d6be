import CacheModel

/// The families of some shapes and our own, in the order in which they are written: by name, each once. What is ours is
/// written from typed figures, so that a server's family of such a name is passed over.
final class FamilyOrder: Sendable {
  /// One family.
  enum Step: Sendable {
    case own(OwnFamily)
    /// Of servers; the place in ``groups``.
    case served(Int)
  }

  let steps: [Step]
  /// Of the shape at the first position the group of the family at the second; -1 where it has none of that family.
  let groups: [[Int32]]
  private let shapes: [SeriesShape]

  /// Takes linear time in the families of all shapes.
  init(_ shapes: [SeriesShape]) {
    self.shapes = shapes
    let names = Set(shapes.lazy.flatMap(\.groups).map(\.name)).subtracting(OwnFamily.names).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    groups = shapes.map { shape in
      var found = Array(repeating: Int32(-1), count: names.count)
      for (position, group) in shape.groups.enumerated() {
        if let place = places[group.name] { found[place] = Int32(position) }
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

  /// The families' names in OpenMetrics that those of servers before a step take.
  func openMetricsNames(before end: Int) -> Set<String> {
    Set(
      steps[..<end].lazy.compactMap { step in
        guard case .served(let place) = step else { return nil }
        return self.head(place)?.openMetricsName
      })
  }

  /// Positions at which to cut the steps into `count` parts that are about as long; `sources` are the shapes of all sources.
  func cuts(_ count: Int, sources: [Int]) -> [Range<Int>] {
    var users = Array(repeating: 0, count: shapes.count)
    for source in sources where users.indices.contains(source) { users[source] += 1 }
    let weights = steps.map { step in
      switch step {
      case .own: sources.count
      case .served(let place):
        shapes.indices.reduce(0) { sum, shape in
          let group = groups[shape][place]
          return group < 0 ? sum : sum + users[shape] * shapes[shape].groups[Int(group)].lines.count
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
    for (shape, places) in zip(shapes, groups) where places[place] >= 0 {
      return shape.groups[Int(places[place])].head
    }
    return nil
  }

  /// Whether it is that of just these shapes.
  func isOrder(of others: [SeriesShape]) -> Bool { shapes.elementsEqual(others) { $0 === $1 } }
}
