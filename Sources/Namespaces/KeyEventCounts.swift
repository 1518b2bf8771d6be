import CacheModel

/// How many notifications of each kind there were.
struct KeyEventCounts: Sendable {
  private var counts = [Int64](repeating: 0, count: KeyEventKind.allCases.count)

  subscript(kind: KeyEventKind) -> Int64 {
    get { counts[Self.position(of: kind)] }
    set { counts[Self.position(of: kind)] = newValue }
  }

  /// In ``KeyEventKind/allCases``.
  private static func position(of kind: KeyEventKind) -> Int {
    switch kind {
    case .keymiss: 0
    case .expired: 1
    case .evicted: 2
    case .del: 3
    case .renamed: 4
    case .moved: 5
    }
  }
}
