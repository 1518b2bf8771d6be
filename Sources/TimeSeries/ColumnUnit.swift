/// Columns whose values lie a whole number of units apart: sizes of memory are multiples of 8 or of a page, and what is counted in
/// large steps is a multiple of those. A stream of how many units it is takes fewer bits for each value.
extension Column {
  /// The greatest number that divides all rows' distances from row 0; 1 where it is of no use.
  var unit: Int64 {
    let origin = unsafe values[0]
    var union: Int64 = 0
    for row in 0..<rows { unsafe union |= values[row] &- origin }
    if union == 0 { return 1 }
    let exponent = UInt64(union.trailingZeroBitCount)
    // Mostly 1 after a few rows.
    var odd: UInt64 = 0
    for row in 1..<rows where odd != 1 {
      var rest = unsafe (values[row] &- origin).magnitude &>> exponent
      while rest != 0 { (odd, rest) = (rest, odd % rest) }
    }
    return odd < RecordHead.Recipe.unitLimit &>> exponent ? Int64(odd &<< exponent) : 1
  }

  /// Turns values into how many units they lie from row 0.
  func divide(by unit: Int64) {
    let origin = unsafe values[0]
    if unit.nonzeroBitCount == 1 {
      let exponent = Int64(unit.trailingZeroBitCount)
      for row in 0..<rows { unsafe values[row] = (values[row] &- origin) &>> exponent }
    } else {
      for row in 0..<rows { unsafe values[row] = (values[row] &- origin) / unit }
    }
  }

  /// The opposite of `divide`, for the filled rows, or for row 0 and the given ones only.
  func multiply(by unit: Int64, from origin: Int64, only some: [Int]?) {
    let values = unsafe values
    let count = filled
    if let some {
      for row in some where row > 0 && row < count { unsafe values[row] = origin &+ unit &* values[row] }
      unsafe values[0] = origin
    } else if unit.nonzeroBitCount == 1 {
      let exponent = Int64(unit.trailingZeroBitCount)
      for row in 0..<count { unsafe values[row] = origin &+ values[row] &<< exponent }
    } else {
      for row in 0..<count { unsafe values[row] = origin &+ unit &* values[row] }
    }
  }
}
