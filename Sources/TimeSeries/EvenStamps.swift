/// Stamps of polls that are mostly as far apart as planned: an even step, and the rows that lie off it.
///
/// A late poll costs one entry: the next one is where it was planned. Read faster than differences, since most rows need
/// nothing but the step. Layout: `docs/ring.md`, "Stamps".
enum EvenStamps {
  /// The tag in a block's header; those below are an `Encoding`'s. Blocks of version 1 don't have it.
  static let tag: UInt8 = 16

  /// The stream; nil where many rows lie off, or the block is short.
  static func encode(_ times: UnsafePointer<Int64>, _ count: Int) -> [UInt8]? {
    if count < 3 { return nil }
    let step = sampleMedian(count) { unsafe times[$0] &- times[$0 - 1] }
    let offsets = (1..<count).map { unsafe times[$0] &- times[0] &- Int64($0) &* step }
    let center = mostFrequent(offsets)
    var gaps: [UInt64] = []
    var distances: [UInt64] = []
    var last = 0
    for (at, offset) in offsets.enumerated() where offset != center {
      gaps.append(UInt64(at - last))
      distances.append(zigzag(offset &- center) &- 1)
      last = at + 1
    }
    if gaps.count * 2 > count { return nil }
    var writer = ByteWriter()
    writer.signed(step)
    writer.varint(UInt64(gaps.count))
    unsafe gaps.withUnsafeBufferPointer { unsafe write($0, into: &writer) }
    writer.signed(center)
    unsafe distances.withUnsafeBufferPointer { unsafe write($0, into: &writer) }
    return writer.bytes
  }

  private static func write(_ values: UnsafeBufferPointer<UInt64>, into writer: inout ByteWriter) {
    if let base = values.baseAddress { unsafe RiceStream.encode(base, values.count, into: &writer) }
  }

  private static func mostFrequent(_ offsets: [Int64]) -> Int64 {
    let sorted = offsets.sorted()
    var best: (value: Int64, count: Int) = (sorted[0], 0)
    var start = 0
    for at in 1...sorted.count where at == sorted.count || sorted[at] != sorted[start] {
      if at - start > best.count { best = (sorted[start], at - start) }
      start = at
    }
    return best.value
  }

  /// Fills all `count` rows of `out`, which is a column's memory, from the first stamp on. Queries read `StampOffsets` instead.
  static func decode(
    _ reader: inout ByteReader, end: Int, first: Int64, count: Int, _ scratch: RiceScratch,
    into out: UnsafeMutablePointer<Int64>
  ) throws(RingCorruption) {
    let offsets = StampOffsets(capacity: count)
    try offsets.read(&reader, end: end, first: first, rows: count, scratch)
    for row in 0..<count { unsafe out[row] = offsets.base &+ Int64(row) &* offsets.step &+ offsets.values[row] }
  }
}
