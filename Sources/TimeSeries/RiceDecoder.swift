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
    let enough = header & patchFlag != 0 ? count : min(count, wanted)
    var layout = Layout(kMin: Int(header & 0x3F), uniform: header & uniformFlag != 0, nibbles: reader.position)
    if !layout.uniform { try reader.skip((minis(count) + 1) / 2) }
    try layout.measure(reader, count, enough)
    let low = reader.position
    try reader.skip((layout.lowBits + 7) / 8)
    guard reader.position <= end, unsafe end + 8 <= reader.base.count else { throw reader.failure(.truncated) }
    let start = reader.position
    let behind = unsafe withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: layout.quotients + UnaryDecoder.overrun
    ) { quotients -> Int? in
      guard let quotients = quotients.baseAddress else { return nil }
      let behind = unsafe UnaryDecoder.shared.read(
        reader.base, at: start, end: end, count: layout.quotients, into: quotients)
      if behind != nil { unsafe join(reader.base, low * 8, layout, enough, quotients, out) }
      return behind
    }
    guard let behind else { throw reader.failure(.truncated) }
    reader.position = behind
    if header & patchFlag != 0 { unsafe try patch(&reader, count, layout, out) }
    guard reader.position <= end else { throw reader.failure(.truncated) }
    return layout.values
  }

  private static func minis(_ count: Int) -> Int { (count + mini - 1) / mini }

  /// Where the parts of a stream lie.
  private struct Layout {
    var kMin: Int
    var uniform: Bool
    var nibbles: Int
    /// Values in the mini-blocks that are asked for, those among them that have quotients, and the low bits of all.
    var values = 0
    var quotients = 0
    var lowBits = 0

    mutating func measure(_ reader: ByteReader, _ count: Int, _ enough: Int) throws(RingCorruption) {
      var at = 0
      while at < count {
        let size = min(mini, count - at)
        let k = unsafe length(reader.base, nibbles, uniform, kMin, at / mini)
        if let k {
          guard k < 64 else { throw reader.failure(.badCount) }
          lowBits += k * size
        }
        if at < enough {
          values += size
          if k != nil { quotients += size }
        }
        at += size
      }
    }
  }

  /// Puts quotients and low bits together, mini-block by mini-block.
  private static func join(
    _ base: UnsafeRawBufferPointer, _ start: Int, _ layout: Layout, _ enough: Int,
    _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt64>
  ) {
    var quotients = unsafe quotients
    var bit = start
    var at = 0
    while at < layout.values {
      let size = min(mini, layout.values - at)
      if let k = unsafe length(base, layout.nibbles, layout.uniform, layout.kMin, at / mini) {
        unsafe join(base, bit, k, size, quotients, out + at)
        bit += k * size
        unsafe quotients += size
      } else {
        unsafe (out + at).update(repeating: 0, count: size)
      }
      at += size
    }
  }

  @inline(__always)
  private static func length(
    _ base: UnsafeRawBufferPointer, _ nibbles: Int, _ uniform: Bool, _ kMin: Int, _ index: Int
  ) -> Int? {
    if uniform { return kMin }
    let nibble = unsafe base[nibbles + index / 2] &>> UInt8(index & 1 == 0 ? 0 : 4) & 15
    return nibble == zeroNibble ? nil : kMin + Int(nibble)
  }

  /// One mini-block: each quotient shifted left by `k`, and its low bits. The caller has checked that they lie in bounds.
  @inline(never)
  private static func join(
    _ base: UnsafeRawBufferPointer, _ bit: Int, _ k: Int, _ size: Int, _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt64>
  ) {
    if k == 0 {
      for at in 0..<size { unsafe out[at] = UInt64(quotients[at]) }
      return
    }
    guard let bytes = base.baseAddress else { return }
    let shift = UInt64(k)
    let mask: UInt64 = (1 &<< shift) &- 1
    var position = bit
    var at = 0
    if k <= 14 {
      // One load has the low bits of four.
      while at &+ 4 <= size {
        var word = unsafe load(bytes, position)
        unsafe out[at] = UInt64(quotients[at]) &<< shift | word & mask
        word &>>= shift
        unsafe out[at &+ 1] = UInt64(quotients[at &+ 1]) &<< shift | word & mask
        word &>>= shift
        unsafe out[at &+ 2] = UInt64(quotients[at &+ 2]) &<< shift | word & mask
        word &>>= shift
        unsafe out[at &+ 3] = UInt64(quotients[at &+ 3]) &<< shift | word & mask
        position &+= 4 &* k
        at &+= 4
      }
    }
    if k <= 56 {
      while at < size {
        unsafe out[at] = UInt64(quotients[at]) &<< shift | load(bytes, position) & mask
        position &+= k
        at &+= 1
      }
      return
    }
    while at < size {
      let offset = UInt64(position & 7)
      let ninth =
        unsafe position &>> 3 + 8 < base.count
        ? UInt64((bytes + position &>> 3 + 8).loadUnaligned(as: UInt8.self)) : 0
      let word = unsafe load(bytes, position) | (offset == 0 ? 0 : ninth &<< (64 &- offset))
      unsafe out[at] = UInt64(quotients[at]) &<< shift | word & mask
      position &+= k
      at &+= 1
    }
  }

  /// At least 57 bits from a bit's position on.
  @inline(__always)
  private static func load(_ bytes: UnsafeRawPointer, _ position: Int) -> UInt64 {
    unsafe UInt64(littleEndian: (bytes + position &>> 3).loadUnaligned(as: UInt64.self)) &>> UInt64(position & 7)
  }

  private static func patch(
    _ reader: inout ByteReader, _ count: Int, _ layout: Layout, _ out: UnsafeMutablePointer<UInt64>
  ) throws(RingCorruption) {
    let patches = try reader.count(upTo: count)
    var at = -1
    for _ in 0..<patches {
      at += try reader.count(upTo: count) + 1
      guard at < count else { throw reader.failure(.badCount) }
      let high = try reader.varint()
      guard let k = unsafe length(reader.base, layout.nibbles, layout.uniform, layout.kMin, at / mini) else {
        throw reader.failure(.badCount)
      }
      unsafe out[at] &+= high &<< UInt64(k)
    }
  }
}
