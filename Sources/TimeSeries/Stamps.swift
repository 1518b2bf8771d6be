/// The stamps of a sealed block's rows, to be searched. Only for as long as the scratch memory that it was made from holds
/// the block's stamps.
@safe struct Stamps {
  let first: Int64
  let last: Int64
  let rows: Int
  /// Where row 0 lies on the step, and the step; 0 where stamps lie in `times`.
  private let base: Int64
  private let step: Int64
  /// What is added to the rows on the step; nil where nothing is.
  private let offsets: UnsafePointer<Int64>?
  /// All stamps, where there is no step.
  private let times: UnsafePointer<Int64>?
  private let rowsPerMillisecond: Double

  /// Of a block with a constant distance.
  init(_ block: SealedBlock, step: Int64) {
    unsafe self.init(block, base: block.firstTime, step: step, offsets: nil, times: nil)
  }

  /// Of a block whose stamps lie in `times`.
  init(_ block: SealedBlock, _ times: Column) {
    unsafe self.init(block, base: 0, step: 0, offsets: nil, times: UnsafePointer(times.values))
  }

  /// Of a block whose even stamps were read into `offsets`.
  init(_ block: SealedBlock, _ offsets: StampOffsets) {
    unsafe self.init(
      block, base: offsets.base, step: offsets.step, offsets: UnsafePointer(offsets.values), times: nil)
  }

  private init(
    _ block: SealedBlock, base: Int64, step: Int64, offsets: UnsafePointer<Int64>?, times: UnsafePointer<Int64>?
  ) {
    first = block.firstTime
    last = block.lastTime
    rows = block.rows
    self.base = base
    self.step = step
    unsafe self.offsets = unsafe offsets
    unsafe self.times = unsafe times
    let span = last &- first
    rowsPerMillisecond = span == 0 ? 0 : Double(rows - 1) / Double(span)
  }

  @inline(__always)
  func time(_ row: Int) -> Int64 { row == rows &- 1 ? last : stamp(row) }

  /// The stamp of a row, which is in bounds.
  @inline(__always)
  private func stamp(_ row: Int) -> Int64 {
    if let offsets = unsafe offsets { return unsafe base &+ Int64(row) &* step &+ offsets[row] }
    guard let times = unsafe times else { return base &+ Int64(row) &* step }
    return unsafe times[row]
  }

  /// The last row at or before `time`; -1 if none. Rows are mostly about where even distances would put them.
  @inline(__always)
  func row(atOrBefore time: Int64) -> Int {
    if time >= last { return rows &- 1 }
    if time < first { return -1 }
    let even = Double(time &- first) * rowsPerMillisecond
    var row = Int(min(max(even, 0), Double(rows &- 1)))
    for _ in 0..<4 {
      if stamp(row) > time {
        row &-= 1
        if row < 0 || stamp(row) <= time { return row }
      } else if row == rows &- 1 || stamp(row &+ 1) > time {
        return row
      } else {
        row &+= 1
      }
    }
    return search(time)
  }

  private func search(_ time: Int64) -> Int {
    var (low, high) = (0, rows)
    while low < high {
      let middle = (low + high) / 2
      if stamp(middle) <= time { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}
