/// Puts mini-blocks together from quotients and low bits, eight values at once. Each load begins with the bits of a value, so
/// that it ends no further than eight bytes behind the last.
///
/// Vectors shift by constants in one step, and by others in many: hence a copy of the code for each length of low bits.
extension RiceStream {
  /// The longest low bits for which values fit in 16 bits: without patches, quotients are below 24.
  static let shortLimit = 11
  /// The longest low bits for which values fit in 32 bits, likewise.
  static let narrowLimit = 27

  /// One mini-block whose low bits are up to `shortLimit`: each quotient shifted left by `k`, and its low bits.
  @inline(never)
  static func joinShort(
    _ bytes: UnsafeRawPointer, _ k: Int, _ size: Int, _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt16>
  ) {
    switch k {
    case 0: unsafe short(0, bytes, size, quotients, out)
    case 1: unsafe short(1, bytes, size, quotients, out)
    case 2: unsafe short(2, bytes, size, quotients, out)
    case 3: unsafe short(3, bytes, size, quotients, out)
    case 4: unsafe short(4, bytes, size, quotients, out)
    case 5: unsafe short(5, bytes, size, quotients, out)
    case 6: unsafe short(6, bytes, size, quotients, out)
    case 7: unsafe short(7, bytes, size, quotients, out)
    case 8: unsafe short(8, bytes, size, quotients, out)
    case 9: unsafe short(9, bytes, size, quotients, out)
    case 10: unsafe short(10, bytes, size, quotients, out)
    default: unsafe short(11, bytes, size, quotients, out)
    }
  }

  /// One mini-block whose low bits are up to `narrowLimit`, in 32 bits: where there are more than `shortLimit`, or patches.
  @inline(never)
  static func joinNarrow(
    _ bytes: UnsafeRawPointer, _ k: Int, _ size: Int, _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt32>
  ) {
    switch k {
    case 0: unsafe narrow(0, bytes, size, quotients, out)
    case 1: unsafe narrow(1, bytes, size, quotients, out)
    case 2: unsafe narrow(2, bytes, size, quotients, out)
    case 3: unsafe narrow(3, bytes, size, quotients, out)
    case 4: unsafe narrow(4, bytes, size, quotients, out)
    case 5: unsafe narrow(5, bytes, size, quotients, out)
    case 6: unsafe narrow(6, bytes, size, quotients, out)
    case 7: unsafe narrow(7, bytes, size, quotients, out)
    case 8: unsafe narrow(8, bytes, size, quotients, out)
    case 9: unsafe narrow(9, bytes, size, quotients, out)
    case 10: unsafe narrow(10, bytes, size, quotients, out)
    case 11: unsafe narrow(11, bytes, size, quotients, out)
    case 12: unsafe narrow(12, bytes, size, quotients, out)
    case 13: unsafe narrow(13, bytes, size, quotients, out)
    case 14: unsafe narrow(14, bytes, size, quotients, out)
    case 15: unsafe narrow(15, bytes, size, quotients, out)
    case 16: unsafe narrow(16, bytes, size, quotients, out)
    case 17: unsafe narrow(17, bytes, size, quotients, out)
    case 18: unsafe narrow(18, bytes, size, quotients, out)
    case 19: unsafe narrow(19, bytes, size, quotients, out)
    case 20: unsafe narrow(20, bytes, size, quotients, out)
    case 21: unsafe narrow(21, bytes, size, quotients, out)
    case 22: unsafe narrow(22, bytes, size, quotients, out)
    case 23: unsafe narrow(23, bytes, size, quotients, out)
    case 24: unsafe narrow(24, bytes, size, quotients, out)
    case 25: unsafe narrow(25, bytes, size, quotients, out)
    case 26: unsafe narrow(26, bytes, size, quotients, out)
    default: unsafe narrow(27, bytes, size, quotients, out)
    }
  }

