extension SeriesReader {
  /// What a window needs of a whole segment.
  struct SegmentSummary {
    var count: Int
    var low: Double
    var high: Double
    /// Nil where only decoding tells: a counter's values are not summed.
    var sum: Double?
    var newest: Int64
  }

  /// The summary of a sealed segment without decoding it; nil for a journal, a derived column, or extreme values.
  func summary(_ segment: Int, _ block: SealedBlock) throws(RingCorruption) -> SegmentSummary? {
    if let plain = block.plainSummary(view.index) {
      let divisor = FixedPoint.powerOfTen(block.scale(view.index))
      return SegmentSummary(
        count: block.rows, low: Double(plain.minimum) / divisor, high: Double(plain.maximum) / divisor,
        sum: plain.sum(of: block.rows) / divisor, newest: block.lastTime)
    }
    if block.isDerived(view.index) && !block.hasRecord(view.index) { return nil }
    let divisor = FixedPoint.powerOfTen(block.scale(view.index))
    guard let head = try block.head(view.index) else {
      let value = Double(try carried(into: segment).value) / divisor
      let count = block.startsPresent(view.index) ? block.rows : 0
      return SegmentSummary(
        count: count, low: value, high: value, sum: value * Double(count), newest: block.lastTime)
    }
    let (count, lastRow) = presence(head, block)
    guard let lastRow else { return SegmentSummary(count: 0, low: 0, high: 0, newest: block.lastTime) }
    let newest = lastRow == block.rows - 1 ? block.lastTime : try time(segment, row: lastRow)
    if let summary = head.summary {
      let low = Double(summary.minimum) / divisor
      let sum = (Double(summary.minimum) * Double(count) + Double(summary.excess)) / divisor
      return SegmentSummary(
        count: count, low: low, high: Double(summary.maximum) / divisor, sum: sum, newest: newest)
    }
    if head.isConstant {
      let value = Double(head.first) / divisor
      return SegmentSummary(
        count: count, low: value, high: value, sum: value * Double(count), newest: newest)
    }
    guard view.isCounter, head.toggles.isEmpty, head.last >= head.first, !head.falls else { return nil }
    return SegmentSummary(
      count: count, low: Double(head.first) / divisor, high: Double(head.last) / divisor, sum: nil, newest: newest)
  }

  /// Calls `body` with the blocks from `segment` on that lie in (`after`, `through`], and their summaries, up to the first one that
  /// lies elsewhere, or has no plain summary. Returns its segment.
  @inline(__always)
  func forEachPlainSummary(
    from segment: Int, after: Int64, through: Int64, _ body: (SealedBlock, RecordHead.Summary) -> Void
  ) -> Int {
    var at = segment
    var isPlain = true
    while isPlain, at < view.chain.blocks.count {
      isPlain = view.chain.peek(at) { block in
        guard block.firstTime > after, block.lastTime <= through, let summary = block.plainSummary(view.index)
        else { return false }
        body(block, summary)
        return true
      }
      if isPlain { at += 1 }
    }
    return at
  }

  /// The count of present rows and the last of them.
  private func presence(_ head: RecordHead, _ block: SealedBlock) -> (count: Int, last: Int?) {
    var present = block.startsPresent(view.index)
    if head.toggles.isEmpty { return present ? (block.rows, block.rows - 1) : (0, nil) }
    var count = 0
    var last: Int?
    var start = 0
    for toggle in head.toggles + [block.rows] {
      if present {
        count += toggle - start
        last = toggle - 1
      }
      start = toggle
      present.toggle()
    }
    return (count, last)
  }

  func isPresentAtEnd(_ segment: Int) throws(RingCorruption) -> Bool {
    guard let block = block(segment) else {
      _ = try load(segment)
      return column.isPresent(column.rows - 1)
    }
    let starts = block.startsPresent(view.index)
    if block.isDerived(view.index) { return starts }
    guard block.hasRecord(view.index), let head = try block.head(view.index) else { return starts }
    return starts != (head.toggles.count % 2 == 1)
  }

  /// The adjustment of every row of the segment; nil where a reset lies inside it.
  func constantAdjustment(_ segment: Int, before: CounterState) throws(RingCorruption) -> Int64? {
    if !view.isCounter { return 0 }
    guard let block = block(segment) else { return nil }
    guard block.flags.contains(.corrections), let correction = try block.head(view.index)?.correction else {
      return before.adjustment
    }
    return correction.start == correction.end ? correction.start : nil
  }
}
