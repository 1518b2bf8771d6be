/// Gorilla's compression (Pelkonen et al., VLDB 2015), as a peer: delta-of-delta stamps and XORed doubles, in chunks
/// of 120 samples with a stamp of their own each.
struct Gorilla {
  static let samplesPerChunk = 120

  private(set) var bits: [UInt8] = []
  private var used = 0
  private var count = 0
  private var time: Int64 = 0
  private var step: Int64 = 0
  private var value: UInt64 = 0
  private var leading = 65
  private var trailing = 0

  mutating func append(_ newTime: Int64, _ newValue: Double) {
    let pattern = newValue.bitPattern
    if count == 0 {
      put(UInt64(bitPattern: newTime), 64)
      put(pattern, 64)
    } else {
      let newStep = newTime - time
      putStep(newStep - step)
      putValue(pattern)
      step = newStep
    }
    time = newTime
    value = pattern
    count += 1
  }

  private mutating func putStep(_ change: Int64) {
    switch change {
    case 0: put(0, 1)
    case -63...64: put(0b10, 2); put(UInt64(bitPattern: change + 63), 7)
    case -255...256: put(0b110, 3); put(UInt64(bitPattern: change + 255), 9)
    case -2047...2048: put(0b1110, 4); put(UInt64(bitPattern: change + 2047), 12)
    default: put(0b1111, 4); put(UInt64(bitPattern: change), 64)
    }
  }

  private mutating func putValue(_ pattern: UInt64) {
    let change = pattern ^ value
    if change == 0 { return put(0, 1) }
    put(1, 1)
    let zeros = min(31, change.leadingZeroBitCount)
    let tail = change.trailingZeroBitCount
    if zeros >= leading && tail >= trailing {
      put(0, 1)
      put(change >> UInt64(trailing), 64 - leading - trailing)
    } else {
      leading = zeros
      trailing = tail
      put(1, 1)
      put(UInt64(zeros), 5)
      put(UInt64(64 - zeros - tail - 1), 6)
      put(change >> UInt64(tail), 64 - zeros - tail)
    }
  }

  /// The highest bit first.
  private mutating func put(_ bits: UInt64, _ count: Int) {
    for at in (0..<count).reversed() {
      if used & 7 == 0 { self.bits.append(0) }
      if bits >> UInt64(at) & 1 == 1 { self.bits[used >> 3] |= 0x80 >> UInt8(used & 7) }
      used += 1
    }
  }
}

/// Reads what `Gorilla` wrote.
struct GorillaReader {
  private let bits: [UInt8]
  private var position = 0
  private var index = 0
  private var time: Int64 = 0
  private var step: Int64 = 0
  private var value: UInt64 = 0
  private var leading = 0
  private var length = 0

  init(_ bits: [UInt8]) { self.bits = bits }

  mutating func next() -> (time: Int64, value: Double) {
    if index == 0 {
      time = Int64(bitPattern: take(64))
      value = take(64)
    } else {
      step += takeStep()
      time += step
      takeValue()
    }
    index += 1
    return (time, Double(bitPattern: value))
  }

  private mutating func takeStep() -> Int64 {
    if take(1) == 0 { return 0 }
    if take(1) == 0 { return Int64(take(7)) - 63 }
    if take(1) == 0 { return Int64(take(9)) - 255 }
    if take(1) == 0 { return Int64(take(12)) - 2047 }
    return Int64(bitPattern: take(64))
  }

  private mutating func takeValue() {
    if take(1) == 0 { return }
    if take(1) == 1 {
      leading = Int(take(5))
      length = Int(take(6)) + 1
    }
    value ^= take(length) << UInt64(64 - leading - length)
  }

  private mutating func take(_ count: Int) -> UInt64 {
    var result: UInt64 = 0
    for _ in 0..<count {
      result = result << 1 | UInt64(bits[position >> 3] >> UInt8(7 - position & 7) & 1)
      position += 1
    }
    return result
  }
}
