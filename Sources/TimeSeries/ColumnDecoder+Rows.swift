extension ColumnDecoder {
  /// Reads some rows only: `out` is right at row 0 and at the wanted rows, all of them below `stream.wanted`.
  static func decode(
    _ encoding: Encoding, _ reader: inout ByteReader, _ stream: Stream, only wanted: WantedRows, first: Int64,
    _ scratch: RiceScratch, into out: UnsafeMutablePointer<Int64>
  ) throws(RingCorruption) {
    let (end, count) = (stream.end, stream.count)
    unsafe out[0] = first
    if count <= 1 { return }
    var wanted = wanted
    switch encoding {
    case .constant:
      while let row = wanted.take(before: count) { unsafe out[row] = first }
    case .linear:
      let slope = try reader.signed()
      while let row = wanted.take(before: count) { unsafe out[row] = first &+ slope &* Int64(row) }
    case .sparse:
      unsafe try readSparse(&reader, end: end, count: count, scratch) { gaps, deltas, changes, center in
        unsafe step(gaps, deltas, changes, center, first: first, count: count, wanted, into: out)
      }
    case .dictionaryLevel, .dictionaryDelta:
      let entries = try readDictionary(encoding, &reader, first: first)
      var taker = unsafe DictionaryRowTaker(
        entries.values, entries.size, isDelta: encoding.isDelta, first: first, wanted, into: out)
      _ = try RiceStream.decode(
        &reader, end: end, count: count - 1, wanted: max(0, stream.wanted - 1), scratch, into: &taker)
      if taker.hasFailed { throw reader.failure(.badReference) }
    default:
      var taker = unsafe RowIntegrator(encoding, first: first, parameter: try reader.signed(), wanted, into: out)
      _ = try RiceStream.decode(
        &reader, end: end, count: count - 1, wanted: max(0, stream.wanted - 1), scratch, into: &taker)
    }
  }

  /// Walks from change to change; false where they lie behind the last row.
  @inline(__always)
  private static func step(
    _ gaps: UnsafePointer<UInt64>, _ deltas: UnsafePointer<UInt64>, _ changes: Int, _ center: Int64, first: Int64,
    count: Int, _ rows: WantedRows, into out: UnsafeMutablePointer<Int64>
  ) -> Bool {
    var wanted = rows
    var value = first
    var at = 1
    for index in 0..<changes {
      let gap = unsafe gaps[index]
      guard gap < UInt64(count - at) else { return false }
      at &+= Int(truncatingIfNeeded: gap)
      while let row = wanted.take(before: at) { unsafe out[row] = value }
      value &+= unsafe unzigzag(deltas[index]) &+ center
      at &+= 1
    }
    while let row = wanted.take(before: count) { unsafe out[row] = value }
    return true
  }
}

/// Adds up the differences of a dictionary, or looks values up, for some rows only.
@safe private struct DictionaryRowTaker: RiceTaker {
  private let values: InlineArray<64, Int64>
  private(set) var hasFailed = false
  private let size: UInt64
  private let isDelta: Bool
  private var value: Int64
  private var row = 1
  private var wanted: WantedRows
  private let out: UnsafeMutablePointer<Int64>

  init(
    _ values: InlineArray<64, Int64>, _ size: Int, isDelta: Bool, first: Int64, _ wanted: WantedRows,
    into out: UnsafeMutablePointer<Int64>
  ) {
    self.values = values
    self.size = UInt64(size)
    self.isDelta = isDelta
    self.wanted = wanted
    value = first
    unsafe self.out = unsafe out
  }

  mutating func take(_ ranks: UnsafeMutablePointer<UInt16>, _ count: Int) {
    take(count) { unsafe UInt64(ranks[$0]) }
  }

  mutating func take(_ ranks: UnsafeMutablePointer<UInt32>, _ count: Int) {
    take(count) { unsafe UInt64(ranks[$0]) }
  }

  mutating func take(_ ranks: UnsafeMutablePointer<UInt64>, _ count: Int) { take(count) { unsafe ranks[$0] } }

  @inline(__always)
  private mutating func take(_ count: Int, _ rank: (Int) -> UInt64) {
    var worst: UInt64 = 0
    var at = 0
    while let next = wanted.take(before: row &+ count) {
      if isDelta { sum(&at, next &- row &+ 1, &worst, rank) }
      let own = rank(next &- row)
      worst |= size &- 1 &- own
      unsafe out[next] = isDelta ? value : values[Int(truncatingIfNeeded: own & 63)]
    }
    if isDelta { sum(&at, count, &worst, rank) }
    if Int64(bitPattern: worst) < 0 { hasFailed = true }
    row &+= count
  }

  /// Adds the differences before `end` to the value; two at a time, since each addition waits for the one before.
  @inline(__always)
  private mutating func sum(_ at: inout Int, _ end: Int, _ worst: inout UInt64, _ rank: (Int) -> UInt64) {
    var (even, odd) = (value, Int64(0))
    while at &+ 1 < end {
      let (left, right) = (rank(at), rank(at &+ 1))
      worst |= (size &- 1 &- left) | (size &- 1 &- right)
      even &+= values[Int(truncatingIfNeeded: left & 63)]
      odd &+= values[Int(truncatingIfNeeded: right & 63)]
      at &+= 2
    }
    if at < end {
      let left = rank(at)
      worst |= size &- 1 &- left
      even &+= values[Int(truncatingIfNeeded: left & 63)]
      at &+= 1
    }
    value = even &+ odd
  }
}
