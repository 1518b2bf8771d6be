/// A series that needs a record in the block being sealed.
struct Draft {
  var series: Int
  var column: Column
  var head: RecordHead
  /// Follows from other series; only the head is kept, and only where it is needed.
  var derivation: Derivation?
  var needsRecord = true
  /// About how many bytes the stream takes.
  var bytes = 0
  var recipe = RecordHead.Recipe()
  /// The column in units, where it has one.
  var counted: Column?
  /// What a prediction left of that.
  var residual: Column?

  /// What the stream holds.
  var stream: Column { residual ?? counted ?? column }

  /// Present in every row, and no reset to remember: others may depend on it, and it on others.
  var isPlain: Bool { column.startsPresent && column.isUniform }
}

extension Draft {
  /// The record's head without its encoding; nil when the series needs no record.
  static func head(_ column: Column, _ index: Int, _ block: OpenBlock, _ context: Sealer.Context) -> RecordHead? {
    var head = RecordHead()
    let (isCounter, key) = (context.counters[index], context.key)
    let carried = block.carried
    column.backfill()
    head.toggles = column.toggles
    if isCounter { head.correction = correction(column, index, block, context) }
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

  static func summary(_ column: Column, isCounter: Bool) -> RecordHead.Summary? {
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
  private static func correction(_ column: Column, _ index: Int, _ block: OpenBlock, _ context: Sealer.Context)
    -> RecordHead.Correction?
  {
    let before = block.carried.adjustment(index)
    let pending = block.carried.pending[index]
    var counter = CounterWalk(
      value: block.carried.value(index), adjustment: before, pending: pending,
      isBorn: block.carried.born[index])
    var start: Int64?
    var epochs = context.lasting[index] ? [] : block.epochRows[...]
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
    let wanted = first != before || counter.adjustment != first || (context.key && counter.adjustment != 0)
    return wanted
      ? RecordHead.Correction(start: first, end: counter.adjustment, pending: pending && !column.startsPresent)
      : nil
  }
}
