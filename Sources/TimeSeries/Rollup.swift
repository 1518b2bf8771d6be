/// What is left of a block when it leaves the budget: its records' heads, without streams.
enum Rollup {
  /// The summary of the block at `index`. Derived columns are computed once more, for nothing else knows them.
  static func make(_ chain: BlockChain, _ index: Int, decoder: BlockDecoder, column: Column)
    throws(RingCorruption) -> SealedBlock
  {
    let block = chain.blocks[index]
    var records: [(series: Int, head: RecordHead)] = []
    var present = BitSet(count: block.series)
    for series in 0..<block.series {
      if block.startsPresent(series) { present[series] = true }
      if let head = try head(chain, index, series, decoder, column) { records.append((series, head)) }
    }
    return try SealedBlock(
      bytes: write(block, records, present), scales: block.scales, derivations: .empty, sequence: block.sequence)
  }

  private static func head(
    _ chain: BlockChain, _ index: Int, _ series: Int, _ decoder: BlockDecoder, _ column: Column
  ) throws(RingCorruption) -> RecordHead? {
    let block = chain.blocks[index]
    if var head = try block.head(series) {
      head.hasRecipe = false
      return head
    }
    guard block.isDerived(series), try decoder.decode(series, at: index, of: chain, into: column) else {
      return nil
    }
    var head = RecordHead()
    head.encoding = .sparse
    head.first = column[0]
    head.last = column[block.rows - 1]
    head.summary = Draft.summary(column, isCounter: false)
    return head
  }

  private static func write(
    _ block: SealedBlock, _ records: [(series: Int, head: RecordHead)], _ present: BitSet
  ) -> [UInt8] {
    var layout = BlockLayout(series: block.series, rows: block.rows, present: present)
    layout.flags = block.flags.intersection([.key, .corrections])
    layout.flags.insert(.rollup)
    for record in records {
      layout.begin(record.series)
      record.head.write(RecordHead.Recipe(), into: &layout.data)
    }
    let slope = block.rows > 1 ? (block.lastTime &- block.firstTime) / Int64(block.rows - 1) : 0
    var stamps = ByteWriter()
    if block.rows > 1 { stamps.signed(slope) }
    layout.stamps(
      first: block.firstTime, last: block.lastTime,
      (block.rows > 1 ? Encoding.linear : .constant).rawValue, stamps.bytes)
    return layout.bytes
  }
}
