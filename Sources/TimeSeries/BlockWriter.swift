/// Lays out a sealed block: header, stamps, bitmaps, index, records. Layout: `docs/ring.md`, "Block".
struct BlockWriter {
  let block: OpenBlock
  let present: BitSet
  let key: Bool
  let encoder: ColumnEncoder
  let pool: ColumnPool

  func write(_ drafts: [Draft]) -> [UInt8] {
    let series = block.columnCount
    var data = ByteWriter()
    var starts: [Int] = []
    var records = BitSet(count: series)
    var derived = BitSet(count: series)
    for draft in drafts {
      if draft.derivation != nil { derived[draft.series] = true }
      guard draft.needsRecord else { continue }
      starts.append(data.bytes.count)
      records[draft.series] = true
      append(draft, into: &data)
    }
    starts.append(data.bytes.count)
    var flags = SealedBlock.Flags()
    if key { flags.insert(.key) }
    if drafts.contains(where: { $0.head.correction != nil }) { flags.insert(.corrections) }
    if (0..<series).allSatisfy({ present[$0] }) { flags.insert(.allPresent) }
    if !derived.isEmpty { flags.insert(.derived) }
    var out = ByteWriter()
    writeHeader(flags, starts.count - 1, into: &out)
    put(records, into: &out)
    if flags.contains(.derived) { put(derived, into: &out) }
    if !flags.contains(.allPresent) { put(present, into: &out) }
    writeIndex(starts, into: &out)
    out.bytes += data.bytes
    for _ in 0..<SealedBlock.padding { out.bytes.append(0) }
    return unsafe [UInt8](unsafeUninitializedCapacity: out.bytes.count) { buffer, count in
      _ = unsafe buffer.initialize(from: out.bytes)
      count = out.bytes.count
    }
  }

  private func append(_ draft: Draft, into data: inout ByteWriter) {
    draft.head.write(draft.prediction, into: &data)
    if draft.derivation != nil { return }
    let column = draft.residual ?? draft.column
    unsafe encoder.write(draft.head.encoding, column.values, column.rows, into: &data)
  }

  private func writeHeader(_ flags: SealedBlock.Flags, _ records: Int, into out: inout ByteWriter) {
    out.put(SealedBlock.version)
    out.put(flags.rawValue)
    out.put(UInt16(block.rows))
    out.put(UInt16(block.columnCount))
    out.put(UInt16(records))
    out.put(block.time(0))
    out.varint(UInt64(bitPattern: block.time(block.rows - 1) &- block.time(0)))
    out.varint(UInt64(block.epochRows.count))
    for row in block.epochRows { out.varint(UInt64(row)) }
    let times = pool.take()
    times.reset(rows: block.rows)
    for row in 0..<block.rows { times[row] = block.time(row) }
    let encoding = unsafe encoder.choose(times.values, block.rows).encoding
    var stream = ByteWriter()
    unsafe encoder.write(encoding, times.values, block.rows, into: &stream)
    out.bytes.append(encoding.rawValue)
    out.varint(UInt64(stream.bytes.count))
    out.bytes += stream.bytes
    pool.give(times)
  }

  private func put(_ bits: BitSet, into out: inout ByteWriter) {
    for index in 0..<((block.columnCount + 63) / 64) { out.put(bits.word(index)) }
  }

  private func writeIndex(_ starts: [Int], into out: inout ByteWriter) {
    for index in 0..<(starts.count - 1) {
      if index % SealedBlock.indexGroup == 0 { out.put(UInt32(starts[index])) }
      out.put(UInt16(starts[index + 1] - starts[index]))
    }
  }
}
