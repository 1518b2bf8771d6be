/// What a row changes, found before anything is written: the cells that differ, and those whose digits do.
extension RingState {
  /// Marks cells that are present and differ from the row before in `changed`; returns how many cells need an entry,
  /// or -1 if a cell has other digits than its series.
  mutating func findChanges(_ row: borrowing Row) -> Int {
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
        guard let values = values.baseAddress, let last = last.baseAddress else { return 0 }
        // Eight at a time; each that differs leaves its bit.
        var weights = SIMD8<UInt64>(1, 2, 4, 8, 16, 32, 64, 128)
        var sums = SIMD8<UInt64>.zero
        var lane = 0
        while lane &+ 8 <= lanes {
          let at = base &+ lane
          let left = unsafe UnsafeRawPointer(values + at).loadUnaligned(as: SIMD8<UInt64>.self)
          let right = unsafe UnsafeRawPointer(last + at).loadUnaligned(as: SIMD8<UInt64>.self)
          sums |= weights.replacing(with: 0, where: left .== right)
          weights &<<= SIMD8(repeating: 8)
          lane &+= 8
        }
        var bits = sums.wrappedSum()
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
  mutating func rescale(_ row: inout Row) {
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
}