  @inline(__always)
  private static func short(
    _ k: Int, _ bytes: UnsafeRawPointer, _ size: Int, _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt16>
  ) {
    let shift = SIMD8(repeating: UInt16(k))
    for group in 0..<((size &+ 7) &>> 3) {
      let first = 8 &* group
      var words = SIMD2<UInt64>.zero
      if k <= 8 {
        // One load has the low bits of eight.
        let word = unsafe load(bytes, first &* k)
        words = SIMD2(word, word &>> UInt64(4 &* k))
      } else {
        words = unsafe SIMD2(load(bytes, first &* k), first &+ 4 < size ? load(bytes, (first &+ 4) &* k) : 0)
      }
      let high = unsafe UnsafeRawPointer(quotients + first).loadUnaligned(as: SIMD8<UInt8>.self)
      let values = SIMD8<UInt16>(truncatingIfNeeded: high) &<< shift | four(words, k)
      unsafe UnsafeMutableRawPointer(out + first).storeBytes(of: values, as: SIMD8<UInt16>.self)
    }
  }

  @inline(__always)
  private static func narrow(
    _ k: Int, _ bytes: UnsafeRawPointer, _ size: Int, _ quotients: UnsafePointer<UInt8>,
    _ out: UnsafeMutablePointer<UInt32>
  ) {
    let shift = SIMD8(repeating: UInt32(k))
    /// What begins with the bits of a value, if there is one.
    @inline(__always) func word(_ value: Int) -> UInt64 { value < size ? unsafe load(bytes, value &* k) : 0 }
    for group in 0..<((size &+ 7) &>> 3) {
      let first = 8 &* group
      let low: SIMD8<UInt32>
      if k <= 16 {
        // Four take a multiple of four bits: they begin at bit 0 or 4 of a byte. 64 bits have them all.
        low = SIMD8(truncatingIfNeeded: four(SIMD2(word(first), word(first &+ 4)), k))
      } else {
        low = SIMD8(
          lowHalf: two(SIMD2(word(first), word(first &+ 2)), k),
          highHalf: two(SIMD2(word(first &+ 4), word(first &+ 6)), k))
      }
      let high = unsafe UnsafeRawPointer(quotients + first).loadUnaligned(as: SIMD8<UInt8>.self)
      let values = SIMD8<UInt32>(truncatingIfNeeded: high) &<< shift | low
      unsafe UnsafeMutableRawPointer(out + first).storeBytes(of: values, as: SIMD8<UInt32>.self)
    }
  }

  /// Brings four values of `k` bits each, packed into a word, to lanes of 16 bits: first two and two, then one and one.
  @inline(__always)
  private static func four(_ words: SIMD2<UInt64>, _ k: Int) -> SIMD8<UInt16> {
    let pair: UInt64 = (1 &<< UInt64(2 &* k)) &- 1
    let one: UInt64 = (1 &<< UInt64(k)) &- 1
    let even = one | one &<< 32
    let pairs =
      words & SIMD2(repeating: pair) | (words &<< SIMD2(repeating: UInt64(32 &- 2 &* k)))
      & SIMD2(repeating: pair &<< 32)
    let lanes =
      pairs & SIMD2(repeating: even) | (pairs &<< SIMD2(repeating: UInt64(16 &- k))) & SIMD2(repeating: even &<< 16)
    return unsafe unsafeBitCast(lanes, to: SIMD8<UInt16>.self)
  }

  /// Brings two values of `k` bits each, packed into a word, to lanes of 32 bits.
  @inline(__always)
  private static func two(_ words: SIMD2<UInt64>, _ k: Int) -> SIMD4<UInt32> {
    let one: UInt64 = (1 &<< UInt64(k)) &- 1
    let lanes =
      words & SIMD2(repeating: one) | (words &<< SIMD2(repeating: UInt64(32 &- k))) & SIMD2(repeating: one &<< 32)
    return unsafe unsafeBitCast(lanes, to: SIMD4<UInt32>.self)
  }
}
