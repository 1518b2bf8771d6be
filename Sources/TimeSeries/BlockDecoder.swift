/// Decodes columns of sealed blocks. Scratch memory of one thread, reused from block to block.
final class BlockDecoder {
  private let capacity: Int
  private var pool: [Column] = []

  init(capacity: Int) { self.capacity = capacity }

  /// A column of scratch memory; give it back with `recycle`.
  func scratch() -> Column { pool.popLast() ?? Column(capacity: capacity) }

  func recycle(_ column: Column) { pool.append(column) }

  /// Fills `column` with a series' rows; false when the block has neither a record nor a rule for it.
  func decode(_ series: Int, of block: SealedBlock, into column: Column) throws(RingCorruption) -> Bool {
    if block.isDerived(series) { return try derive(series, of: block, into: column) }
    guard let range = try block.record(series) else { return false }
    try decode(range, series, of: block, into: column, mayRefer: true)
    return true
  }

  private func decode(
    _ range: Range<Int>, _ series: Int, of block: SealedBlock, into column: Column, mayRefer: Bool
  )
    throws(RingCorruption)
  {
    guard block.rows <= column.capacity else { throw RingCorruption(code: .badCount, offset: 2) }
    column.reset(rows: block.rows)
    let head = try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
      let head = try RecordHead(&reader, rows: block.rows, series: block.series)
      unsafe try ColumnDecoder.decode(
        head.encoding, &reader, end: range.upperBound, first: head.first, count: block.rows, into: column.values)
      return head
    }
    column.startsPresent = block.startsPresent(series)
    column.toggles = head.toggles
    for reference in head.references {
      guard mayRefer else { throw RingCorruption(code: .badReference, offset: range.lowerBound) }
      try add(reference, of: block, to: column)
    }
  }

  private func add(_ reference: RecordHead.Reference, of block: SealedBlock, to column: Column)
    throws(RingCorruption)
  {
    guard !block.isDerived(reference.series), let range = try block.record(reference.series) else {
      throw RingCorruption(code: .badReference, offset: 0)
    }
    let source = scratch()
    defer { recycle(source) }
    try decode(range, reference.series, of: block, into: source, mayRefer: false)
    unsafe reference.add(source.values, to: column.values, count: block.rows)
  }

  private func derive(_ series: Int, of block: SealedBlock, into column: Column) throws(RingCorruption) -> Bool {
    return false
  }
}

extension RecordHead.Reference {
  /// Adds the prediction from `source` to `values`.
  @inline(__always)
  func add(_ source: UnsafePointer<Int64>, to values: UnsafeMutablePointer<Int64>, count: Int) {
    let half = roundingHalf(Int64(shift))
    let right = Int64(shift)
    let origin = unsafe source[0]
    for at in 1..<max(1, count) {
      unsafe values[at] &+= (multiplier &* (source[at] &- origin) &+ half) &>> right
    }
  }
}
