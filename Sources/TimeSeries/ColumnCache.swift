/// Decoded columns of one block, by series.
struct ColumnCache {
  private(set) var block: SealedBlock?
  /// The rows that partial columns have.
  var rows: [Int]?
  private var slots: [Column?] = []
  private var used: [Int] = []

  var count: Int { used.count }

  subscript(series: Int) -> Column? { series < slots.count ? slots[series] : nil }

  mutating func insert(_ series: Int, _ column: Column) {
    while slots.count <= series { slots.append(nil) }
    if slots[series] == nil { used.append(series) }
    slots[series] = column
  }

  mutating func remove(_ series: Int) {
    slots[series] = nil
    used.removeAll { $0 == series }
  }

  /// Turns to another block; adds the columns to those to be reused.
  mutating func empty(for block: SealedBlock, into pool: inout [Column]) {
    self.block = block
    rows = nil
    for series in used {
      if let column = slots[series].take() { pool.append(column) }
    }
    used.removeAll(keepingCapacity: true)
  }
}

/// The values of series that are constant in the block at hand, or were in the one before.
struct ConstantCache {
  private var entries: [(turn: Int, value: Int64)] = []
  /// Counts blocks; skips one where a block does not follow the one before.
  private var turn = 2

  /// Turns to another block.
  mutating func turn(isNext: Bool) { turn &+= isNext ? 1 : 2 }

  /// The value of a series that is constant in the block at hand: as noted there, or in the block before.
  mutating func value(of series: Int) -> Int64? {
    guard series < entries.count, entries[series].turn >= turn - 1 else { return nil }
    entries[series].turn = turn
    return entries[series].value
  }

  mutating func note(_ value: Int64, of series: Int) {
    while entries.count <= series { entries.append((0, 0)) }
    entries[series] = (turn, value)
  }
}
