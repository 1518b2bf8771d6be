/// The stamps of a block that lie off their even step. Scratch memory of one thread: where few polls were late, most rows need
/// nothing to be written or read.
@safe final class StampOffsets {
  let capacity: Int
  /// Milliseconds by row; 0 but for row 0 and the rows noted in `rows`.
  let values: UnsafeMutablePointer<Int64>
  /// The rows off the step.
  private let rows: UnsafeMutablePointer<UInt16>
  @safe @exclusivity(unchecked) private var count = 0
  /// The stamp of row 0, were it on the step.
  @safe @exclusivity(unchecked) private(set) var base: Int64 = 0
  /// Milliseconds between two rows.
  @safe @exclusivity(unchecked) private(set) var step: Int64 = 0
  /// The least and the most of all rows' offsets, and 0.
  @safe @exclusivity(unchecked) private(set) var least: Int64 = 0
  @safe @exclusivity(unchecked) private(set) var most: Int64 = 0

  /// Serves blocks of up to `capacity` rows.
  init(capacity: Int) {
    self.capacity = max(1, capacity)
    unsafe values = .allocate(capacity: self.capacity)
    unsafe values.initialize(repeating: 0, count: self.capacity)
    unsafe rows = .allocate(capacity: self.capacity)
    unsafe rows.initialize(repeating: 0, count: self.capacity)
  }

  deinit {
    unsafe values.deallocate()
    unsafe rows.deallocate()
  }

  private func clear() {
    for at in 0..<count { unsafe values[Int(rows[at])] = 0 }
    unsafe values[0] = 0
    count = 0
  }

  /// Reads what `EvenStamps.encode` wrote for `total` rows, the first of them stamped `first`. What was read before is gone, also
  /// where this throws.
  func read(_ reader: inout ByteReader, end: Int, first: Int64, rows total: Int, _ scratch: RiceScratch)
    throws(RingCorruption)
  {
    clear()
    guard total > 1, total <= capacity else { throw reader.failure(.badCount) }
    step = try reader.signed()
    let changes = try reader.count(upTo: total - 1)
    var gaps = unsafe GapTaker(rows, before: total)
    _ = try RiceStream.decode(&reader, end: end, count: changes, scratch, into: &gaps)
    guard !gaps.hasFailed else { throw reader.failure(.badCount) }
    count = changes
    let center = try reader.signed()
    base = first &+ center
    var distances = unsafe DistanceTaker(UnsafePointer(rows), values, 0 &- center)
    _ = try RiceStream.decode(&reader, end: end, count: changes, scratch, into: &distances)
    unsafe values[0] = 0 &- center
    (least, most) = (distances.least, distances.most)
  }
}

/// Turns gaps into rows.
@safe private struct GapTaker: RiceTaker {
  private var out: UnsafeMutablePointer<UInt16>
  private var row: UInt64 = 1
  private let limit: UInt64
  /// Whether some row lies behind the last one; then no row counts.
  private(set) var hasFailed = false

  init(_ out: UnsafeMutablePointer<UInt16>, before limit: Int) {
    unsafe self.out = unsafe out
    self.limit = UInt64(limit)
  }

  mutating func take(_ gaps: UnsafeMutablePointer<UInt16>, _ count: Int) {
    take(count) { unsafe UInt64(gaps[$0]) }
  }

  mutating func take(_ gaps: UnsafeMutablePointer<UInt32>, _ count: Int) {
    take(count) { unsafe UInt64(gaps[$0]) }
  }

  mutating func take(_ gaps: UnsafeMutablePointer<UInt64>, _ count: Int) {
    let limit = limit
    take(count) { unsafe min(gaps[$0], limit) }
  }

  /// Rows rise, so that the last one tells of all.
  @inline(__always)
  private mutating func take(_ count: Int, _ gap: (Int) -> UInt64) {
    let out = unsafe out
    var row = row
    for at in 0..<count {
      row &+= gap(at)
      unsafe out[at] = UInt16(truncatingIfNeeded: row)
      row &+= 1
    }
    self.row = row
    if row > limit { hasFailed = true }
    unsafe self.out += count
  }
}

/// Puts distances where their rows are.
@safe private struct DistanceTaker: RiceTaker {
  private var rows: UnsafePointer<UInt16>
  private let out: UnsafeMutablePointer<Int64>
  private(set) var least: Int64
  private(set) var most: Int64

  /// `first` is how far row 0 lies off.
  init(_ rows: UnsafePointer<UInt16>, _ out: UnsafeMutablePointer<Int64>, _ first: Int64) {
    unsafe self.rows = unsafe rows
    unsafe self.out = unsafe out
    least = min(0, first)
    most = max(0, first)
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt16>, _ count: Int) {
    take(count) { unsafe UInt64(codes[$0]) }
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt32>, _ count: Int) {
    take(count) { unsafe UInt64(codes[$0]) }
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt64>, _ count: Int) { take(count) { unsafe codes[$0] } }

  @inline(__always)
  private mutating func take(_ count: Int, _ code: (Int) -> UInt64) {
    var (low, high) = (least, most)
    for at in 0..<count {
      let distance = unzigzag(code(at) &+ 1)
      low = min(low, distance)
      high = max(high, distance)
      unsafe out[Int(rows[at])] = distance
    }
    (least, most) = (low, high)
    unsafe rows += count
  }
}
