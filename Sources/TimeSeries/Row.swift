/// One poll's values, dense by `SeriesID`; every cell is absent until it is set.
///
/// Keep one row per poller and `clear()` it between polls: then it allocates only when series are born.
public struct Row: Sendable {
  var mantissas: [Int64] = []
  var digits: [UInt8] = []
  var present: [UInt64] = []

  /// A row of absent cells.
  public init() {}

  /// Sets the cell of a series to `mantissa` / 10^`digits`; the last of several wins. A negative id is ignored.
  public mutating func set(_ id: SeriesID, _ mantissa: Int64, digits: UInt8 = 0) {
    let index = id.index
    if index >= mantissas.count { grow(to: index + 1) }
    guard index >= 0 else { return }
    mantissas[index] = mantissa
    self.digits[index] = digits
    present[index >> 6] |= 1 << UInt64(index & 63)
  }

  /// Sets the cell of a series to an exact decimal.
  public mutating func set(_ id: SeriesID, _ value: FixedPoint) {
    set(id, value.mantissa, digits: value.digits)
  }

  /// Makes every cell absent; keeps the capacity.
  public mutating func clear() {
    for word in present.indices { present[word] = 0 }
  }

  /// The cell of a series; nil where it is absent.
  public subscript(id: SeriesID) -> FixedPoint? {
    let index = id.index
    guard index >= 0, index < mantissas.count, present[index >> 6] >> UInt64(index & 63) & 1 == 1 else {
      return nil
    }
    return FixedPoint(mantissas[index], digits: digits[index])
  }

  mutating func grow(to count: Int) {
    let words = (count + 63) / 64
    while mantissas.count < words * 64 {
      mantissas.append(0)
      digits.append(0)
    }
    while present.count < words { present.append(0) }
  }
}
