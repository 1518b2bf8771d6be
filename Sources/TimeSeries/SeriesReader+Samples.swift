extension SeriesReader {
  /// Calls `body` with the counter's state at each row of a segment, of which `column` has every value.
  @inline(__always)
  func walk(_ segment: Int, _ column: Column, before: CounterState, _ body: (Int, CounterWalk) -> Void)
    throws(RingCorruption)
  {
    var state = CounterWalk(
      value: before.value, adjustment: before.adjustment, pending: false,
      isBorn: view.birth.time < firstTime(segment))
    var epochs: ArraySlice<Int>
    if let block = block(segment) {
      epochs = block.epochRows[...]
      if let correction = try block.head(view.index)?.correction {
        state.adjustment = correction.start
        state.pending = correction.pending
        // Row 0's own reset is part of the start.
        if epochs.first == 0 && column.startsPresent { epochs.removeFirst() }
        if column.startsPresent { state.value = column[0] }
      }
    } else {
      let journal = journal(segment)
      epochs = journal.epochRows[...]
      state.pending = journal.carried.pending
      state.isBorn = journal.carried.born
    }
    if view.isLasting { epochs = [] }
    var toggles = column.toggles[...]
    var isPresent = column.startsPresent
    /// The next row at which something but the value changes.
    var special = min(epochs.first ?? .max, toggles.first ?? .max)
    for at in 0..<column.rows {
      if at == special {
        if epochs.first == at {
          state.markEpoch()
          epochs.removeFirst()
        }
        if toggles.first == at {
          isPresent.toggle()
          toggles.removeFirst()
        }
        special = min(epochs.first ?? .max, toggles.first ?? .max)
      }
      if isPresent { state.take(column[at]) }
      body(at, state)
    }
  }

  /// The newest present sample in `notBefore`...`time`.
  func sample(atOrBefore time: Int64, notBefore: Int64) throws(RingCorruption) -> FixedPoint? {
    var segment = segment(atOrBefore: time)
    var limit = time
    while segment >= view.rollups && lastTime(segment) >= notBefore {
      var row = try row(segment, atOrBefore: limit)
      var hasColumn = row >= 0 ? try load(segment, only: row) : false
      if row >= 0, !column.isPresent(row) {
        hasColumn = try load(segment, wanted: row + 1)
        while row >= 0 && !column.isPresent(row) { row -= 1 }
      }
      if row >= 0 {
        if try !isStamped(segment, row: row, notBefore: notBefore) { return nil }
        let value = hasColumn ? column[row] : try carried(into: segment).value
        return FixedPoint(value, digits: scale(segment))
      }
      segment -= 1
      limit = .max
    }
    return nil
  }

  /// Every present sample in `from`...`to`.
  func samples(from: Int64, to: Int64) throws(RingCorruption) -> [(time: Int64, value: FixedPoint)] {
    var result: [(time: Int64, value: FixedPoint)] = []
    for segment in max(view.rollups, segment(atOrBefore: from))..<max(view.rollups, count) {
      if firstTime(segment) > to { break }
      let range = try rows(segment, after: from.saturatingMinus(1), through: to, inclusive: from == .min)
      if range.isEmpty { continue }
      let constant = try load(segment) ? nil : try carried(into: segment).value
      for row in range where column.isPresent(row) {
        let value = FixedPoint(constant ?? column[row], digits: scale(segment))
        result.append((try time(segment, row: row), value))
      }
    }
    return result
  }

  /// The last value of each rollup row in `from`...`to`.
  func rollupSamples(from: Int64, to: Int64) throws(RingCorruption) -> [(time: Int64, value: FixedPoint)] {
    var result: [(time: Int64, value: FixedPoint)] = []
    for segment in 0..<view.rollups {
      let time = lastTime(segment)
      if time < from { continue }
      if time > to { break }
      guard try isPresentAtEnd(segment) else { continue }
      let state = try state(segment, row: rows(segment) - 1)
      result.append((time, FixedPoint(state.value, digits: state.scale)))
    }
    return result
  }

  /// The rows of a segment in (`after`, `through`].
  func rows(_ segment: Int, after: Int64, through: Int64, inclusive: Bool = false) throws(RingCorruption)
    -> Range<Int>
  {
    let first = inclusive ? 0 : try row(segment, atOrBefore: after) + 1
    let last = try row(segment, atOrBefore: through) + 1
    return first..<max(first, last)
  }
}
