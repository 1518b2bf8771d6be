/// Puts the parts of a block together: header, stamps, bitmaps, index, records. Layout: `docs/ring.md`, "Block".
struct BlockLayout {
  let series: Int
  let rows: Int
  let present: BitSet
  var flags = SealedBlock.Flags()
  var epochRows: [Int] = []
  var derived: BitSet
  /// The records; call `begin` before each.
  var data = ByteWriter()
  private var records: BitSet
  private var starts: [Int] = []
  private var header = ByteWriter()

  init(series: Int, rows: Int, present: BitSet) {
    self.series = series
    self.rows = rows
    self.present = present
    derived = BitSet(count: series)
    records = BitSet(count: series)
  }

  /// Begins the record of a series; series rise.
  mutating func begin(_ series: Int) {
    records[series] = true
    starts.append(data.bytes.count)
  }

  /// Sets the stamps and how they are encoded: the raw value of an `Encoding`, or the tag of `EvenStamps`.
  mutating func stamps(first: Int64, last: Int64, _ tag: UInt8, _ stream: [UInt8]) {
    header.put(first)
    header.varint(UInt64(bitPattern: last &- first))
    header.varint(UInt64(epochRows.count))
    for row in epochRows { header.varint(UInt64(row)) }
    header.bytes.append(tag)
    header.varint(UInt64(stream.count))
    header.bytes += stream
  }

  /// The finished block in memory of exactly its size.
  var bytes: [UInt8] {
    var flags = flags
    if (0..<series).allSatisfy({ present[$0] }) { flags.insert(.allPresent) }
    if !derived.isEmpty { flags.insert(.derived) }
    var out = ByteWriter()
    out.put(SealedBlock.version)
    out.put(flags.rawValue)
    out.put(UInt16(rows))
    out.put(UInt16(series))
    out.put(UInt16(starts.count))
    out.bytes += header.bytes
    put(records, into: &out)
    if flags.contains(.derived) { put(derived, into: &out) }
    if !flags.contains(.allPresent) { put(present, into: &out) }
    putIndex(into: &out)
    out.bytes += data.bytes
    for _ in 0..<SealedBlock.padding { out.bytes.append(0) }
    let result = out.bytes
    return unsafe [UInt8](unsafeUninitializedCapacity: result.count) { buffer, count in
      _ = unsafe buffer.initialize(from: result)
      count = result.count
    }
  }

  private func put(_ bits: BitSet, into out: inout ByteWriter) {
    for index in 0..<((series + 63) / 64) { out.put(bits.word(index)) }
  }

  private func putIndex(into out: inout ByteWriter) {
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : data.bytes.count
      if index % SealedBlock.indexGroup == 0 { out.put(UInt32(start)) }
      out.put(UInt16(end - start))
    }
  }
}
