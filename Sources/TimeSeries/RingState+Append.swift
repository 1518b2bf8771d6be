extension RingState {
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
    if let open, open.index != index || !open.hasRoom(changes: changes) { closeOpen() }
    let reserve = (changes * OpenBlock.chunk / OpenBlock.segmentBytes + 2) * OpenBlock.segmentBytes
    if open == nil {
      guard trim(reserve: reserve + 16 * configuration.maximumRows) else { return .needsRoom }
      openBlock(index)
    }
    guard trim(reserve: reserve) else { return .needsRoom }
    guard let block = open else { preconditionFailure("opened above") }
    block.begin(series: last.count)
    if lastTime != nil && lastEpoch != 0 && epoch != lastEpoch {
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

  func blockIndex(_ time: Int64) -> Int64 {
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: blockDuration)
    return remainder < 0 ? quotient - 1 : quotient
  }

  // MARK: Changes

  /// Marks cells that are present and differ from the row before in `changed`; returns how many cells need an entry,
  /// or -1 if a cell has other digits than its series.
  private mutating func findChanges(_ row: borrowing Row) -> Int {
    let words = (last.count + 63) / 64
    while changed.count < words { changed.append(0) }
    var count = 0
    for word in 0..<words {
      let now = word < row.present.count ? row.present[word] & seriesMask(word) : 0
      let before = present.words[word]
      var bits: UInt64 = 0
      if now != 0 {
        if digitsDiffer(row, word, now) { return -1 }
        bits = differing(row, word) & now | (now & ~before)
      }
      changed[word] = bits
      count &+= (now ^ before | bits).nonzeroBitCount
    }
    return count
  }

  /// The lanes of a word whose mantissa differs from the last one. `Row` has whole words of lanes.
  @inline(__always)
  private func differing(_ row: borrowing Row, _ word: Int) -> UInt64 {
    let base = word * 64
    let lanes = min(64, last.count - base)
    return unsafe row.mantissas.withUnsafeBufferPointer { values in
      unsafe last.withUnsafeBufferPointer { last in
        var bits: UInt64 = 0
        var lane = 0
        while lane < lanes {
          let differs: UInt64 = unsafe values[base &+ lane] != last[base &+ lane] ? 1 : 0
          bits |= differs &<< UInt64(lane)
          lane &+= 1
        }
        return bits
      }
    }
  }

  /// Whether a present cell of a word has other digits than its series.
  @inline(__always)
  private func digitsDiffer(_ row: borrowing Row, _ word: Int, _ now: UInt64) -> Bool {
    let base = word * 64
    let lanes = min(64, last.count - base)
    var union: UInt8 = 0
    unsafe row.digits.withUnsafeBufferPointer { digits in
      unsafe scales.withUnsafeBufferPointer { scales in
        var lane = 0
        while lane < lanes {
          union |= unsafe digits[base &+ lane] ^ scales[base &+ lane]
          lane &+= 1
        }
      }
    }
    if union == 0 { return false }
    var rest = now
    while rest != 0 {
      let index = base + rest.trailingZeroBitCount
      if row.digits[index] != scales[index] { return true }
      rest &= rest &- 1
    }
    return false
  }

  /// The bits of registered series in a word; ids of another ring are ignored.
  func seriesMask(_ word: Int) -> UInt64 {
    let left = last.count - word * 64
    return left >= 64 ? ~0 : (1 &<< UInt64(left)) &- 1
  }

  /// Brings every cell of `row` to its series' digits, or the series' digits to the cell's where that is impossible.
  /// Closes the open block if digits changed of a series that has values.
  private mutating func rescale(_ row: inout Row) {
    for word in 0..<min(row.present.count, (last.count + 63) / 64) {
      let cells = row.present[word] & seriesMask(word)
      var rest = cells
      while rest != 0 {
        let index = word * 64 + rest.trailingZeroBitCount
        rest &= rest &- 1
        if row.digits[index] == scales[index] { continue }
        let value = FixedPoint(row.mantissas[index], digits: row.digits[index])
        if born[index], let exact = value.rescaled(toDigits: scales[index]) {
          row.mantissas[index] = exact.mantissa
          row.digits[index] = exact.digits
        } else {
          if born[index] {
            closeOpen()
            rescaled[index] = true
          }
          changeScale(index, to: value.digits)
        }
      }
    }
  }

  /// Gives a series new digits. What is carried is rounded where the new digits cannot hold it.
  private mutating func changeScale(_ index: Int, to digits: UInt8) {
    let old = scales[index]
    last[index] = approximate(last[index], from: old, to: digits)
    adjustments[index] = approximate(adjustments[index], from: old, to: digits)
    scales[index] = digits
    recorder?.noteScale(index)
  }

  private func approximate(_ mantissa: Int64, from: UInt8, to: UInt8) -> Int64 {
    if let exact = FixedPoint(mantissa, digits: from).rescaled(toDigits: to) { return exact.mantissa }
    let value = Double(mantissa) / FixedPoint.powerOfTen(from) * FixedPoint.powerOfTen(to)
    return Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
  }

  // MARK: Writing

  private mutating func record(_ row: borrowing Row, at time: Int64, epoch: UInt64) {
    guard var recorder = recorder.take() else { return }
    recorder.row(row, at: time, epoch: epoch, self)
    self.recorder = recorder
  }

  private mutating func write(_ row: borrowing Row, into block: OpenBlock, at time: Int64) {
    for word in present.words.indices {
      let now = word < row.present.count ? row.present[word] & seriesMask(word) : 0
      let base = word * 64
      forEachBit(present.words[word] & ~now, base: base) { block.putAbsence($0) }
      let new = now & ~born.words[word]
      let resets = pending.words[word] & now
      if new != 0 { bear(new, base, row, into: block, at: time) }
      if resets != 0 { reset(resets, base, row) }
      writeChanges(word, row, into: block, falls: counters.word(word) & ~new & ~resets)
      present.words[word] = now
    }
  }

  @inline(__always)
  private mutating func writeChanges(_ word: Int, _ row: borrowing Row, into block: OpenBlock, falls: UInt64) {
    var rest = changed[word]
    if rest == 0 { return }
    let base = word * 64
    let current = block.rows
    unsafe row.mantissas.withUnsafeBufferPointer { values in
      unsafe last.withUnsafeMutableBufferPointer { last in
        while rest != 0 {
          let lane = rest.trailingZeroBitCount
          let index = base &+ lane
          rest &= rest &- 1
          let value = unsafe values[index]
          let old = unsafe last[index]
          if value < old && falls &>> UInt64(lane) & 1 == 1 { adjustments[index] &+= old &- min(value, 0) }
          block.putChange(index, delta: value &- old, row: current)
          unsafe last[index] = value
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

  /// Counts the first values after an identity change from 0.
  private mutating func reset(_ bits: UInt64, _ base: Int, _ row: borrowing Row) {
    var rest = bits
    while rest != 0 {
      let index = base + rest.trailingZeroBitCount
      rest &= rest &- 1
      if counters[index] { adjustments[index] &+= last[index] &- min(row.mantissas[index], 0) }
    }
    pending.words[base / 64] &= ~bits
  }
}
