/// Reads one series of a view, block by block. Scratch memory of one thread.
final class SeriesReader {
  let view: SeriesView
  private let scratch: ReaderScratch
  @safe @exclusivity(unchecked) private var hasColumn = false

  init(_ view: SeriesView, _ scratch: ReaderScratch) {
    self.view = view
    self.scratch = scratch
  }

  /// A reader of another series over the same scratch memory.
  func sibling(_ view: SeriesView) -> SeriesReader { SeriesReader(view, scratch) }

  /// The rows of the segment loaded last.
  var column: Column { scratch.column }

  // MARK: Segments: sealed blocks, then journals

  var count: Int { view.blocks.count + view.journals.count }

  func block(_ segment: Int) -> SealedBlock? { segment < view.blocks.count ? view.blocks[segment] : nil }

  func journal(_ segment: Int) -> SeriesView.JournalView { view.journals[segment - view.blocks.count] }

  func firstTime(_ segment: Int) -> Int64 {
    segment < view.chain.blocks.count
      ? view.chain.peek(segment) { $0.firstTime } : journal(segment).block.time(0)
  }

  func lastTime(_ segment: Int) -> Int64 {
    if segment < view.chain.blocks.count { return view.chain.peek(segment) { $0.lastTime } }
    let journal = journal(segment)
    return journal.block.time(journal.rows - 1)
  }

  func rows(_ segment: Int) -> Int {
    segment < view.chain.blocks.count ? view.chain.peek(segment) { $0.rows } : journal(segment).rows
  }

  func scale(_ segment: Int) -> UInt8 {
    segment < view.chain.blocks.count
      ? view.chain.peek(segment) { $0.scale(view.index) } : journal(segment).scale
  }

  /// The last segment that begins at or before `time`; -1 if none does.
  func segment(atOrBefore time: Int64) -> Int {
    // Segments before `low` do, those from `high` on don't.
    var (low, high) = (0, count)
    let last = view.blocks.count - 1
    if last > 0 {
      let (begin, end) = (view.blocks[0].firstTime, view.blocks[last].firstTime)
      if time < begin { return -1 }
      if time >= end {
        low = last + 1
      } else {
        (low, high) = (1, last)
        // Blocks are mostly equally long. Each that is looked at costs a wait for memory.
        let share = (Double(time) - Double(begin)) / (Double(end) - Double(begin))
        let guess = Int(share * Double(last))
        if low < high { narrow(time, guess, &low, &high) }
        if low < high { narrow(time, guess + (low > guess ? 1 : -1), &low, &high) }
      }
    }
    while low < high { narrow(time, (low + high) / 2, &low, &high) }
    return low - 1
  }

  @inline(__always)
  private func narrow(_ time: Int64, _ middle: Int, _ low: inout Int, _ high: inout Int) {
    let middle = Swift.max(low, Swift.min(high - 1, middle))
    if firstTime(middle) <= time { low = middle + 1 } else { high = middle }
  }

  /// The last row of `segment` at or before `time`; -1 if none.
  func row(_ segment: Int, atOrBefore time: Int64) throws(RingCorruption) -> Int {
    guard let block = block(segment) else {
      let journal = journal(segment)
      return journal.block.row(atOrBefore: time, rows: journal.rows)
    }
    if time >= block.lastTime { return block.rows - 1 }
    if time < block.firstTime { return -1 }
    if let row = block.stampSpread?.row(atOrBefore: time) { return row }
    return try stamps(block).row(atOrBefore: time)
  }

  func time(_ segment: Int, row: Int) throws(RingCorruption) -> Int64 {
    guard let block = block(segment) else { return journal(segment).block.time(row) }
    if row == block.rows - 1 { return block.lastTime }
    return try stamps(block).time(row)
  }

  /// Whether a row is stamped `limit` or later.
  func isStamped(_ segment: Int, row: Int, notBefore limit: Int64) throws(RingCorruption) -> Bool {
    if let block = block(segment), block.stampSpread?.isCertain(row, notBefore: limit) ?? false { return true }
    return try time(segment, row: row) >= limit
  }

  /// The stamps of a block; good until those of another are asked for.
  func stamps(_ block: SealedBlock) throws(RingCorruption) -> Stamps {
    if let step = block.regularStep { return Stamps(block, step: step) }
    if block !== scratch.timesOf {
      scratch.timesOf = nil
      if try !block.readOffsets(into: scratch.offsets, scratch.decoder.rice) {
        try block.readTimes(into: scratch.times, scratch.decoder.rice)
      }
      scratch.timesOf = block
    }
    return block.hasEvenStamps ? Stamps(block, scratch.offsets) : Stamps(block, scratch.times)
  }

