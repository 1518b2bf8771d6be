extension RingState {
  /// With as many rows, a block ends where the server's run does: counters that begin again cost more than another block,
  /// and are dear to follow inside of one. Runs that change all the time, as of two servers that take turns, don't make
  /// blocks of a row each.
  static let rowsBeforeRestart = 64

  enum Outcome {
    case appended
    case notLater
    /// The block must be closed and sealed before the row fits.
    case needsRoom
  }

  mutating func append(at time: Int64, epoch: UInt64, row: borrowing Row) -> Outcome {
    if let lastTime, time <= lastTime { return .notLater }
    // 0 says that the server's run isn't known: it is taken to be the last one.
    let epoch = epoch == 0 ? lastEpoch : epoch
    let changes = findChanges(row)
    guard changes >= 0 else {
      var exact = copy row
      rescale(&exact)
      return append(at: time, epoch: epoch, row: exact)
    }
    let index = blockIndex(time)
    let restarts = lastTime != nil && lastEpoch != 0 && epoch != lastEpoch
    if let open {
      let isLong = restarts && open.rows >= Self.rowsBeforeRestart
      let hasRoom = open.hasRoom(changes: changes, series: last.count)
      if open.index != index || isLong || !hasRoom { closeOpen() }
    }
    if let open, isLarge(open) { return .needsRoom }
    let shape = open?.shape ?? blockShape
    let reserve = (changes * OpenBlock.chunk / shape.segmentBytes + 2) * shape.segmentBytes
    if open == nil {
      guard trim(reserve: reserve + 16 * shape.rows) else { return .needsRoom }
      openBlock(index)
    }
    guard trim(reserve: reserve) else { return .needsRoom }
    guard let block = open else { preconditionFailure("opened above") }
    block.begin(series: last.count)
    if restarts {
      block.markEpoch()
      for word in born.words.indices { pending.words[word] |= born.words[word] & ~lasting.word(word) }
    }
    if recorder != nil { record(row, at: time, epoch: epoch) }
    write(row, into: block, at: time)
    block.finishRow(at: time)
    if block.rows == 1 { rescaled = BitSet(count: 0) }
    lastTime = time
    lastEpoch = epoch
    rowCount += 1
    return .appended
  }

  /// How the next block is made.
  var blockShape: OpenBlock.Shape {
    OpenBlock.Shape(share: share, maximumRows: configuration.maximumRows, series: last.count)
  }

  /// Whether a block takes so much of the share that it is sealed now, which leaves about a tenth of it: its journal would drive out
  /// the history that the share has room for.
  private func isLarge(_ block: OpenBlock) -> Bool {
    block.rows >= Self.leastRows && block.bytesUsed * 3 > share - fixedBytes
  }

  func blockIndex(_ time: Int64) -> Int64 {
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: blockDuration)
    return remainder < 0 ? quotient - 1 : quotient
  }

  // MARK: Writing

  private mutating func record(_ row: borrowing Row, at time: Int64, epoch: UInt64) {
    guard var recorder = recorder.take() else { return }
    recorder.row(row, at: time, epoch: epoch, self)
    self.recorder = recorder
  }

  private mutating func write(_ row: borrowing Row, into block: OpenBlock, at time: Int64) {
    let writer = block.writer
    for word in present.words.indices {
      let now = word < row.present.count ? row.present[word] & seriesMask(word) : 0
      let base = word * 64
      let gone = present.words[word] & ~now
      let new = now & ~born.words[word]
      let resets = pending.words[word] & now
      if gone != 0 { forEachBit(gone, base: base) { writer.putAbsence($0) } }
      if new != 0 { bear(new, base, row, into: block, at: time) }
      if resets != 0 { reset(resets, base, row) }
      present.words[word] = now
    }
    writeChanges(row, writer)
  }

  /// Writes the cells marked in `changed`, which become the last values.
  private mutating func writeChanges(_ row: borrowing Row, _ writer: JournalWriter) {
    unsafe row.mantissas.withUnsafeBufferPointer { values in
      unsafe last.withUnsafeMutableBufferPointer { last in
        for word in changed.indices {
          var rest = changed[word]
          let counters = counters.word(word)
          while rest != 0 {
            let lane = rest.trailingZeroBitCount
            let index = word &* 64 &+ lane
            rest &= rest &- 1
            let value = unsafe values[index]
            let old = unsafe last[index]
            unsafe last[index] = value
            // Gauges fall every other time: asking for both at once is foreseen, one after the other is not.
            let falls: UInt64 = value < old ? 1 : 0
            if counters &>> UInt64(lane) & falls != 0 { adjustments[index] &+= old &- min(value, 0) }
            writer.putChange(index, delta: value &- old)
          }
        }
      }
    }
  }

  private mutating func bear(
    _ bits: UInt64, _ base: Int, _ row: borrowing Row, into block: OpenBlock, at time: Int64
  ) {
    var rest = bits
    while rest != 0 {
      let index = base + rest.trailingZeroBitCount
      rest &= rest &- 1
      let value = row.mantissas[index]
      births[index] = Birth(time: time, value: value, scale: scales[index])
      // As if it had always had this value: a constant then needs no record, not even in its first block.
      last[index] = value
      front[index] = Front(value: value, adjustment: 0, scale: scales[index])
      block.bear(index, value)
    }
    born.words[base / 64] |= bits
  }

  /// Counts the first values after an identity change from 0. Those that fell are counted as they are written.
  private mutating func reset(_ bits: UInt64, _ base: Int, _ row: borrowing Row) {
    var rest = bits
    while rest != 0 {
      let index = base + rest.trailingZeroBitCount
      rest &= rest &- 1
      let value = row.mantissas[index]
      if counters[index] && value >= last[index] { adjustments[index] &+= last[index] &- min(value, 0) }
    }
    pending.words[base / 64] &= ~bits
  }
}
