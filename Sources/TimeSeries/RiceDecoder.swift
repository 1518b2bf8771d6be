/// Takes the values of a Rice stream in their order, mostly a mini-block at a time.
protocol RiceTaker {
  /// Takes `count` values, up to 64, of 26 bits at most. The buffer is the taker's until it returns; it may hold more values,
  /// which mean nothing, up to a multiple of eight, and has room for 64 words of the taker's behind 64 values.
  mutating func take(_ values: UnsafeMutablePointer<UInt32>, _ count: Int)
  /// Takes `count` values of any size.
  mutating func take(_ values: UnsafeMutablePointer<UInt64>, _ count: Int)
}

extension RiceStream {
  /// The longest low bits for which values are put together in 32 bits.
  private static let narrowLimit = 16

  /// Reads `count` values and leaves the reader behind the stream; or stops after the mini-block that completes `wanted`
  /// values, if no patches follow. Returns the values read.
  ///
  /// Loads are eight bytes wide: the buffer must have eight readable bytes behind `end`, the end of its contents.
  static func decode<Taker: RiceTaker>(
    _ reader: inout ByteReader, end: Int, count: Int, wanted: Int = .max, _ scratch: RiceScratch,
    into taker: inout Taker
  ) throws(RingCorruption) -> Int {
    if count == 0 { return 0 }
    guard count <= scratch.capacity else { throw reader.failure(.badCount) }
    let header = try reader.byte()
    let isPatched = header & patchFlag != 0
    var layout = Layout(kMin: Int(header & 0x3F), uniform: header & uniformFlag != 0, nibbles: reader.position)
    if !layout.uniform { try reader.skip((minis(count) + 1) / 2) }
    try layout.measure(reader, count, isPatched ? count : min(count, wanted))
    let low = reader.position
    try reader.skip((layout.lowBits + 7) / 8)
    guard reader.position <= end, unsafe end + 8 <= reader.base.count, let bytes = unsafe reader.base.baseAddress
    else { throw reader.failure(.truncated) }
    guard
      let behind = unsafe UnaryDecoder.shared.read(
        reader.base, at: reader.position, end: end, count: layout.quotients, into: scratch.quotients)
    else { throw reader.failure(.truncated) }
    reader.position = behind
    if isPatched {
      unsafe joinWide(reader.base, low, layout, scratch)
      unsafe try patch(&reader, count, layout, scratch.wide)
      unsafe taker.take(scratch.wide, layout.values)
    } else {
      unsafe join(reader.base, bytes, low, layout, scratch, into: &taker)
    }
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

  @inline(__always)
  private static func length(
    _ base: UnsafeRawBufferPointer, _ nibbles: Int, _ uniform: Bool, _ kMin: Int, _ index: Int
  ) -> Int? {
    if uniform { return kMin }
    let nibble = unsafe base[nibbles + index / 2] &>> UInt8(index & 1 == 0 ? 0 : 4) & 15
    return nibble == zeroNibble ? nil : kMin + Int(nibble)
  }

  // MARK: Joining quotients and low bits

  /// Hands over the values, mini-block by mini-block. Each begins at a whole byte of low bits, since the ones before are full.
  @inline(__always)
  private static func join<Taker: RiceTaker>(
    _ base: UnsafeRawBufferPointer, _ bytes: UnsafeRawPointer, _ start: Int, _ layout: Layout,
    _ scratch: RiceScratch, into taker: inout Taker
  ) {
    var quotients = unsafe UnsafePointer(scratch.quotients)
    var position = start
    var at = 0
    while at < layout.values {
      let size = min(mini, layout.values - at)
      at += size
      guard let k = unsafe length(base, layout.nibbles, layout.uniform, layout.kMin, (at - 1) / mini) else {
        unsafe scratch.narrow.update(repeating: 0, count: mini)
        unsafe taker.take(scratch.narrow, size)
        continue
      }
      if k <= narrowLimit {
        unsafe joinNarrow(bytes + position, k, size, quotients, scratch)
        unsafe taker.take(scratch.narrow, size)
      } else {
        unsafe joinWide(base, position * 8, k, size, quotients, scratch.wide)
        unsafe taker.take(scratch.wide, size)
      }
      position += k * mini / 8
      unsafe quotients += size
    }
  }

  /// One mini-block: each quotient shifted left by `k`, and its low bits. The low bits are cut out one by one; what follows is
  /// done for eight at once, in vectors.
  @inline(never)
  private static func joinNarrow(
    _ bytes: UnsafeRawPointer, _ k: Int, _ size: Int, _ quotients: UnsafePointer<UInt8>, _ scratch: RiceScratch
  ) {
    let low = unsafe scratch.low
    let narrow = unsafe UnsafeMutableRawPointer(scratch.narrow)
    unsafe cutLow(bytes, k, size, into: low)
    let shift = SIMD8<UInt32>(repeating: UInt32(k))
    for group in 0..<((size &+ 7) / 8) {
      let high = unsafe UnsafeRawPointer(quotients + 8 &* group).loadUnaligned(as: SIMD8<UInt8>.self)
      let rest = unsafe UnsafeRawPointer(low + 8 &* group).loadUnaligned(as: SIMD8<UInt16>.self)
      let values = SIMD8<UInt32>(truncatingIfNeeded: high) &<< shift | SIMD8<UInt32>(truncatingIfNeeded: rest)
      unsafe narrow.storeBytes(of: values, toByteOffset: 32 &* group, as: SIMD8<UInt32>.self)
    }
  }

  /// Cuts out the low bits of a mini-block, which begin at a whole byte; `k` is 16 at most. Each load begins with the bits of a
  /// value, so that it ends no further than eight bytes behind the last.
  @inline(__always)
  private static func cutLow(
    _ bytes: UnsafeRawPointer, _ k: Int, _ size: Int, into low: UnsafeMutablePointer<UInt16>
  ) {
    let shift = UInt64(k)
    let mask: UInt64 = (1 &<< shift) &- 1
    if k <= 8 {
      // One load has the low bits of eight.
      for group in 0..<((size &+ 7) / 8) {
        var word = unsafe UInt64(littleEndian: (bytes + group &* k).loadUnaligned(as: UInt64.self))
        let out = unsafe low + 8 &* group
        for at in 0..<8 {
          unsafe out[at] = UInt16(truncatingIfNeeded: word & mask)
          word &>>= shift
        }
      }
      return
    }
    for half in 0..<((size &+ 3) / 4) {
      // Four take a multiple of four bits: they begin at bit 0 or 4 of a byte, so that 64 bits have them all.
      var word = unsafe load(bytes, half &* 4 &* k)
      let out = unsafe low + 4 &* half
      for at in 0..<4 {
        unsafe out[at] = UInt16(truncatingIfNeeded: word & mask)
        word &>>= shift
      }
    }
  }

  /// All values that are asked for, whatever their size.
  private static func joinWide(
    _ base: UnsafeRawBufferPointer, _ start: Int, _ layout: Layout, _ scratch: RiceScratch
  ) {
    var quotients = unsafe UnsafePointer(scratch.quotients)
    var bit = start * 8
    var at = 0
    while at < layout.values {
      let size = min(mini, layout.values - at)
      if let k = unsafe length(base, layout.nibbles, layout.uniform, layout.kMin, at / mini) {
        unsafe joinWide(base, bit, k, size, quotients, scratch.wide + at)
        bit += k * size
        unsafe quotients += size
      } else {
        unsafe (scratch.wide + at).update(repeating: 0, count: size)
      }
      at += size
    }
  }

  /// One mini-block of values of any size. The caller has checked that their low bits lie in bounds.
  private static func joinWide(
    _ base: UnsafeRawBufferPointer, _ bit: Int, _ k: Int, _ size: Int, _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt64>
  ) {
    guard let bytes = base.baseAddress else { return }
    let shift = UInt64(k)
    let mask: UInt64 = (1 &<< shift) &- 1
    var position = bit
    for at in 0..<size {
      let offset = UInt64(position & 7)
      let isLonger = k > 56 && offset != 0 && position &>> 3 + 8 < base.count
      let ninth = unsafe isLonger ? UInt64((bytes + position &>> 3 + 8).loadUnaligned(as: UInt8.self)) : 0
      let word = unsafe load(bytes, position) | (isLonger ? ninth &<< (64 &- offset) : 0)
      unsafe out[at] = UInt64(quotients[at]) &<< shift | word & mask
      position &+= k
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
