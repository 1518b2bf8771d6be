/// The place of one series in an open block's journal.
struct JournalColumn: Sendable {
  /// The first chunk plus one; 0 when the series has no entry.
  var head: UInt32 = 0
  /// The row of the last entry; -1 before the first.
  var lastRow: Int32 = -1
  /// The address behind the last entry; 0 when there is no chunk.
  var place: UInt = 0
}

/// The block that rows are appended to: for each series a list of its changes, in chunks of one pool.
///
/// Layout: `docs/ring.md`, "Journal". An append touches only the series that changed.
// Invariant for Sendable: bytes, times and segment pointers below a published position are never written again.
// Everything else changes only under the ring's lock, from which readers copy positions and the count of rows.
@safe final class OpenBlock: @unchecked Sendable {
  static let chunk = 128
  /// The longest entry, eleven bytes, rounded up; a chunk with less room than this is full.
  static let longestEntry = 12

  /// The wall-clock number of the block: time divided by the block's duration.
  let index: Int64
  /// Its number in the ring, rising.
  let sequence: UInt64
  /// Under the ring's lock until the block is closed: readers take their series' part with them.
  @safe @exclusivity(unchecked) var carried: CarriedState
  let shape: Shape
  /// Series that the ring had when it was opened.
  let openedSeries: Int
  /// Series that may come while it is open.
  static let mostNewSeries = 4096
  /// Under the ring's lock until the block is closed, immutable afterwards.
  @safe @exclusivity(unchecked) var rows = 0
  @safe @exclusivity(unchecked) var columnCount: Int
  var epochRows: [Int] = []
  /// Decimal digits of each series, set when the block is closed.
  var scales: [UInt8] = []

  @exclusivity(unchecked) var columns: UnsafeMutablePointer<JournalColumn>
  @safe @exclusivity(unchecked) var columnCapacity: Int
  let times: UnsafeMutablePointer<Int64>
  let segments: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  @safe @exclusivity(unchecked) var segmentCount = 0
  @safe @exclusivity(unchecked) var chunkCount = 0

  /// How much a block takes at a time, and at most.
  struct Shape: Sendable {
    /// The most rows.
    let rows: Int
    /// The logarithm to base 2 of a segment's bytes.
    let segmentShift: Int
    /// The most segments: so many that each series has four chunks, one of which a row may take that changes all of them.
    let segmentLimit: Int

    /// Rows times series that a sealer is to hold at once, but for the least rows of a block: 32 MiB.
    private static let cells = 4 << 20

    /// For a ring's share of memory, in bytes: a small one is not to be filled by what no row has used yet.
    init(share: Int, maximumRows: Int, series: Int) {
      rows = min(maximumRows, max(RingState.leastRows, min(share / 256, Self.cells / max(1, series))))
      segmentShift = min(14, max(11, Int.bitWidth - 1 - max(1, share / 32).leadingZeroBitCount))
      segmentLimit = max(128, (4 * OpenBlock.chunk * series) >> segmentShift + 1)
    }

    var segmentBytes: Int { 1 << segmentShift }
  }

  init(index: Int64, sequence: UInt64, carried: CarriedState, series: Int, shape: Shape) {
    self.index = index
    self.sequence = sequence
    self.carried = carried
    self.shape = shape
    columnCount = series
    openedSeries = series
    columnCapacity = series + 8
    unsafe columns = .allocate(capacity: columnCapacity)
    unsafe columns.initialize(repeating: JournalColumn(), count: columnCapacity)
    unsafe times = .allocate(capacity: shape.rows)
    unsafe segments = .allocate(capacity: shape.segmentLimit)
    unsafe segments.initialize(repeating: nil, count: shape.segmentLimit)
  }

  deinit {
    for segment in 0..<segmentCount { unsafe segments[segment]?.deallocate() }
    unsafe segments.deallocate()
    unsafe times.deallocate()
    unsafe columns.deallocate()
  }

  var segmentBytes: Int { shape.segmentBytes }

  /// Memory held, without the carried state's arrays that the ring shares.
  var bytesUsed: Int {
    segmentCount * segmentBytes + shape.rows * 8 + shape.segmentLimit * 8 + 256 + columnCapacity
      * (MemoryLayout<JournalColumn>.size + 16)
  }

  /// Whether another row of `changes` entries is sure to fit. A block that was made for thousands fewer `series` is not right for
  /// them: it would have too many rows.
  func hasRoom(changes: Int, series: Int) -> Bool {
    let chunksLeft = shape.segmentLimit * segmentBytes / Self.chunk - chunkCount
    return rows < shape.rows && changes <= chunksLeft && series - openedSeries <= Self.mostNewSeries
  }

  /// The time of a row below `rows`.
  func time(_ row: Int) -> Int64 { unsafe times[row] }

  /// The time of row 0; nil in an empty block.
  var firstTime: Int64? { rows == 0 ? nil : time(0) }

  /// The last of the first `rows` rows at or before `time`; -1 if there is none.
  func row(atOrBefore time: Int64, rows: Int) -> Int {
    var low = 0
    var high = rows
    while low < high {
      let middle = (low + high) / 2
      if unsafe times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// Whether a place behind an entry leaves no room in its chunk for the longest one. It is never a chunk's first place, and
  /// 0, that of a series without entries, counts as full.
  @inline(__always)
  static func isFull(_ place: UInt) -> Bool { (place &- 1) & UInt(chunk - 1) >= UInt(chunk - longestEntry) }

  /// The place of a chunk's first entry, behind the number of the next chunk.
  @inline(__always)
  func firstEntry(ofChunk number: Int) -> UnsafeMutableRawPointer {
    let position = number * Self.chunk
    guard let segment = unsafe segments[position &>> shape.segmentShift] else {
      preconditionFailure("chunks are numbered only inside allocated segments")
    }
    return unsafe segment + (position & (segmentBytes - 1)) + 4
  }
}
