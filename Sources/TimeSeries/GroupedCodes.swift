/// A mini-block of codes, eight at a time. Lanes may lie in another order than their rows.
protocol GroupedCodes {
  /// Of each lane, which of the eight rows it has.
  static var rows: SIMD8<Int32> { get }
  /// The lane of one of the eight rows.
  static func lane(of row: Int) -> Int
  /// The residuals that eight codes stand for.
  func residuals(_ group: Int) -> SIMD8<Int32>
  /// And how far each moves a moving average.
  func parts(_ group: Int) -> (residuals: SIMD8<Int32>, steps: SIMD8<Int32>)
}

extension GroupedCodes {
  /// All ones in the lanes of the rows before `row`.
  @inline(__always)
  static func before(_ row: Int) -> SIMD8<Int32> {
    (rows &- SIMD8(repeating: Int32(truncatingIfNeeded: row))) &>> SIMD8(repeating: 31)
  }
}

/// Sixteen-bit lanes, two in a word: shifts bring them to 32 bits, where the library's conversion would be a call.
enum SixteenBits {
  @inline(__always)
  static func words(_ lanes: SIMD8<Int16>) -> SIMD4<Int32> { unsafe unsafeBitCast(lanes, to: SIMD4<Int32>.self) }

  /// The lanes of even numbers.
  @inline(__always)
  static func even(_ lanes: SIMD8<Int16>) -> SIMD4<Int32> {
    (words(lanes) &<< SIMD4(repeating: 16)) &>> SIMD4(repeating: 16)
  }

  /// Those of odd ones.
  @inline(__always)
  static func odd(_ lanes: SIMD8<Int16>) -> SIMD4<Int32> { words(lanes) &>> SIMD4(repeating: 16) }

  /// Sums of two lanes each, none of which has a sign.
  @inline(__always)
  static func unsignedPairs(_ lanes: SIMD8<Int16>) -> SIMD4<Int32> {
    let low = SIMD4<Int32>(repeating: 0xFFFF)
    return words(lanes) & low &+ odd(lanes) & low
  }

  /// All ones in the lanes before `lane`.
  @inline(__always)
  static func before(_ lane: Int) -> SIMD8<Int16> {
    (SIMD8(0, 1, 2, 3, 4, 5, 6, 7) &- SIMD8(repeating: Int16(truncatingIfNeeded: lane))) &>> SIMD8(repeating: 15)
  }
}

/// Codes of 16 bits, summed up in 32: rows of even numbers in the lower half of the lanes, of odd ones in the upper half.
@safe struct ShortCodes: GroupedCodes {
  private let bytes: UnsafeRawPointer
  private let isZigzag: Bool
  private let half: SIMD8<Int16>
  private let right: SIMD8<Int16>

  @inline(__always)
  init(_ codes: UnsafeMutablePointer<UInt16>, _ isZigzag: Bool, _ shift: Int64) {
    unsafe bytes = UnsafeRawPointer(codes)
    self.isZigzag = isZigzag
    half = SIMD8(repeating: Int16(truncatingIfNeeded: roundingHalf(shift)))
    right = SIMD8(repeating: Int16(truncatingIfNeeded: shift))
  }

  @inline(__always)
  private func codes(_ group: Int) -> SIMD8<UInt16> {
    unsafe bytes.loadUnaligned(fromByteOffset: 16 &* group, as: SIMD8<UInt16>.self)
  }

  @inline(__always)
  private func wide(_ lanes: SIMD8<Int16>) -> SIMD8<Int32> {
    SIMD8(lowHalf: SixteenBits.even(lanes), highHalf: SixteenBits.odd(lanes))
  }

  static var rows: SIMD8<Int32> { SIMD8(0, 2, 4, 6, 1, 3, 5, 7) }

  @inline(__always)
  static func lane(of row: Int) -> Int { row &>> 1 | (row & 1) &<< 2 }

  @inline(__always)
  func residuals(_ group: Int) -> SIMD8<Int32> {
    if isZigzag { return wide(Integrator.unzigzag(codes(group))) }
    // Codes without a zigzag have no sign.
    return wide(unsafe unsafeBitCast(codes(group), to: SIMD8<Int16>.self)) & SIMD8(repeating: 0xFFFF)
  }

  @inline(__always)
  func parts(_ group: Int) -> (residuals: SIMD8<Int32>, steps: SIMD8<Int32>) {
    let residuals = Integrator.unzigzag(codes(group))
    return (wide(residuals), wide((residuals &+ half) &>> right))
  }
}

/// Codes of up to 32 bits.
@safe struct NarrowCodes: GroupedCodes {
  /// Codes are below this. Residuals are then at most 2^19 from 0: all lanes' sums, with their weights, reach
  /// 8 × (8 × 36 + 8 × 9) × 2^19.
  static let limit: UInt32 = 1 << 20
  private let bytes: UnsafeRawPointer
  private let isZigzag: Bool
  private let half: SIMD8<Int32>
  private let right: SIMD8<Int32>

  @inline(__always)
  init(_ codes: UnsafeMutablePointer<UInt32>, _ isZigzag: Bool, _ shift: Int64) {
    unsafe bytes = UnsafeRawPointer(codes)
    self.isZigzag = isZigzag
    half = SIMD8(repeating: Int32(truncatingIfNeeded: roundingHalf(shift)))
    right = SIMD8(repeating: Int32(truncatingIfNeeded: shift))
  }

  @inline(__always)
  private func codes(_ group: Int) -> SIMD8<UInt32> {
    unsafe bytes.loadUnaligned(fromByteOffset: 32 &* group, as: SIMD8<UInt32>.self)
  }

  /// The bits of all codes.
  @inline(__always)
  func union(_ count: Int) -> UInt32 {
    var union = SIMD8<UInt32>.zero
    for group in 0..<((count &+ 7) &>> 3) { union |= codes(group) }
    let half = union.lowHalf | union.highHalf
    return half[0] | half[1] | half[2] | half[3]
  }

  static var rows: SIMD8<Int32> { SIMD8(0, 1, 2, 3, 4, 5, 6, 7) }

  @inline(__always)
  static func lane(of row: Int) -> Int { row }

  @inline(__always)
  func residuals(_ group: Int) -> SIMD8<Int32> {
    isZigzag ? Integrator.unzigzag(codes(group)) : SIMD8(truncatingIfNeeded: codes(group))
  }

  @inline(__always)
  func parts(_ group: Int) -> (residuals: SIMD8<Int32>, steps: SIMD8<Int32>) {
    let residuals = Integrator.unzigzag(codes(group))
    return (residuals, (residuals &+ half) &>> right)
  }
}
