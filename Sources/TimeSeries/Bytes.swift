/// Why a block or a record could not be read. Blocks in memory never give this; bytes read back from a file can.
public struct RingCorruption: Error, Hashable, Sendable {
  /// Kinds of damage.
  public enum Code: String, Sendable {
    case truncated
    case unknownEncoding
    case badCount
    case badReference
    case newerFormat
    case badChecksum
  }

  /// What was wrong.
  public let code: Code
  /// Bytes from the start of the block.
  public let offset: Int
}

/// Appends little-endian fields and variable-length integers.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func put<T: FixedWidthInteger>(_ value: T) {
    for shift in stride(from: 0, to: T.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  /// LEB128: seven bits a byte, the lowest first.
  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A signed integer as a zigzag varint.
  mutating func signed(_ value: Int64) { varint(zigzag(value)) }
}

/// Reads what `ByteWriter` wrote; every read is checked against the end.
@safe struct ByteReader {
  let base: UnsafeRawBufferPointer
  var position: Int
  /// The version of the block that is read.
  var version = SealedBlock.version

  init(_ base: UnsafeRawBufferPointer, at position: Int = 0) {
    unsafe self.base = unsafe base
    self.position = position
  }

  func failure(_ code: RingCorruption.Code) -> RingCorruption { RingCorruption(code: code, offset: position) }

  @inline(__always)
  mutating func byte() throws(RingCorruption) -> UInt8 {
    guard position >= 0, unsafe position < base.count else { throw failure(.truncated) }
    defer { position += 1 }
    return unsafe base[position]
  }

  mutating func fixed<T: FixedWidthInteger>(_: T.Type) throws(RingCorruption) -> T {
    let size = MemoryLayout<T>.size
    guard position >= 0, unsafe base.count - position >= size else { throw failure(.truncated) }
    defer { position += size }
    return unsafe T(littleEndian: base.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  @inline(__always)
  mutating func varint() throws(RingCorruption) -> UInt64 {
    let first = try byte()
    if first < 0x80 { return UInt64(first) }
    if unsafe base.count - position >= 8 {
      // Up to eight more bytes at once: those up to the first without the highest bit, seven bits of each brought together.
      let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let stops = ~word & 0x8080_8080_8080_8080
      if stops != 0 {
        var rest = word & (stops ^ (stops &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
        rest = rest & 0x007F_007F_007F_007F | (rest & 0x7F00_7F00_7F00_7F00) &>> 1
        rest = rest & 0x0000_3FFF_0000_3FFF | (rest & 0x3FFF_0000_3FFF_0000) &>> 2
        rest = rest & 0x0000_0000_0FFF_FFFF | (rest & 0x0FFF_FFFF_0000_0000) &>> 4
        position &+= stops.trailingZeroBitCount / 8 &+ 1
        return UInt64(first & 0x7F) | rest &<< 7
      }
    }
    return try longVarint(UInt64(first & 0x7F))
  }

  private mutating func longVarint(_ start: UInt64) throws(RingCorruption) -> UInt64 {
    var value = start
    var shift: UInt64 = 7
    while true {
      let next = try byte()
      guard shift < 63 || (shift == 63 && next <= 1) else { throw failure(.badCount) }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  @inline(__always)
  mutating func signed() throws(RingCorruption) -> Int64 { unzigzag(try varint()) }

  /// A count no larger than `limit`.
  mutating func count(upTo limit: Int) throws(RingCorruption) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else { throw failure(.badCount) }
    return Int(value)
  }

  mutating func skip(_ count: Int) throws(RingCorruption) {
    guard count >= 0, unsafe base.count - position >= count else { throw failure(.truncated) }
    position += count
  }
}

@inline(__always)
func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)) }

@inline(__always)
func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value &>> 1) ^ (0 &- Int64(bitPattern: value & 1)) }

/// A dense set of small integers.
struct BitSet: Equatable, Sendable {
  var words: [UInt64]

  init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

  subscript(index: Int) -> Bool {
    get { index >> 6 < words.count && words[index >> 6] &>> UInt64(index & 63) & 1 == 1 }
    set {
      if index >> 6 >= words.count { grow(to: index + 1) }
      let bit: UInt64 = 1 &<< UInt64(index & 63)
      if newValue { words[index >> 6] |= bit } else { words[index >> 6] &= ~bit }
    }
  }

  mutating func grow(to count: Int) {
    while words.count < (count + 63) / 64 { words.append(0) }
  }

  func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }

  var isEmpty: Bool { !words.contains { $0 != 0 } }
}

/// Calls `body` with the index of every bit set in `word`, offset by `base`.
@inline(__always)
func forEachBit(_ word: UInt64, base: Int, _ body: (Int) -> Void) {
  var rest = word
  while rest != 0 {
    body(base + rest.trailingZeroBitCount)
    rest &= rest &- 1
  }
}
