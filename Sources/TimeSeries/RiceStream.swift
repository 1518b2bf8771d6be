/// Split Rice coding of non-negative integers in mini-blocks of 64.
///
/// A value is a quotient `value >> k` and `k` low bits. All low bits come first, packed without gaps; then one bit
/// stream of the quotients in unary (zeros, closed by a one); then the patches of quotients too long for unary.
/// Layout: `docs/ring.md`, "Rice stream".
enum RiceStream {
  /// Values that share one `k`.
  static let mini = 64
  /// A quotient of this many zeros is closed by a patch.
  static let cap: UInt64 = 24
  static let uniformFlag: UInt8 = 0x80
  static let patchFlag: UInt8 = 0x40
  /// Without the uniform flag: lengths have two bits each, not four. Not in blocks of version 1, where it is part of the
  /// smallest length.
  static let shortFlag: UInt8 = 0x20

  /// The best `k` for up to 64 values and its bits; nil for an all-zero mini-block.
  static func plan(_ values: UnsafePointer<UInt64>, _ count: Int) -> (k: Int, bits: Int)? {
    var sum: UInt64 = 0
    var union: UInt64 = 0
    var at = 0
    while at < count {
      let value = unsafe values[at]
      union |= value
      sum &+= value &>> 6
      at &+= 1
    }
    if union == 0 { return nil }
    // ponytail: sums of values beyond 2^58 each are not exact; the neighbours of k are tried anyway.
    var low: UInt64 = 0
    at = 0
    while at < count {
      low &+= unsafe values[at] & 63
      at &+= 1
    }
    let mean = (sum &* 64 &+ low) / UInt64(count)
    let guess = mean < 2 ? 0 : 63 - (mean &* 7 / 10 | 1).leadingZeroBitCount
    var best = unsafe (k: guess, bits: cost(values, count, guess, union))
    var k = guess + 1
    while k <= 63 {
      let bits = unsafe cost(values, count, k, union)
      if bits >= best.bits { break }
      best = (k, bits)
      k += 1
    }
    if best.k == guess {
      k = guess - 1
      while k >= 0 {
        let bits = unsafe cost(values, count, k, union)
        if bits >= best.bits { break }
        best = (k, bits)
        k -= 1
      }
    }
    return best
  }

  /// As below, where `union` has the bits of all values: mostly it shows that no quotient is escaped.
  @inline(__always)
  private static func cost(_ values: UnsafePointer<UInt64>, _ count: Int, _ k: Int, _ union: UInt64) -> Int {
    let shift = UInt64(k)
    if union &>> shift >= cap { return unsafe cost(values, count, k) }
    var quotients: UInt64 = 0
    var at = 0
    while at < count {
      quotients &+= unsafe values[at] &>> shift
      at &+= 1
    }
    return count &* (k &+ 1) &+ Int(truncatingIfNeeded: quotients)
  }

  /// Bits of `count` values at `k`; an escaped quotient is charged its patch.
  static func cost(_ values: UnsafePointer<UInt64>, _ count: Int, _ k: Int) -> Int {
    var bits = count * (k + 1)
    let shift = UInt64(k)
    var at = 0
    while at < count {
      let quotient = unsafe values[at] &>> shift
      bits &+= quotient < cap ? Int(quotient) : Int(cap) &+ 16 &+ (64 &- quotient.leadingZeroBitCount)
      at &+= 1
    }
    return bits
  }

  /// An estimate of the bytes that `encode` would write; anything above `limit` once it is sure to be above.
  static func estimate(_ values: UnsafePointer<UInt64>, _ count: Int, limit: Int = .max / 16) -> Int {
    var bits = 8
    let most = limit * 8
    var at = 0
    while at < count {
      let size = min(mini, count - at)
      if let plan = unsafe plan(values + at, size) { bits += plan.bits }
      bits += 4
      if bits > most { return limit + 1 }
      at += size
    }
    return (bits + 7) / 8 + 1
  }

  static func encode(_ values: UnsafePointer<UInt64>, _ count: Int, into writer: inout ByteWriter) {
    if count == 0 { return }
    let minis = (count + mini - 1) / mini
    var ks = [Int?](repeating: nil, count: minis)
    for index in 0..<minis {
      ks[index] = unsafe plan(values + index * mini, min(mini, count - index * mini))?.k
    }
    let lengths = unsafe RiceLengths.smallest(values, count, ks)
    let header = writer.bytes.count
    lengths.write(into: &writer)
    unsafe putBits(values, count, lengths.minis, header, &writer)
  }

  private static func putBits(
    _ values: UnsafePointer<UInt64>, _ count: Int, _ lengths: [Int?], _ header: Int, _ writer: inout ByteWriter
  ) {
    var low = BitWriter(bits: count * ((lengths.compactMap { $0 }.max() ?? 0) + 1))
    var unary = BitWriter(bits: count * 3)
    var patches = ByteWriter()
    var patchCount: UInt64 = 0
    var lastPatch = -1
    for at in 0..<count {
      guard let k = lengths[at / mini] else { continue }
      let value = unsafe values[at]
      low.put(value & ((1 &<< UInt64(k)) &- 1), k)
      let quotient = value >> UInt64(k)
      unary.unary(Int(min(quotient, cap)))
      if quotient >= cap {
        patches.varint(UInt64(at - lastPatch - 1))
        patches.varint(quotient - cap)
        patchCount += 1
        lastPatch = at
      }
    }
    writer.bytes += low.finish()
    writer.bytes += unary.finish()
    if patchCount > 0 {
      writer.bytes[header] |= patchFlag
      writer.varint(patchCount)
      writer.bytes += patches.bytes
    }
  }
}

/// Packs bits, the lowest first.
struct BitWriter {
  private var words: [UInt64] = []
  private var pending: UInt64 = 0
  private var filled = 0

  /// Room for about so many bits.
  init(bits: Int) { words.reserveCapacity(bits / 64 + 2) }

  /// Adds the lowest `count` bits of `value`, up to 64; the others are 0.
  @inline(__always)
  mutating func put(_ value: UInt64, _ count: Int) {
    pending |= value &<< UInt64(filled)
    let total = filled &+ count
    if total >= 64 {
      words.append(pending)
      pending = filled == 0 ? 0 : value &>> UInt64(64 &- filled)
    }
    filled = total & 63
  }

  @inline(__always)
  mutating func unary(_ zeros: Int) { put(1 &<< UInt64(zeros), zeros &+ 1) }

  /// The bits so far, to a whole byte.
  mutating func finish() -> [UInt8] {
    let count = words.count * 8 + (filled + 7) / 8
    words.append(pending)
    for at in words.indices { words[at] = words[at].littleEndian }
    return unsafe words.withUnsafeBytes { unsafe Array($0.prefix(count)) }
  }
}
