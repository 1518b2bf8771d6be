/// Turns a journal's row records back into rows.
struct RowReplay {
  private(set) var row = Row()
  private(set) var time: Int64
  private(set) var epoch: UInt64
  private var count: Int

  /// Begins with the state before the first row.
  init(_ state: StateRecord) {
    time = state.lastTime ?? 0
    epoch = state.lastEpoch
    count = state.series.count
    row.grow(to: count)
    for (index, entry) in state.series.enumerated() {
      row.mantissas[index] = entry.cell.value
      row.digits[index] = entry.scale
      if entry.cell.present { row.present[index >> 6] |= 1 &<< UInt64(index & 63) }
    }
  }

  /// A series was registered.
  mutating func registered(_ id: Int) {
    count = max(count, id + 1)
    row.grow(to: count)
  }

  /// How much later a row record is than the row before.
  static func distance(of record: RingRecord) throws(RingCorruption) -> Int64 {
    try record.read { reader throws(RingCorruption) in
      _ = try reader.byte()
      return try reader.signed()
    }
  }

  /// Takes the next row record.
  mutating func take(_ record: RingRecord) throws(RingCorruption) {
    try record.read { reader throws(RingCorruption) in try take(&reader) }
  }

  private mutating func take(_ reader: inout ByteReader) throws(RingCorruption) {
    let flags = try reader.byte()
    time &+= try reader.signed()
    let series = try reader.count(upTo: count)
    let words = (series + 63) / 64
    if flags & RowRecorder.RowFlags.epoch != 0 { epoch = try reader.varint() }
    if flags & RowRecorder.RowFlags.digits != 0 {
      for _ in 0..<(try reader.count(upTo: series * 2)) {
        let index = try reader.count(upTo: series - 1)
        row.digits[index] = try reader.byte()
      }
    }
    if flags & RowRecorder.RowFlags.toggles != 0 {
      for _ in 0..<(try reader.count(upTo: words)) {
        let word = try reader.count(upTo: words - 1)
        row.present[word] ^= try reader.fixed(UInt64.self)
      }
    }
    var changed: [UInt64] = []
    for _ in 0..<words { changed.append(try reader.fixed(UInt64.self)) }
    for (word, bits) in changed.enumerated() {
      var rest = bits
      while rest != 0 {
        let index = word * 64 + rest.trailingZeroBitCount
        rest &= rest &- 1
        guard index < series else { throw reader.failure(.badCount) }
        row.mantissas[index] &+= try reader.signed()
      }
    }
    try reader.finish()
  }
}
