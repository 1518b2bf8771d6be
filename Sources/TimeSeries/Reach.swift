/// Keeps look-ups cheap: how many columns must be decoded for one that follows from others, which may be predicted from more.
struct Reach {
  /// Most columns that a derived one may need.
  static let limit = 3

  /// The sources of each derived column that have records.
  private var formulas: [[Int]] = []
  /// The formulas that a series is a source of.
  private var uses: [Int: [Int]] = [:]
  /// The series that each predicted one refers to.
  private var references: [Int: Int] = [:]

  init() {}

  init(_ drafts: [Draft]) {
    let stored = Set(drafts.lazy.filter { $0.derivation == nil }.map(\.series))
    for draft in drafts {
      guard let derivation = draft.derivation else { continue }
      let sources = derivation.sources.filter(stored.contains)
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
      return needed.count <= Self.limit
    }
  }

  /// A series was made to refer to another.
  mutating func note(_ series: Int, _ other: Int) { references[series] = other }
}
