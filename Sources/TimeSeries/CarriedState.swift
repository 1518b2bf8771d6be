/// What a ring knew of its series before a block's first row.
struct CarriedState: Sendable {
  /// The last value of each series, 0 before its birth.
  var values: [Int64]
  /// What resets have added to each counter so far: the value plus this never falls.
  var adjustments: [Int64]
  /// Series that were present in the row before.
  var present: BitSet
  /// Series that have had a value.
  var born: BitSet
  /// Series that have not been seen since the server's identity changed.
  var pending: BitSet
  /// Series whose decimal digits changed with this block.
  var rescaled: BitSet

  /// One series' part.
  struct Cell: Sendable, Equatable {
    var value: Int64
    var adjustment: Int64
    var present: Bool
    var born: Bool
    var pending: Bool
  }

  func cell(_ index: Int) -> Cell {
    Cell(
      value: value(index), adjustment: adjustment(index), present: present[index], born: born[index],
      pending: pending[index])
  }

  /// Lets a series that is born in this block begin with its value, as if it had always had it.
  mutating func bear(_ index: Int, _ value: Int64) {
    while values.count <= index {
      values.append(0)
      adjustments.append(0)
    }
    values[index] = value
  }

  func value(_ index: Int) -> Int64 { index < values.count ? values[index] : 0 }
  func adjustment(_ index: Int) -> Int64 { index < adjustments.count ? adjustments[index] : 0 }
}
