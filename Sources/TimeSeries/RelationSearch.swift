/// Finds columns that are the sum or the difference of two others, or equal or mirror another, up to a constant.
///
/// Every column gets a fingerprint: the sum of its rows' distances from row 0, each times a fixed odd weight, modulo
/// 2^64. Fingerprints add and subtract as columns do, so one hash look-up tests a pair against all others; what
/// matches is then checked row by row.
struct RelationSearch {
  private let weights: [UInt64]
  /// Cheaper streams are not worth a formula.
  private static let worthwhile = 24
  private static let limit = 200

  init(capacity: Int) {
    var state: UInt64 = 0x5DEE_CE66_D1CE_4E5B
    weights = (0..<max(1, capacity)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state ^ state >> 29) | 1
    }
  }

  private struct Candidate {
    var place: Int
    var fingerprint: UInt64
  }

  func run(_ drafts: inout [Draft]) {
    let candidates = candidates(drafts)
    if candidates.count < 2 { return }
    var byFingerprint: [UInt64: Int] = [:]
    for candidate in candidates.reversed() { byFingerprint[candidate.fingerprint] = candidate.place }
    var sources = Set(drafts.flatMap { $0.derivation?.sources ?? [] })
    for (index, left) in candidates.enumerated() {
      if let twin = byFingerprint[left.fingerprint], twin != left.place {
        _ = tryRelation([(twin, 1), (left.place, -1)], &drafts, &sources)
        continue
      }
      if let mirror = byFingerprint[0 &- left.fingerprint], mirror != left.place {
        _ = tryRelation([(mirror, 1), (left.place, 1)], &drafts, &sources)
        continue
      }
      for right in candidates[(index + 1)...] {
        // left − right = third; a sum is found as a difference from its other side.
        if let third = byFingerprint[left.fingerprint &- right.fingerprint], third != left.place,
          third != right.place
        {
          _ = tryRelation([(left.place, 1), (right.place, -1), (third, -1)], &drafts, &sources)
        } else if let third = byFingerprint[left.fingerprint &+ right.fingerprint], third != left.place,
          third != right.place
        {
          _ = tryRelation([(left.place, 1), (right.place, 1), (third, -1)], &drafts, &sources)
        }
      }
    }
  }

  private func candidates(_ drafts: [Draft]) -> [Candidate] {
    drafts.indices.filter {
      drafts[$0].isPlain && drafts[$0].derivation == nil && drafts[$0].bytes >= Self.worthwhile
    }
    .sorted { drafts[$0].bytes > drafts[$1].bytes }
    .prefix(Self.limit)
    .map { Candidate(place: $0, fingerprint: fingerprint(drafts[$0].column)) }
  }

  private func fingerprint(_ column: Column) -> UInt64 {
    let origin = column[0]
    var sum: UInt64 = 0
    for row in 0..<column.rows { sum &+= unsafe UInt64(bitPattern: column.values[row] &- origin) &* weights[row] }
    return sum
  }

  /// Derives the dearest member that may be derived from the others; `members` sum to a constant.
  private func tryRelation(
    _ members: [(place: Int, sign: Int64)], _ drafts: inout [Draft], _ sources: inout Set<Int>
  )
    -> Bool
  {
    guard members.allSatisfy({ drafts[$0.place].derivation == nil }), holds(members, drafts) else { return false }
    let free = members.filter { !sources.contains(drafts[$0.place].series) }
    // Of equals the last, so that twins of the first are all derived from it.
    guard let chosen = free.reversed().max(by: { drafts[$0.place].bytes < drafts[$1.place].bytes }) else {
      return false
    }
    let terms = members.filter { $0.place != chosen.place }.map { member in
      Derivation.Term(series: drafts[member.place].series, coefficient: -member.sign * chosen.sign)
    }
    sources.formUnion(terms.map(\.series))
    drafts[chosen.place].accept(.linear(terms))
    return true
  }

  private func holds(_ members: [(place: Int, sign: Int64)], _ drafts: [Draft]) -> Bool {
    var constant: Int64?
    for row in 0..<drafts[members[0].place].column.rows {
      let sum = members.reduce(Int64(0)) { $0 &+ $1.sign &* drafts[$1.place].column[row] }
      if constant != nil && constant != sum { return false }
      constant = sum
    }
    return true
  }
}