  /// Decodes at least the first `wanted` rows of the segment into `column`; false if the series is constant in it.
  func load(_ segment: Int, wanted: Int = .max) throws(RingCorruption) -> Bool {
    if scratch.owner == view.index && scratch.segment == segment && column.filled >= min(wanted, rows(segment)) {
      return hasColumn
    }
    scratch.owner = -1
    if let block = block(segment) {
      hasColumn = try scratch.decoder.decode(
        view.index, at: segment, of: view.chain, wanted: min(wanted, block.rows), into: column)
      if !hasColumn { clearColumn(block) }
    } else {
      let journal = journal(segment)
      journal.block.fill(journal.column, journal.carried, rows: journal.rows, into: column)
      column.backfill()
      hasColumn = true
    }
    scratch.owner = view.index
    scratch.segment = segment
    return hasColumn
  }

  /// Decodes what a row of the segment needs: `column` is right there only. False if the series is constant in it.
  func load(_ segment: Int, only row: Int) throws(RingCorruption) -> Bool {
    guard let block = block(segment), scratch.owner != view.index || scratch.segment != segment else {
      return try load(segment, wanted: row + 1)
    }
    scratch.owner = -1
    let isFilled = try scratch.decoder.decode(
      view.index, at: segment, of: view.chain, wanted: row + 1, only: row, into: column)
    if !isFilled { clearColumn(block) }
    return isFilled
  }

  /// Whether there is a short way to sums of the block's rows.
  func hasSums(_ block: SealedBlock) throws(RingCorruption) -> Bool {
    try scratch.decoder.hasSums(view.index, in: block)
  }

  /// Fills `column` at the given rows, which rise, with the sums of all values up to them. Only where `hasSums`.
  func loadSums(_ block: SealedBlock, upTo rows: [Int]) throws(RingCorruption) {
    scratch.owner = -1
    try scratch.decoder.sum(view.index, in: block, upTo: rows, into: column)
  }

  private func clearColumn(_ block: SealedBlock) {
    column.reset(rows: block.rows)
    column.startsPresent = block.startsPresent(view.index)
  }

  /// The series' column in a planned block, right at the plan's rows, or in all; nil where it is constant.
  func column(of plan: EdgePlan, isWhole: Bool) throws(RingCorruption) -> Column? {
    try scratch.decoder.column(view.index, at: plan.segment, of: view.chain, only: isWhole ? nil : plan.rows)
  }

  // MARK: Carried state

  /// Value and adjustment as they were before `segment`'s first row.
  func carried(into segment: Int) throws(RingCorruption) -> CounterState {
    if segment < view.blocks.count || segment >= count { return try blockState(before: segment) }
    let carried = journal(segment).carried
    return CounterState(
      value: carried.value, adjustment: carried.adjustment, scale: scale(segment))
  }

  private func blockState(before segment: Int) throws(RingCorruption) -> CounterState {
    try view.chain.state(of: view.index, isCounter: view.isCounter, before: min(segment, view.blocks.count))
  }

  // MARK: Point look-ups

  /// The carried value and adjustment at the last row at or before `time`.
  func state(atOrBefore time: Int64) throws(RingCorruption) -> CounterState {
    let segment = segment(atOrBefore: time)
    if segment < 0 { return try carried(into: 0) }
    return try state(segment, row: try row(segment, atOrBefore: time))
  }

  /// The carried value and adjustment at a row of a segment.
  func state(_ segment: Int, row: Int) throws(RingCorruption) -> CounterState {
    if let block = block(segment) {
      if segment < view.rollups && row < block.rows - 1 { return try blockState(before: segment) }
      if row == block.rows - 1 {
        return try blockState(before: segment + 1)
      }
      let before = try carried(into: segment)
      let mayFall = view.isCounter && block.flags.contains(.corrections)
      guard try mayFall ? load(segment) : load(segment, only: row) else {
        return CounterState(value: before.value, adjustment: before.adjustment, scale: scale(segment))
      }
      let adjustment = try adjustment(segment, row: row, before: before)
      return CounterState(value: column[row], adjustment: adjustment, scale: scale(segment))
    }
    let before = try carried(into: segment)
    _ = try load(segment)
    return CounterState(
      value: column[row], adjustment: try adjustment(segment, row: row, before: before), scale: scale(segment))
  }

  /// What resets have added by `row` of the loaded segment.
  private func adjustment(_ segment: Int, row: Int, before: CounterState) throws(RingCorruption) -> Int64 {
    if !view.isCounter { return 0 }
    if let block = block(segment) {
      guard block.flags.contains(.corrections), let correction = try block.head(view.index)?.correction else {
        return before.adjustment
      }
      if correction.start == correction.end { return correction.start }
    }
    var result = before.adjustment
    try walk(segment, column, before: before) { at, state in
      if at <= row { result = state.adjustment }
    }
    return result
  }
}
