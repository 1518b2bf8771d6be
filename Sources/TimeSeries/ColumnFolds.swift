/// What a window asks of some rows that are all present. Two at a time, where each step waits for the one before.
extension Column {
  func least(_ rows: Range<Int>) -> Int64 {
    let values = unsafe values
    var (even, odd) = (Int64.max, Int64.max)
    var row = rows.lowerBound
    while row &+ 1 < rows.upperBound {
      unsafe even = Swift.min(even, values[row])
      unsafe odd = Swift.min(odd, values[row &+ 1])
      row &+= 2
    }
    if row < rows.upperBound { unsafe even = Swift.min(even, values[row]) }
    return Swift.min(even, odd)
  }

  func most(_ rows: Range<Int>) -> Int64 {
    let values = unsafe values
    var (even, odd) = (Int64.min, Int64.min)
    var row = rows.lowerBound
    while row &+ 1 < rows.upperBound {
      unsafe even = Swift.max(even, values[row])
      unsafe odd = Swift.max(odd, values[row &+ 1])
      row &+= 2
    }
    if row < rows.upperBound { unsafe even = Swift.max(even, values[row]) }
    return Swift.max(even, odd)
  }

  /// Exact before its rounding unless there are values of more than 2^50.
  func sum(_ rows: Range<Int>) -> Double {
    let bound: Int64 = 1 << 50
    var sum: Int64 = 0
    var seen: UInt64 = 0
    for row in rows {
      let value = unsafe values[row]
      sum &+= value
      seen |= UInt64(bitPattern: value &+ bound)
    }
    if seen < UInt64(bound) << 1 { return Double(sum) }
    return rows.reduce(0) { $0 + Double(self[$1]) }
  }
}
