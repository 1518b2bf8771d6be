extension RiceStream {
  /// Reads `count` values into `out` and leaves the reader behind the stream; or stops after the mini-block that
  /// completes `wanted` values, if no patches follow. Returns the values read.
  ///
  /// Loads are eight bytes wide: the buffer must have eight readable bytes behind `end`, the end of its contents.
  static func decode(
    _ reader: inout ByteReader, end: Int, count: Int, wanted: Int = .max, into out: UnsafeMutablePointer<UInt64>
  ) throws(RingCorruption) -> Int {
    if count == 0 { return 0 }
    let header = try reader.byte()
    let kMin = Int(header & 0x3F)
    let minis = (count + mini - 1) / mini
    let nibbles = reader.position
    let uniform = header & uniformFlag != 0
    if !uniform { try reader.skip((minis + 1) / 2) }
    var lowBits = 0
    for index in 0..<minis {
      guard let k = unsafe length(reader.base, nibbles, uniform, kMin, index) else { continue }
      guard k < 64 else { throw reader.failure(.badCount) }
      lowBits += k * min(mini, count - index * mini)
    }
    let low = reader.position
    try reader.skip((lowBits + 7) / 8)
    guard reader.position <= end, unsafe end + 8 <= reader.base.count else { throw reader.failure(.truncated) }
    var unary = unsafe UnaryReader(reader.base, at: reader.position, end: end)
    var bit = low * 8
    var at = 0
    let enough = header & patchFlag != 0 ? count : wanted
    for index in 0..<minis where at < enough {
      let size = min(mini, count - index * mini)
      if let k = unsafe length(reader.base, nibbles, uniform, kMin, index) {
        guard unsafe unary.read(size, into: out + at) else { throw reader.failure(.truncated) }
        unsafe addLow(reader.base, &bit, k, size, out + at)
      } else {
        unsafe (out + at).update(repeating: 0, count: size)
      }
      at += size
    }
    reader.position = unary.endPosition
    if header & patchFlag != 0 {
      let lengths = Lengths(nibbles: nibbles, uniform: uniform, kMin: kMin)
      unsafe try patch(&reader, count, lengths, out)
    }
    guard reader.position <= end else { throw reader.failure(.truncated) }
    return at
  }

  @inline(__always)
  private static func length(
    _ base: UnsafeRawBufferPointer, _ nibbles: Int, _ uniform: Bool, _ kMin: Int, _ index: Int
  ) -> Int? {
    if uniform { return kMin }
    let nibble = unsafe base[nibbles + index / 2] &>> UInt8(index & 1 == 0 ? 0 : 4) & 15
    return nibble == zeroNibble ? nil : kMin + Int(nibble)
  }

  /// Shifts the quotients in `out` left by `k` and adds the low bits. The caller has checked that they lie in bounds.
  @inline(never)
  private static func addLow(
    _ base: UnsafeRawBufferPointer, _ bit: inout Int, _ k: Int, _ size: Int, _ out: UnsafeMutablePointer<UInt64>
  ) {
    if k == 0 { return }
    let shift = UInt64(k)
    let mask: UInt64 = (1 &<< shift) &- 1
    guard let bytes = base.baseAddress else { return }
    var position = bit
    if k <= 56 {
      for at in 0..<size {
        let word = unsafe UInt64(littleEndian: (bytes + position &>> 3).loadUnaligned(as: UInt64.self))
        unsafe out[at] = (out[at] &<< shift) | (word &>> UInt64(position & 7)) & mask
        position &+= k
      }
    } else {
      for at in 0..<size {
        let first = unsafe UInt64(littleEndian: (bytes + position &>> 3).loadUnaligned(as: UInt64.self))
        let offset = UInt64(position & 7)
        let ninth =
          unsafe position &>> 3 + 8 < base.count
          ? UInt64((bytes + position &>> 3 + 8).loadUnaligned(as: UInt8.self)) : 0
        let word = first &>> offset | (offset == 0 ? 0 : ninth &<< (64 &- offset))
        unsafe out[at] = (out[at] &<< shift) | word & mask
        position &+= k
      }
    }
    bit = position
  }

  private struct Lengths {
    var nibbles: Int
    var uniform: Bool
    var kMin: Int
  }

  private static func patch(
    _ reader: inout ByteReader, _ count: Int, _ lengths: Lengths, _ out: UnsafeMutablePointer<UInt64>
  ) throws(RingCorruption) {
    let patches = try reader.count(upTo: count)
    var at = -1
    for _ in 0..<patches {
      at += try reader.count(upTo: count) + 1
      guard at < count else { throw reader.failure(.badCount) }
      let high = try reader.varint()
      guard let k = unsafe length(reader.base, lengths.nibbles, lengths.uniform, lengths.kMin, at / mini) else {
        throw reader.failure(.badCount)
      }
      unsafe out[at] &+= high &<< UInt64(k)
    }
  }
}

/// Reads runs of zeros closed by a one, a 64-bit word at a time.
@safe struct UnaryReader {
  private let base: UnsafeRawBufferPointer
  private let end: Int
  private var next: Int
  private var word: UInt64 = 0
  private var wordStart: Int
  private var previous: Int

  /// `end + 8` must lie within `base`.
  init(_ base: UnsafeRawBufferPointer, at position: Int, end: Int) {
    unsafe self.base = unsafe base
    self.end = end
    next = position
    wordStart = position * 8 - 64
    previous = position * 8 - 1
  }

  /// Reads `count` runs; false when the bytes end before. Not inlined: its loop wants the registers for itself.
  @inline(never)
  mutating func read(_ count: Int, into out: UnsafeMutablePointer<UInt64>) -> Bool {
    guard let bytes = unsafe base.baseAddress else { return false }
    let stop = unsafe out + count
    var place = unsafe out
    var word = word
    var start = wordStart
    var next = next
    // One behind the last one read.
    var behind = previous &+ 1
    while true {
      while word != 0 {
        let position = start &+ word.trailingZeroBitCount
        unsafe place.pointee = UInt64(truncatingIfNeeded: position &- behind)
        unsafe place += 1
        behind = position &+ 1
        word &= word &- 1
        if unsafe place == stop {
          self.word = word
          wordStart = start
          self.next = next
          previous = behind &- 1
          return true
        }
      }
      if next >= end { return false }
      word = unsafe UInt64(littleEndian: (bytes + next).loadUnaligned(as: UInt64.self))
      next &+= 8
      start &+= 64
    }
  }

  /// The first whole byte behind the last one read.
  var endPosition: Int { (previous + 8) / 8 }
}
