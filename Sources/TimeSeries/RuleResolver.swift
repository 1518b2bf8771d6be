/// Turns rules over names into derivations over ids, as series are registered.
struct RuleResolver: Sendable {
  private let rules: [DerivationRule]
  private var resolvedCount = 0
  private(set) var derivations: [Int: Derivation] = [:]

  init(_ rules: [DerivationRule]) { self.rules = rules }

  /// Looks at names that were not there before.
  mutating func update(_ names: [String], _ ids: [String: Int]) {
    if names.count == resolvedCount || rules.isEmpty { return }
    resolvedCount = names.count
    derivations.removeAll(keepingCapacity: true)
    for (id, name) in names.enumerated() {
      for rule in rules {
        guard derivations[id] == nil, let star = Self.match(name, rule.series) else { continue }
        derivations[id] = Self.resolve(rule.formula, star, names, ids)
      }
    }
  }

  private static func resolve(
    _ formula: DerivationRule.Formula, _ star: String, _ names: [String], _ ids: [String: Int]
  )
    -> Derivation?
  {
    switch formula {
    case .sum(let pattern):
      let terms = names.indices.filter { match(names[$0], pattern) != nil }
        .map { Derivation.Term(series: $0, coefficient: 1) }
      return terms.isEmpty ? nil : .linear(terms)
    case .ratio(let numerator, let denominator, let factor):
      guard let above = terms(numerator, star, ids), let below = terms(denominator, star, ids) else { return nil }
      return .ratio(above, below, factor)
    }
  }

  private static func terms(_ terms: [DerivationRule.Term], _ star: String, _ ids: [String: Int]) -> [Derivation
    .Term]?
  {
    var result: [Derivation.Term] = []
    for term in terms {
      guard let id = ids[fill(term.name, star)] else { return nil }
      result.append(Derivation.Term(series: id, coefficient: term.coefficient))
    }
    return result.isEmpty ? nil : result
  }

  private static func fill(_ name: String, _ star: String) -> String {
    guard let place = name.firstIndex(of: "*") else { return name }
    return name[..<place] + star + name[name.index(after: place)...]
  }

  /// What `*` stands for if `name` matches `pattern`; empty for a pattern without one.
  static func match(_ name: String, _ pattern: String) -> String? {
    guard let place = pattern.firstIndex(of: "*") else { return name == pattern ? "" : nil }
    let prefix = pattern[..<place]
    let suffix = pattern[pattern.index(after: place)...]
    guard name.count >= prefix.count + suffix.count, name.hasPrefix(prefix), name.hasSuffix(suffix) else {
      return nil
    }
    return String(name.dropFirst(prefix.count).dropLast(suffix.count))
  }
}
