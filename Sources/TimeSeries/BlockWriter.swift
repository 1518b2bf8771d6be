/// Writes the drafts of a block that is being sealed.
struct BlockWriter {
  let block: OpenBlock
  let present: BitSet
  let key: Bool
  let encoder: ColumnEncoder
  let pool: ColumnPool

  func write(_ drafts: [Draft]) -> [UInt8] {
    var layout = BlockLayout(series: block.columnCount, rows: block.rows, present: present)
    if key { layout.flags.insert(.key) }
    for draft in drafts {
      if draft.derivation != nil { layout.derived[draft.series] = true }
      guard draft.needsRecord else { continue }
      if draft.head.correction != nil { layout.flags.insert(.corrections) }
      layout.begin(draft.series)
      append(draft, into: &layout.data)
    }
    layout.epochRows = block.epochRows
    writeStamps(&layout)
    return layout.bytes
  }

  private func append(_ draft: Draft, into data: inout ByteWriter) {
    draft.head.write(draft.recipe, into: &data)
    if draft.derivation != nil { return }
    let column = draft.stream
    unsafe encoder.write(draft.head.encoding, column.values, column.rows, into: &data)
  }

  private func writeStamps(_ layout: inout BlockLayout) {
    let times = pool.take(rows: block.rows)
    defer { pool.give(times) }
    times.reset(rows: block.rows)
    for row in 0..<block.rows { times[row] = block.time(row) }
    let encoding = unsafe encoder.choose(times.values, block.rows).encoding
    var stream = ByteWriter()
    unsafe encoder.write(encoding, times.values, block.rows, into: &stream)
    let (first, last) = (block.time(0), block.time(block.rows - 1))
    if encoding != .linear, let even = unsafe EvenStamps.encode(times.values, block.rows),
      even.count < stream.bytes.count
    {
      layout.stamps(first: first, last: last, EvenStamps.tag, even)
    } else {
      layout.stamps(first: first, last: last, encoding.rawValue, stream.bytes)
    }
  }
}
