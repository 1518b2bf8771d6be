/// Turns rules over names into derivations over ids, as series are registered.
struct RuleResolver: Sendable {
  private let rules: [(series: NamePattern, formula: DerivationRule.Formula)]
  private var resolvedCount = 0
  private(set) var derivations: [Int: Derivation] = [:]

  init(_ rules: [DerivationRule]) {
    self.rules = rules.map { (NamePattern($0.series), $0.formula) }
  }

  /// Looks at names that were not there before.
  mutating func update(_ names: [String], _ ids: [String: Int]) {
    if names.count == resolvedCount || rules.isEmpty { return }
    resolvedCount = names.count
    derivations.removeAll(keepingCapacity: true)
    for (id, name) in names.enumerated() {
      for rule in rules {
        guard derivations[id] == nil, let star = rule.series.match(name) else { continue }
        derivations[id] = Self.resolve(rule.formula, star, names, ids)
      }
    }
  }

  private static func resolve(
    _ formula: DerivationRule.Formula, _ star: String, _ names: [String], _ ids: [String: Int]
  ) -> Derivation? {
    switch formula {
    case .sum(let pattern):
      let pattern = NamePattern(pattern)
      let terms = names.indices.filter { pattern.match(names[$0]) != nil }
        .map { Derivation.Term(series: $0, coefficient: 1) }
      return terms.isEmpty ? nil : .linear(terms)
    case .ratio(let numerator, let denominator, let factor):
      guard let above = terms(numerator, star, ids), let below = terms(denominator, star, ids) else { return nil }
      return .ratio(above, below, factor)
    }
  }

  private static func terms(
    _ terms: [DerivationRule.Term], _ star: String, _ ids: [String: Int]
  ) -> [Derivation.Term]? {
    var result: [Derivation.Term] = []
    for term in terms {
      guard let id = ids[NamePattern(term.name).filled(star)] else { return nil }
      result.append(Derivation.Term(series: id, coefficient: term.coefficient))
    }
    return result.isEmpty ? nil : result
  }
}
