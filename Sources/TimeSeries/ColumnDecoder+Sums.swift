/// Sums of all values up to some rows, without the values. What a window adds up is the difference of two of them.
///
/// The sums of levels are to the levels as values are to differences: what reads the values of some rows of a delta encoding reads
/// the sums of a level encoding, and those of plain differences are what `delta0` makes of the same residuals.
extension ColumnDecoder {
  /// Whether `sum` reads an encoding.
  static func sums(_ encoding: Encoding) -> Bool {
    switch encoding {
    case .constant, .linear, .sparse, .level, .level1, .level2, .level3, .offsetLevel, .delta: true
    default: false
    }
  }

  /// Sets `out` at each wanted row to the sum of the values from row 0 to this row, modulo 2^64; `encoding` is one of those that
  /// `sums` knows.
  static func sum(
    _ encoding: Encoding, _ reader: inout ByteReader, _ stream: Stream, upTo wanted: WantedRows, first: Int64,
    _ scratch: RiceScratch, into out: UnsafeMutablePointer<Int64>
  ) throws(RingCorruption) {
    let (end, count) = (stream.end, stream.count)
    unsafe out[0] = first
    if count <= 1 { return }
    var rows = wanted
    switch encoding {
    case .constant:
      while let row = rows.take(before: count) { unsafe out[row] = first &* Int64(row &+ 1) }
    case .linear:
      let slope = try reader.signed()
      while let row = rows.take(before: count) {
        unsafe out[row] = first &* Int64(row &+ 1) &+ slope &* triangle(row)
      }
    case .sparse:
      unsafe try readSparse(&reader, end: end, count: count, scratch) { gaps, deltas, changes, center in
        unsafe sumSteps(gaps, deltas, changes, center, first: first, count: count, rows, into: out)
      }
    default:
      let parameter = try reader.signed()
      var taker = unsafe RowIntegrator(sumsOf: encoding, first: first, parameter: parameter, wanted, into: out)
      _ = try RiceStream.decode(
        &reader, end: end, count: count - 1, wanted: max(0, stream.wanted - 1), scratch, into: &taker)
      guard encoding == .delta else { return }
      while let row = rows.take(before: stream.wanted) { unsafe out[row] &+= parameter &* triangle(row) }
    }
  }

  /// 1 + 2 + … + `row`.
  private static func triangle(_ row: Int) -> Int64 { Int64(row &* (row &+ 1) / 2) }

  /// Walks from change to change; false where they lie behind the last row.
  @inline(__always)
  private static func sumSteps(
    _ gaps: UnsafePointer<UInt64>, _ deltas: UnsafePointer<UInt64>, _ changes: Int, _ center: Int64, first: Int64,
    count: Int, _ rows: WantedRows, into out: UnsafeMutablePointer<Int64>
  ) -> Bool {
    var wanted = rows
    var value = first
    /// Where the run of `value` begins, and the sum of what lies before it.
    var (start, total) = (0, Int64(0))
    for index in 0..<changes {
      let gap = unsafe gaps[index]
      guard gap < UInt64(count - start - 1) else { return false }
      let stop = start &+ 1 &+ Int(truncatingIfNeeded: gap)
      while let row = wanted.take(before: stop) { unsafe out[row] = total &+ value &* Int64(row &- start &+ 1) }
      total &+= value &* Int64(stop &- start)
      value &+= unsafe unzigzag(deltas[index]) &+ center
      start = stop
    }
    while let row = wanted.take(before: count) { unsafe out[row] = total &+ value &* Int64(row &- start &+ 1) }
    return true
  }
}
