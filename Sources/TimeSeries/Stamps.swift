/// The stamps of a sealed block's rows, to be searched. Only for as long as the scratch memory that it was made from holds
/// the block's stamps.
@safe struct Stamps {
  let first: Int64
  let last: Int64
  let rows: Int
  /// The constant distance of two rows; 0 where there is none.
  private let step: Int64
  /// Unless there is a constant distance.
  private let times: UnsafePointer<Int64>?
  private let rowsPerMillisecond: Double

  /// Of a block with a constant distance.
  init(_ block: SealedBlock, step: Int64) {
    first = block.firstTime
    last = block.lastTime
    rows = block.rows
    self.step = step
    unsafe times = nil
    rowsPerMillisecond = 0
  }

  /// Of a block whose stamps lie in `times`.
  init(_ block: SealedBlock, _ times: Column) {
    first = block.firstTime
    last = block.lastTime
    rows = block.rows
    step = 0
    unsafe self.times = UnsafePointer(times.values)
    let span = last &- first
    rowsPerMillisecond = span == 0 ? 0 : Double(rows - 1) / Double(span)
  }

  @inline(__always)
  func time(_ row: Int) -> Int64 {
    if row == rows &- 1 { return last }
    guard let times = unsafe times else { return first &+ Int64(row) &* step }
    return unsafe times[row]
  }

  /// The last row at or before `time`; -1 if none. Rows are mostly about where even distances would put them.
  @inline(__always)
  func row(atOrBefore time: Int64) -> Int {
    if time >= last { return rows &- 1 }
    if time < first { return -1 }
    guard let times = unsafe times else { return Int((time &- first) / step) }
    let even = Double(time &- first) * rowsPerMillisecond
    var row = Int(min(max(even, 0), Double(rows &- 1)))
    for _ in 0..<4 {
      if unsafe times[row] > time {
        row &-= 1
        if unsafe row < 0 || times[row] <= time { return row }
      } else if unsafe row == rows &- 1 || times[row &+ 1] > time {
        return row
      } else {
        row &+= 1
      }
    }
    return unsafe search(times, time)
  }

  private func search(_ times: UnsafePointer<Int64>, _ time: Int64) -> Int {
    var (low, high) = (0, rows)
    while low < high {
      let middle = (low + high) / 2
      if unsafe times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}
