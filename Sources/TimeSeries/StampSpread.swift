/// How far the stamps of a block lie off their even step at most. Enough to find most rows without reading the stamps.
struct StampSpread {
  /// The stamp of row 0, were it on the step.
  private let base: Int64
  /// Milliseconds between two rows, above 0.
  private let step: Int64
  private let least: Int64
  private let most: Int64

  /// As packed, of a block whose first stamp is `first`; nil where nothing is known.
  init?(_ packed: UInt64, first: Int64, step: Int64) {
    guard packed != 0, step > 0 else { return nil }
    func part(_ shift: UInt64) -> Int64 { Int64(Int16(truncatingIfNeeded: packed &>> shift)) }
    let (base, overflow) = first.addingReportingOverflow(part(48))
    if overflow { return nil }
    self.base = base
    self.step = step
    least = part(32)
    most = part(16)
  }

  /// What a block's stamps tell, as one word: the first row's distance, the least, the most, and a 1; 0 where they are too large.
  static func packed(_ offsets: StampOffsets, first: Int64) -> UInt64 {
    guard let center = Int16(exactly: offsets.base &- first), let least = Int16(exactly: offsets.least),
      let most = Int16(exactly: offsets.most)
    else { return 0 }
    func part(_ value: Int16, _ shift: UInt64) -> UInt64 { UInt64(UInt16(bitPattern: value)) &<< shift }
    return part(center, 48) | part(least, 32) | part(most, 16) | 1
  }

  /// The last row at or before `time`, which lies in the block and before its last stamp; nil where the stamps must be read.
  @inline(__always)
  func row(atOrBefore time: Int64) -> Int? {
    let distance = time &- base
    guard distance >= 0 else { return nil }
    let (row, phase) = distance.quotientAndRemainder(dividingBy: step)
    // This row has come for certain, and the next one has not.
    return phase >= most && phase < step &+ least ? Int(row) : nil
  }

  /// Whether a row is stamped `time` or later for certain.
  @inline(__always)
  func isCertain(_ row: Int, notBefore time: Int64) -> Bool { base &+ Int64(row) &* step &+ least >= time }
}
