/// Turns a closed journal into a sealed block. Scratch memory of one thread, reused from block to block.
final class Sealer {
  private let capacity: Int
  private let encoder: ColumnEncoder
  private var pool: [Column] = []

  /// Serves blocks of up to `capacity` rows.
  init(capacity: Int) {
    self.capacity = capacity
    encoder = ColumnEncoder(capacity: capacity)
  }

  /// A series that needs a record.
  private struct Draft {
    var series: Int
    var column: Column
    var head: RecordHead
  }

  /// Encodes every row of `block`. `counters` tells which series are counters; `key` asks for a record of every
  /// present series.
  func seal(_ block: OpenBlock, counters: BitSet, key: Bool) -> SealedBlock {
    let rows = block.rows
    precondition(rows > 0, "a block is opened for a row")
    let series = block.columns.count
    var present = BitSet(count: series)
    var drafts: [Draft] = []
    for index in 0..<series {
      let column = pool.popLast() ?? Column(capacity: capacity)
      block.fill(index, block.columns[index], rows: rows, into: column)
      if column.startsPresent { present[index] = true }
      if let head = head(column, index, block, isCounter: counters[index], key: key) {
        drafts.append(Draft(series: index, column: column, head: head))
      } else {
        pool.append(column)
      }
    }
    let bytes = write(drafts, block, present, key: key)
    for draft in drafts { pool.append(draft.column) }
    do throws(RingCorruption) {
      return try SealedBlock(bytes: bytes, scales: block.scales, derivations: .empty)
    } catch {
      preconditionFailure("the sealer writes what the header parser reads")
    }
  }

  // MARK: Records

  /// The record's head without its encoding; nil when the series needs no record.
  private func head(_ column: Column, _ index: Int, _ block: OpenBlock, isCounter: Bool, key: Bool) -> RecordHead? {
    var head = RecordHead()
    let carried = block.carried
    column.backfill()
    head.toggles = column.toggles
    if isCounter { head.correction = correction(column, index, block, key: key) }
    let isPresent = column.startsPresent || !column.toggles.isEmpty
    var isConstant = column.isUniform
    for at in 0..<column.rows where column[at] != carried.value(index) { isConstant = false }
    if isConstant && head.correction == nil && !(carried.rescaled[index] && isPresent) && !(key && isPresent) {
      return nil
    }
    head.first = column[0]
    head.last = column[column.rows - 1]
    head.summary = summary(column, isCounter: isCounter)
    return head
  }

  private func summary(_ column: Column, isCounter: Bool) -> RecordHead.Summary? {
    var rises = true
    for at in 1..<max(1, column.rows) where column[at] < column[at - 1] { rises = false }
    if isCounter && rises { return nil }
    var low = Int64.max
    var high = Int64.min
    column.forEachPresentRun { run in
      for at in run {
        low = min(low, column[at])
        high = max(high, column[at])
      }
    }
    if low > high || low == high { return nil }
    let (range, overflow) = high.subtractingReportingOverflow(low)
    if overflow || range > 1 << 50 { return nil }
    var excess: UInt64 = 0
    column.forEachPresentRun { run in
      for at in run { excess += UInt64(column[at] - low) }
    }
    return RecordHead.Summary(minimum: low, maximum: high, excess: excess)
  }

  /// What resets changed in this block; nil if nothing, and `key` has nothing to repeat.
  private func correction(_ column: Column, _ index: Int, _ block: OpenBlock, key: Bool) -> RecordHead.Correction? {
    let before = block.carried.adjustment(index)
    let pending = block.carried.pending[index]
    var counter = CounterWalk(
      value: block.carried.value(index), adjustment: before, pending: pending,
      isBorn: block.carried.born[index])
    var start: Int64?
    var epochs = block.epochRows[...]
    var at = 0
    while at < column.rows {
      if epochs.first == at {
        counter.markEpoch()
        epochs.removeFirst()
      }
      if column.isPresent(at) { counter.take(column[at]) }
      if start == nil { start = counter.adjustment }
      at += 1
    }
    let first = start ?? before
    let wanted = first != before || counter.adjustment != first || (key && counter.adjustment != 0)
    return wanted
      ? RecordHead.Correction(start: first, end: counter.adjustment, pending: pending && !column.startsPresent)
      : nil
  }

