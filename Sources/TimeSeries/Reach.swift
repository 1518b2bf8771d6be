/// Keeps look-ups cheap: what it takes to decode all columns for one that follows from others, which may be predicted from more.
struct Reach {
  /// The most that the columns of a derived one may take: three usual ones, or two of large values.
  private static let limit = 12

  /// The sources of each derived column that have records.
  private var formulas: [[Int]] = []
  /// The formulas that a series is a source of.
  private var uses: [Int: [Int]] = [:]
  /// The series that each predicted one refers to.
  private var references: [Int: Int] = [:]
  /// What decoding a column takes.
  private var costs: [Int: Int] = [:]

  init() {}

  init(_ drafts: [Draft]) {
    for draft in drafts where draft.derivation == nil { costs[draft.series] = draft.cost }
    for draft in drafts {
      guard let derivation = draft.derivation else { continue }
      let sources = derivation.sources.filter { costs[$0] != nil }
      for source in sources { uses[source, default: []].append(formulas.count) }
      formulas.append(sources)
    }
  }

  /// Whether a series may refer to another.
  func allows(_ series: Int, _ other: Int) -> Bool {
    (uses[series] ?? []).allSatisfy { formula in
      var needed: Set = [other]
      for source in formulas[formula] {
        needed.insert(source)
        if source != series, let reference = references[source] { needed.insert(reference) }
      }
      return needed.reduce(0) { $0 + cost($1, isPredicted: $1 == series) } <= Self.limit
    }
  }

  /// What a prediction leaves of a column is narrow.
  private func cost(_ series: Int, isPredicted: Bool) -> Int {
    let cost = costs[series] ?? 0
    return isPredicted || references[series] != nil ? min(cost, Draft.usualCost) : cost
  }

  /// A series was made to refer to another.
  mutating func note(_ series: Int, _ other: Int) { references[series] = other }
}

extension Draft {
  fileprivate static let usualCost = 4

  /// What decoding takes, in quarters of a usual column.
  fileprivate var cost: Int {
    switch head.encoding {
    case .constant, .linear: 0
    case .sparse: 3
    // Values of more than 13 bits each are put together in vectors of half as many lanes.
    default: (bytes * 8 > column.rows * 13 ? 6 : Self.usualCost) + (recipe.unit == 1 ? 0 : 1)
    }
  }
}
