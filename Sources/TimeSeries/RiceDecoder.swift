/// Takes the values of a Rice stream in their order, mostly a mini-block at a time.
protocol RiceTaker {
  /// Takes `count` values, up to 64, of 16 bits. The buffer is as below.
  mutating func take(_ values: UnsafeMutablePointer<UInt16>, _ count: Int)
  /// Takes `count` values, up to 64, of 32 bits. The buffer is the taker's until it returns; it may hold more values,
  /// which mean nothing, up to a multiple of eight, and has room for 64 words of the taker's behind 64 values.
  mutating func take(_ values: UnsafeMutablePointer<UInt32>, _ count: Int)
  /// Takes `count` values of any size.
  mutating func take(_ values: UnsafeMutablePointer<UInt64>, _ count: Int)
}

extension RiceStream {
  /// Reads `count` values and leaves the reader behind the stream; or stops after the mini-block that completes `wanted`
  /// values, wherever the reader is then. Returns the values read.
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
    var layout = Layout(header, version: reader.version, at: reader.position)
    try reader.skip((minis(count) * layout.width + 7) / 8)
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
    var patches = isPatched ? try Patches(reader, count) : Patches(none: reader)
    let values = min(layout.values, (min(count, wanted) + mini - 1) / mini * mini)
    try unsafe join(reader.base, bytes, low, values, layout, scratch, &patches, into: &taker)
    reader.position = patches.reader.position
    guard reader.position <= end else { throw reader.failure(.truncated) }
    return values
  }

  private static func minis(_ count: Int) -> Int { (count + mini - 1) / mini }

  /// Where the parts of a stream lie.
  private struct Layout {
    /// The smallest length of low bits.
    var kMin: Int
    /// Bits of a mini-block's distance from it; 0 where all have the smallest.
    var width: Int
    /// Where the distances lie.
    var distances: Int
    /// Values in the mini-blocks that are asked for, those among them that have quotients, and the low bits of all.
    var values = 0
    var quotients = 0
    var lowBits = 0

    init(_ header: UInt8, version: UInt8, at position: Int) {
      let isUniform = header & uniformFlag != 0
      let isShort = !isUniform && version >= 2 && header & shortFlag != 0
      width = isUniform ? 0 : isShort ? 2 : 4
      kMin = Int(header & (isShort ? 0x1F : 0x3F))
      distances = position
    }

    mutating func measure(_ reader: ByteReader, _ count: Int, _ enough: Int) throws(RingCorruption) {
      var at = 0
      while at < count {
        let size = min(mini, count - at)
        let k = unsafe length(reader.base, self, at / mini)
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
  private static func length(_ base: UnsafeRawBufferPointer, _ layout: Layout, _ index: Int) -> Int? {
    if layout.width == 0 { return layout.kMin }
    let bit = index &* layout.width
    let mask: UInt8 = layout.width == 2 ? 3 : 15
    let distance = unsafe base[layout.distances &+ bit &>> 3] &>> UInt8(bit & 7) & mask
    return distance == mask ? nil : layout.kMin &+ Int(distance)
  }

  // MARK: Joining quotients and low bits

  /// Hands over `values` values, mini-block by mini-block. Each begins at a whole byte of low bits, since the ones before are full.
  @inline(__always)
  private static func join<Taker: RiceTaker>(
    _ base: UnsafeRawBufferPointer, _ bytes: UnsafeRawPointer, _ start: Int, _ values: Int, _ layout: Layout,
    _ scratch: RiceScratch, _ patches: inout Patches, into taker: inout Taker
  ) throws(RingCorruption) {
    var quotients = unsafe UnsafePointer(scratch.quotients)
    var position = start
    var at = 0
    while at < values {
      let begin = at
      let size = min(mini, values - begin)
      at += size
      let length = unsafe length(base, layout, begin / mini)
      guard let k = length else {
        if patches.at < at { throw patches.reader.failure(.badCount) }
        unsafe scratch.short.update(repeating: 0, count: mini)
        unsafe taker.take(scratch.short, size)
        continue
      }
      let isPatched = patches.at < at
      if k > narrowLimit {
        unsafe joinWide(base, position * 8, k, size, quotients, scratch.wide)
        while patches.at < at { try unsafe patches.apply(scratch.wide, begin, k) }
        unsafe taker.take(scratch.wide, size)
      } else if isPatched {
        unsafe joinNarrow(bytes + position, k, size, quotients, scratch.narrow)
        let before = patches
        if try unsafe patches.apply(scratch.narrow, begin, at, k) {
          unsafe taker.take(scratch.narrow, size)
        } else {
          patches = before
          unsafe joinWide(base, position * 8, k, size, quotients, scratch.wide)
          while patches.at < at { try unsafe patches.apply(scratch.wide, begin, k) }
          unsafe taker.take(scratch.wide, size)
        }
      } else if k > shortLimit {
        unsafe joinNarrow(bytes + position, k, size, quotients, scratch.narrow)
        unsafe taker.take(scratch.narrow, size)
      } else {
        unsafe joinShort(bytes + position, k, size, quotients, scratch.short)
        unsafe taker.take(scratch.short, size)
      }
      position += k * mini / 8
      unsafe quotients += size
    }
  }

  /// What is added to quotients too long for unary, one after the other.
  private struct Patches {
    private(set) var reader: ByteReader
    /// The place of the next one; behind all values when there is none.
    private(set) var at = Int.max
    private(set) var high: UInt64 = 0
    private var left = 0
    private let count: Int

    init(none reader: ByteReader) {
      self.reader = reader
      count = 0
    }

    /// Those of `count` values, which begin where `reader` is.
    init(_ reader: ByteReader, _ count: Int) throws(RingCorruption) {
      self.reader = reader
      self.count = count
      left = try self.reader.count(upTo: count)
      at = -1
      try next()
    }

    /// Applies the next one, to one of the values of a mini-block that begins at `begin`.
    mutating func apply(_ values: UnsafeMutablePointer<UInt64>, _ begin: Int, _ k: Int) throws(RingCorruption) {
      unsafe values[at - begin] &+= high &<< UInt64(k)
      try next()
    }

    /// Applies all those before `end` to values of 32 bits; false where one would become too large: above half of that range what an
    /// integrator makes of it would not fit.
    mutating func apply(
      _ values: UnsafeMutablePointer<UInt32>, _ begin: Int, _ end: Int, _ k: Int
    ) throws(RingCorruption) -> Bool {
      while at < end {
        let value = unsafe UInt64(values[at - begin]) &+ high &<< UInt64(k)
        if high >= 1 << 31 || value >= 1 << 31 { return false }
        unsafe values[at - begin] = UInt32(truncatingIfNeeded: value)
        try next()
      }
      return true
    }

    mutating func next() throws(RingCorruption) {
      if left == 0 {
        at = .max
        return
      }
      left -= 1
      at += try reader.count(upTo: count) + 1
      guard at < count else { throw reader.failure(.badCount) }
      high = try reader.varint()
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
  static func load(_ bytes: UnsafeRawPointer, _ position: Int) -> UInt64 {
    unsafe UInt64(littleEndian: (bytes + position &>> 3).loadUnaligned(as: UInt64.self)) &>> UInt64(position & 7)
  }
}
