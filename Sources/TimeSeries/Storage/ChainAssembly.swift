/// Builds a chain of blocks that come from a file, each checked as a whole: what it accepts, queries never fail on.
struct ChainAssembly {
  private(set) var chain: BlockChain
  private(set) var rollups = 0
  private(set) var entries: [SeriesEntry]
  private(set) var lastTime: Int64?
  private(set) var sinceKey = SealedBlock.keyInterval
  private(set) var tables = SharedTables()
  /// The state behind the newest block.
  private(set) var now: [CounterState]
  private var present = BitSet(count: 0)
  private let decoder: BlockDecoder
  private let column: Column

  /// An empty chain for rings of blocks of up to `capacity` rows.
  init(capacity: Int, entries: [SeriesEntry]) {
    self.entries = entries
    now = entries.map { CounterState(value: $0.birth.value, adjustment: 0, scale: $0.birth.scale) }
    chain = BlockChain(blocks: [], fronts: now.map { RingState.Front($0) })
    decoder = BlockDecoder(capacity: capacity)
    column = Column(capacity: capacity)
  }

  /// The series behind the newest block. One that was born later, in rows that are lost or by a clock that ran ahead, is
  /// yet to be born.
  var standing: [SeriesEntry] {
    entries.map { entry in
      if !entry.cell.born || entry.birth.time <= lastTime ?? .min { return entry }
      return SeriesEntry(name: entry.name, isCounter: entry.isCounter, isLasting: entry.isLasting)
    }
  }

  /// Adds the next block.
  mutating func append(_ stored: BlockRecord, newest: Int64) throws(RingCorruption) {
    var next = tables
    let sharedBytes = next.renew(stored.derivations, stored.scales)
    let block = try SealedBlock(
      bytes: stored.bytes, scales: next.scales, derivations: next.derivations, sharedBytes: sharedBytes,
      sequence: stored.sequence)
    let isInOrder = lastTime.map { block.firstTime > $0 } ?? true
    guard block.series == stored.before.count, block.series <= entries.count, block.rows <= column.capacity,
      block.firstTime <= block.lastTime, block.lastTime <= newest, isInOrder, stored.sequence > 0,
      block.flags.contains(.rollup) == stored.isRollup
    else { throw RingCorruption(code: .badReference, offset: 0) }
    let bridged = try bridge(to: block.firstTime, stored.before)
    try check(block, bridged)
    chain = bridged
    if bridged.blocks.count > chain.blocks.count { sinceKey = 0 }
    chain.blocks.append(block)
    tables = next
    if stored.isRollup { rollups = chain.blocks.count }
    sinceKey = block.flags.contains(.key) ? 1 : sinceKey + 1
    try note(block)
  }

  /// The chain, led to the state before the next block where blocks in between were lost.
  private func bridge(to time: Int64, _ before: [CounterState]) throws(RingCorruption) -> BlockChain {
    var chain = chain
    if chain.blocks.isEmpty {
      for (series, state) in before.enumerated() where entries[series].birth.time < time {
        chain.fronts[series] = RingState.Front(state)
      }
      return chain
    }
    let wanted = entries.indices.map { series in
      series < before.count && entries[series].birth.time < time ? before[series] : now[series]
    }
    if wanted == now { return chain }
    chain.blocks.append(try SealedBlock.bridge(to: time, after: lastTime, wanted, entries))
    return chain
  }

  /// Decodes all of a block once.
  private func check(_ block: SealedBlock, _ before: BlockChain) throws(RingCorruption) {
    var chain = before
    chain.blocks.append(block)
    let index = chain.blocks.count - 1
    if !block.flags.contains(.rollup) { try checkTimes(block) }
    for series in 0..<block.series {
      _ = try block.head(series)
      if !block.flags.contains(.rollup) { _ = try decoder.decode(series, at: index, of: chain, into: column) }
      _ = try chain.state(of: series, isCounter: entries[series].isCounter, before: index + 1)
    }
  }

  private func checkTimes(_ block: SealedBlock) throws(RingCorruption) {
    try block.readTimes(into: column, decoder.rice)
    for row in 1..<max(1, block.rows) where column[row] <= column[row - 1] {
      throw RingCorruption(code: .badCount, offset: 0)
    }
    guard column[0] == block.firstTime, column[block.rows - 1] == block.lastTime else {
      throw RingCorruption(code: .badCount, offset: 0)
    }
  }

  private mutating func note(_ block: SealedBlock) throws(RingCorruption) {
    for series in 0..<block.series {
      now[series] = try chain.state(of: series, isCounter: entries[series].isCounter, before: chain.blocks.count)
      let toggles = try block.head(series)?.toggles.count ?? 0
      entries[series].cell.present = block.startsPresent(series) != (toggles % 2 == 1)
      entries[series].cell.born = entries[series].birth.time <= block.lastTime
      entries[series].cell.value = now[series].value
      entries[series].cell.adjustment = now[series].adjustment
      entries[series].scale = block.scale(series)
    }
    lastTime = block.lastTime
  }
}

extension RingState.Front {
  init(_ state: CounterState) {
    self.init(value: state.value, adjustment: state.adjustment, scale: state.scale)
  }
}

extension SealedBlock {
  /// A row in which every series is absent, in the place of lost blocks: what follows finds its values in it.
  static func bridge(
    to time: Int64, after last: Int64?, _ states: [CounterState], _ entries: [SeriesEntry]
  ) throws(RingCorruption) -> SealedBlock {
    let (at, overflow) = time.subtractingReportingOverflow(1)
    guard !overflow, last.map({ $0 < at }) ?? true else { throw RingCorruption(code: .badReference, offset: 0) }
    var layout = BlockLayout(series: states.count, rows: 1, present: BitSet(count: states.count))
    layout.flags = [.key, .corrections]
    for (series, state) in states.enumerated() where entries[series].birth.time < time && entries[series].cell.born
    {
      layout.begin(series)
      var head = RecordHead()
      head.first = state.value
      head.last = state.value
      if entries[series].isCounter {
        head.correction = RecordHead.Correction(start: state.adjustment, end: state.adjustment, pending: false)
      }
      head.write(RecordHead.Recipe(), into: &layout.data)
    }
    layout.stamps(first: at, last: at, Encoding.constant.rawValue, [])
    return try SealedBlock(bytes: layout.bytes, scales: states.map(\.scale), derivations: .empty)
  }
}