  // MARK: Bytes

  private func write(_ drafts: [Draft], _ block: OpenBlock, _ present: BitSet, key: Bool) -> [UInt8] {
    let series = block.columns.count
    var data = ByteWriter()
    var starts: [Int] = []
    var records = BitSet(count: series)
    for draft in drafts {
      starts.append(data.bytes.count)
      records[draft.series] = true
      unsafe append(draft.head, draft.column.values, draft.column.rows, into: &data)
    }
    starts.append(data.bytes.count)
    var flags = SealedBlock.Flags()
    if key { flags.insert(.key) }
    if drafts.contains(where: { $0.head.correction != nil }) { flags.insert(.corrections) }
    if (0..<series).allSatisfy({ present[$0] }) { flags.insert(.allPresent) }
    var out = ByteWriter()
    writeHeader(block, flags, drafts.count, into: &out)
    put(records, series, into: &out)
    if !flags.contains(.allPresent) { put(present, series, into: &out) }
    writeIndex(starts, into: &out)
    out.bytes += data.bytes
    for _ in 0..<SealedBlock.padding { out.bytes.append(0) }
    return out.bytes
  }

  private func append(
    _ head: RecordHead, _ values: UnsafePointer<Int64>, _ rows: Int, into data: inout ByteWriter
  ) {
    var head = head
    head.encoding = unsafe encoder.choose(values, rows).encoding
    head.write(into: &data)
    unsafe encoder.write(head.encoding, values, rows, into: &data)
  }

  private func writeHeader(
    _ block: OpenBlock, _ flags: SealedBlock.Flags, _ records: Int, into out: inout ByteWriter
  ) {
    out.put(SealedBlock.version)
    out.put(flags.rawValue)
    out.put(UInt16(block.rows))
    out.put(UInt16(block.columns.count))
    out.put(UInt16(records))
    out.put(block.time(0))
    out.varint(UInt64(bitPattern: block.time(block.rows - 1) &- block.time(0)))
    out.varint(UInt64(block.epochRows.count))
    for row in block.epochRows { out.varint(UInt64(row)) }
    let times = pool.popLast() ?? Column(capacity: capacity)
    times.reset(rows: block.rows)
    for row in 0..<block.rows { times[row] = block.time(row) }
    let encoding = unsafe encoder.choose(times.values, block.rows).encoding
    var stream = ByteWriter()
    unsafe encoder.write(encoding, times.values, block.rows, into: &stream)
    out.bytes.append(encoding.rawValue)
    out.varint(UInt64(stream.bytes.count))
    out.bytes += stream.bytes
    pool.append(times)
  }

  private func put(_ bits: BitSet, _ series: Int, into out: inout ByteWriter) {
    for index in 0..<((series + 63) / 64) { out.put(bits.word(index)) }
  }

  private func writeIndex(_ starts: [Int], into out: inout ByteWriter) {
    for index in 0..<(starts.count - 1) {
      if index % SealedBlock.indexGroup == 0 { out.put(UInt32(starts[index])) }
      out.put(UInt16(starts[index + 1] - starts[index]))
    }
  }
}

/// Follows a counter through resets: `value + adjustment` never falls.
struct CounterWalk {
  var value: Int64
  var adjustment: Int64
  /// The identity changed since the last present value.
  var pending: Bool
  var isBorn: Bool

  init(value: Int64, adjustment: Int64, pending: Bool, isBorn: Bool) {
    self.value = value
    self.adjustment = adjustment
    self.pending = pending
    self.isBorn = isBorn
  }

  mutating func markEpoch() { pending = isBorn }

  /// Takes the next present value; a fall, or the first value after an identity change, counts from 0.
  @inline(__always)
  mutating func take(_ next: Int64) {
    if isBorn && (pending || next < value) { adjustment &+= value &- min(next, 0) }
    value = next
    pending = false
    isBorn = true
  }
}
