/// One line of the table of namespaces: a namespace of one cache, or the cache itself where it has none.
struct OverviewRow {
  var target: String
  var name: String
  var status: String
  var windows: [String: Overview.Window]
  var aim: Double?
  var misses: Int64?
  var slow: Int64

  /// Lookups a second, in the shortest window that has any cover.
  var pace: Double? { (windows["1m"] ?? windows["5m"])?.pace }

  /// All rows, sorted; what is equal stays sorted by name and cache.
  static func all(of overview: Overview, by order: OverviewScreen.Order, isReversed: Bool) -> [OverviewRow] {
    let rows = overview.targets.flatMap(rows).sorted { ($0.name, $0.target) < ($1.name, $1.target) }
    let keyed = rows.enumerated().map { (row: $1, key: $1.key(order), position: $0) }
    let sorted = keyed.sorted { ($0.key, $0.position) < ($1.key, $1.position) }.map(\.row)
    return isReversed ? sorted.reversed() : sorted
  }

  /// The smallest comes first.
  private func key(_ order: OverviewScreen.Order) -> Double {
    switch order {
    case .status: Double(Style.rank(status))
    case .name: 0
    case .rate: windows["5m"]?.ratio ?? 2
    case .lookups: -(pace ?? 0)
    case .misses: -Double(misses ?? 0)
    }
  }

  private static func rows(of target: Overview.Target) -> [OverviewRow] {
    let slow = Dictionary(
      (target.slowOperations?.totals ?? []).map { ($0.namespace, $0.count) }, uniquingKeysWith: { $0 &+ $1 })
    guard !target.namespaces.isEmpty else {
      return [
        OverviewRow(
          target: target.name, name: "(all keys)", status: target.status, windows: target.windows, aim: nil,
          misses: target.lookups.misses, slow: slow.values.reduce(0, &+))
      ]
    }
    return target.namespaces.map { name, space in
      OverviewRow(
        target: target.name, name: name, status: space.status, windows: space.windows, aim: space.target?.hitRate,
        misses: space.misses, slow: slow[name] ?? 0)
    }
  }
}
