internal import Locked

/// Puts a ring back together from the records that another process's ring of the same name gave.
///
/// Feed it every record that passed its checksum, blocks and rollup rows first, in any order (`take`); then, oldest
/// first, the journals (`replay`). Damaged records throw and leave nothing behind. Used before the first append, by one thread.
public struct RingRestorer {
  private let ring: Ring
  private let newest: Int64
  /// Each with the number of the state that tells of it; 0 for a name alone.
  private var series: [Int: (sequence: UInt64, entry: SeriesEntry)] = [:]
  private var seriesCount = 0
  private var pending: [UInt64: BlockRecord] = [:]
  private var rollups: [UInt64: BlockRecord] = [:]
  private var journals: [BlockOrder.Journal] = []
  private var highest: UInt64 = 0
  private var restored = Set<UInt64>()

  /// Restores into an empty ring. What is later than `newest` (Unix milliseconds: now) is left out, or rows could
  /// not be appended for as long as a wrong clock had run ahead.
  public init(_ ring: Ring, newest: Int64) {
    self.ring = ring
    self.newest = newest
  }

  /// Keeps new blocks' numbers above `sequence`: files of that number exist.
  public mutating func reserve(_ sequence: UInt64) { highest = max(highest, sequence) }

  // MARK: Records

  /// Takes a record of a file of blocks; returns the block's number.
  public mutating func take(_ record: RingRecord) throws(RingCorruption) -> UInt64? {
    switch record.kind {
    case .state: note(try StateRecord(record))
    case .series:
      let found = try SeriesRecord(record)
      note(found.id, found.entry, asOf: 0)
    case .block, .rollup:
      let block = try BlockRecord(record)
      note(block)
      return block.sequence
    case .row: throw RingCorruption(code: .unknownEncoding, offset: 0)
    }
    return nil
  }

  /// Learns the names that a journal knows, so that its blocks' series have some, and the times of its rows.
  public mutating func learn(_ journal: [RingRecord]) {
    for record in journal {
      if record.kind == .state, let state = try? StateRecord(record) { note(state) }
      if record.kind == .series, let found = try? SeriesRecord(record) { note(found.id, found.entry, asOf: 0) }
    }
    if let known = BlockOrder.Journal(journal, newest: newest) { journals.append(known) }
  }

  private mutating func note(_ state: StateRecord) {
    highest = max(highest, state.sequence)
    for (id, entry) in state.series.enumerated() { note(id, entry, asOf: state.sequence) }
  }

  /// The newest state counts: what was born by a clock that ran ahead may not have been born for a later process.
  private mutating func note(_ id: Int, _ entry: SeriesEntry, asOf sequence: UInt64) {
    seriesCount = max(seriesCount, id + 1)
    if let known = series[id] {
      if known.sequence > sequence { return }
      if known.sequence == sequence && (known.entry.cell.born || !entry.cell.born) { return }
    }
    series[id] = (sequence, entry)
  }

  private mutating func note(_ block: BlockRecord) {
    highest = max(highest, block.sequence)
    seriesCount = max(seriesCount, block.before.count)
    if block.isRollup { rollups[block.sequence] = block } else { pending[block.sequence] = block }
  }

  // MARK: Blocks

  /// Puts the blocks into the ring; returns how many were damaged or out of place. Call it once, after the last
  /// `take` and `learn`.
  public mutating func restoreBlocks() -> Int {
    let newest = newest
    let early = rollups.values.filter { block in pending.keys.allSatisfy { block.sequence < $0 } }
    let found = early.sorted { $0.sequence < $1.sequence } + pending.values.sorted { $0.sequence < $1.sequence }
    let order = consistent(found)
    var assembly = ChainAssembly(capacity: ring.capacity, entries: entries(births: order))
    var skipped = found.count - order.count
    for block in order {
      do throws(RingCorruption) {
        try assembly.append(block, newest: newest)
        if !block.isRollup { restored.insert(block.sequence) }
      } catch {
        skipped += 1
      }
    }
    pending.removeAll()
    rollups.removeAll()
    let fits = ring.install(assembly, sequence: highest)
    return fits ? skipped : found.count
  }

  /// Those of the blocks, which rise by number, that are not later than now and go together.
  private func consistent(_ found: [BlockRecord]) -> [BlockRecord] {
    let places = found.compactMap { BlockOrder.Block($0) }.filter { $0.times.upperBound <= newest }
    let kept = BlockOrder(places, journals.sorted { $0.sequence < $1.sequence }).kept
    return found.filter { kept.contains($0.sequence) }
  }

  private func entries(births blocks: [BlockRecord]) -> [SeriesEntry] {
    var entries = (0..<seriesCount).map { id in
      // The name was lost with a damaged record; the number must not go to another series.
      series[id]?.entry ?? SeriesEntry(name: "lost_series_\(id)", isCounter: false)
    }
    for block in blocks {
      for (series, birth) in block.births where series < entries.count && !entries[series].cell.born {
        entries[series].cell.born = true
        entries[series].birth = birth
      }
    }
    return entries
  }

  // MARK: Journals

  /// Appends the rows of a journal: its `state`, then `series` and `row` records up to the first damaged one.
  /// Returns how many rows were appended. A journal whose block was restored appends nothing.
  public mutating func replay(_ journal: [RingRecord]) throws(RingCorruption) -> Int {
    guard let first = journal.first, first.kind == .state else {
      throw RingCorruption(code: .truncated, offset: 0)
    }
    let state = try StateRecord(first)
    if restored.contains(state.sequence) { return 0 }
    if let time = state.lastTime, time > newest { return 0 }
    try ring.adopt(state)
    var replay = RowReplay(state)
    var rows = 0
    for record in journal.dropFirst() {
      if record.kind == .series {
        let found = try SeriesRecord(record)
        let id = ring.register(found.entry.name, kind: found.entry.kind)
        guard id?.index == found.id else { throw RingCorruption(code: .badReference, offset: 0) }
        replay.registered(found.id)
        continue
      }
      guard record.kind == .row else { throw RingCorruption(code: .unknownEncoding, offset: 0) }
      try replay.take(record)
      if replay.time > newest { break }
      let isNew = (try? ring.append(at: replay.time, epoch: replay.epoch, row: replay.row)) != nil
      if isNew { rows += 1 }
    }
    return rows
  }
}
