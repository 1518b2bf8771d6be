/// What a ring knew of its series before a block's first row.
struct CarriedState: Sendable {
  /// The last value of each series, 0 before its birth.
  var values: [Int64]
  /// What resets have added to each counter so far: the value plus this never falls.
  var adjustments: [Int64]
  /// Series that were present in the row before.
  var present: BitSet
  /// Series that have had a value.
  var born: BitSet
  /// Series that have not been seen since the server's identity changed.
  var pending: BitSet
  /// Series whose decimal digits changed with this block.
  var rescaled: BitSet

  /// One series' part.
  struct Cell: Sendable, Equatable {
    var value: Int64
    var adjustment: Int64
    var present: Bool
    var born: Bool
    var pending: Bool
  }

  func cell(_ index: Int) -> Cell {
    Cell(
      value: value(index), adjustment: adjustment(index), present: present[index], born: born[index],
      pending: pending[index])
  }

  /// Lets a series that is born in this block begin with its value, as if it had always had it.
  mutating func bear(_ index: Int, _ value: Int64) {
    while values.count <= index {
      values.append(0)
      adjustments.append(0)
    }
    values[index] = value
  }

  func value(_ index: Int) -> Int64 { index < values.count ? values[index] : 0 }
  func adjustment(_ index: Int) -> Int64 { index < adjustments.count ? adjustments[index] : 0 }
}

/// The place of one series in an open block's journal.
struct JournalColumn: Sendable {
  /// The first chunk plus one; 0 when the series has no entry.
  var head: UInt32 = 0
  /// Where the next entry goes: chunk number times the chunk's size plus an offset.
  var position: UInt32 = 0
  /// Entries written.
  var count: UInt32 = 0
  /// The row of the last entry; -1 before the first.
  var lastRow: Int32 = -1
}

/// The block that rows are appended to: for each series a list of its changes, in chunks of one pool.
///
/// Layout: `docs/ring.md`, "Journal". An append touches only the series that changed.
// Invariant for Sendable: bytes, times and segment pointers below a published position are never written again.
// Everything else changes only under the ring's lock, from which readers copy positions and the count of rows.
@safe final class OpenBlock: @unchecked Sendable {
  static let chunk = 128
  static let segmentBytes = 16 << 10
  static let segmentLimit = 128
  /// The longest entry; a chunk with less room than this is full.
  static let longestEntry = 16

  /// The wall-clock number of the block: time divided by the block's duration.
  let index: Int64
  /// Its number in the ring, rising.
  let sequence: UInt64
  /// Under the ring's lock until the block is closed: readers take their series' part with them.
  private(set) var carried: CarriedState
  let capacity: Int
  /// Under the ring's lock until the block is closed, immutable afterwards.
  private(set) var rows = 0
  private(set) var columnCount: Int
  private(set) var epochRows: [Int] = []
  /// Decimal digits of each series, set when the block is closed.
  var scales: [UInt8] = []

  private var columns: UnsafeMutablePointer<JournalColumn>
  private var columnCapacity: Int
  private let times: UnsafeMutablePointer<Int64>
  private let segments: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private var segmentCount = 0
  private var chunkCount = 0

  init(index: Int64, sequence: UInt64, carried: CarriedState, series: Int, capacity: Int) {
    self.index = index
    self.sequence = sequence
    self.carried = carried
    self.capacity = capacity
    columnCount = series
    columnCapacity = series + 8
    unsafe columns = .allocate(capacity: columnCapacity)
    unsafe columns.initialize(repeating: JournalColumn(), count: columnCapacity)
    unsafe times = .allocate(capacity: capacity)
    unsafe segments = .allocate(capacity: Self.segmentLimit)
    unsafe segments.initialize(repeating: nil, count: Self.segmentLimit)
  }

  deinit {
    for segment in 0..<segmentCount { unsafe segments[segment]?.deallocate() }
    unsafe segments.deallocate()
    unsafe times.deallocate()
    unsafe columns.deallocate()
  }

  /// Memory held, without the carried state's arrays that the ring shares.
  var bytesUsed: Int {
    segmentCount * Self.segmentBytes + capacity * 8 + Self.segmentLimit * 8 + 256 + columnCapacity
      * (MemoryLayout<JournalColumn>.size + 16)
  }

  /// Whether another row of `changes` entries is sure to fit.
  func hasRoom(changes: Int) -> Bool {
    let chunksLeft = Self.segmentLimit * Self.segmentBytes / Self.chunk - chunkCount
    return rows < capacity && changes <= chunksLeft
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

  // MARK: Appending, under the ring's lock

  /// Makes room for series registered since the block was opened.
  func begin(series: Int) {
    if series > columnCapacity {
      let larger = series + series / 2
      let moved = UnsafeMutablePointer<JournalColumn>.allocate(capacity: larger)
      unsafe moved.initialize(repeating: JournalColumn(), count: larger)
      unsafe moved.update(from: columns, count: columnCount)
      unsafe columns.deallocate()
      unsafe columns = moved
      columnCapacity = larger
    }
    columnCount = max(columnCount, series)
  }

  /// The place of a series in the journal; empty for one that was registered later.
  func column(_ series: Int) -> JournalColumn {
    unsafe series < columnCount ? columns[series] : JournalColumn()
  }

  func bear(_ series: Int, _ value: Int64) { carried.bear(series, value) }

  func markEpoch() { epochRows.append(rows) }

  /// Publishes the row whose entries were put.
  func finishRow(at time: Int64) {
    unsafe times[rows] = time
    rows += 1
  }

  /// Adds a change in the row being written, which is `row`.
  @inline(__always)
  func putChange(_ series: Int, delta: Int64, row: Int) {
    let column = unsafe columns + series
    let code = zigzag(delta)
    let gap = row &- Int(unsafe column.pointee.lastRow)
    let place = unsafe reserve(column)
    var size: UInt32 = 1
    let far: UInt8 = gap == 1 ? 0 : 1
    if code < 64 {
      unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: code) &<< 1 | far, as: UInt8.self)
    } else {
      unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: code & 63) &<< 1 | far | 0x80, as: UInt8.self)
      size = unsafe putVarint(code &>> 6, place, 1)
    }
    if far != 0 { size = unsafe putVarint(UInt64(truncatingIfNeeded: gap &- 1), place, size) }
    unsafe advance(column, size, row)
  }

  func putAbsence(_ series: Int) {
    let column = unsafe columns + series
    let gap = rows - Int(unsafe column.pointee.lastRow)
    let place = unsafe reserve(column)
    unsafe place.storeBytes(of: 1, as: UInt8.self)
    unsafe place.storeBytes(of: 0, toByteOffset: 1, as: UInt8.self)
    unsafe advance(column, putVarint(UInt64(gap), place, 2), rows)
  }

  /// Writes a varint at an offset from `place` and returns the offset behind it.
  @inline(__always)
  private func putVarint(_ value: UInt64, _ place: UnsafeMutableRawPointer, _ offset: UInt32) -> UInt32 {
    var rest = value
    var offset = offset
    while rest >= 0x80 {
      unsafe place.storeBytes(
        of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: Int(offset), as: UInt8.self)
      rest &>>= 7
      offset &+= 1
    }
    unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: Int(offset), as: UInt8.self)
    return offset &+ 1
  }

  @inline(__always)
  private func advance(_ column: UnsafeMutablePointer<JournalColumn>, _ size: UInt32, _ row: Int) {
    unsafe column.pointee.position &+= size
    unsafe column.pointee.count &+= 1
    unsafe column.pointee.lastRow = Int32(truncatingIfNeeded: row)
  }

  /// The place of the series' next entry, in a chunk with room for the longest one.
  @inline(__always)
  private func reserve(_ column: UnsafeMutablePointer<JournalColumn>) -> UnsafeMutableRawPointer {
    let position = Int(unsafe column.pointee.position)
    if position & (Self.chunk - 1) &+ Self.longestEntry > Self.chunk || position == 0 {
      return unsafe newChunk(column)
    }
    return unsafe address(position)
  }

  @inline(__always)
  private func address(_ position: Int) -> UnsafeMutableRawPointer {
    guard let segment = unsafe segments[position / Self.segmentBytes] else {
      preconditionFailure("positions are given out only inside allocated segments")
    }
    return unsafe segment + position % Self.segmentBytes
  }

  private func newChunk(_ column: UnsafeMutablePointer<JournalColumn>) -> UnsafeMutableRawPointer {
    let start = chunkCount * Self.chunk
    if start / Self.segmentBytes == segmentCount {
      precondition(segmentCount < Self.segmentLimit, "hasRoom was asked before the row was begun")
      unsafe segments[segmentCount] = .allocate(byteCount: Self.segmentBytes, alignment: 8)
      segmentCount += 1
    }
    if unsafe column.pointee.head == 0 {
      unsafe column.pointee.head = UInt32(chunkCount + 1)
    } else {
      let current = unsafe (Int(column.pointee.position) - 1) / Self.chunk * Self.chunk
      unsafe address(current).storeBytes(of: UInt32(chunkCount), as: UInt32.self)
    }
    chunkCount += 1
    unsafe column.pointee.position = UInt32(start + 4)
    return unsafe address(start + 4)
  }
}

// MARK: - Reading

extension OpenBlock {
  /// One entry of a series: from `row` on it has `value`, or is absent.
  struct Entry {
    var row: Int
    var delta: Int64
    var isAbsence: Bool
  }

  /// Walks the entries of one series up to a published count.
  struct EntryReader {
    private let block: OpenBlock
    private var position: Int
    private var left: Int
    private var row = -1

    init(_ block: OpenBlock, _ column: JournalColumn) {
      self.block = block
      position = column.head == 0 ? 0 : (Int(column.head) - 1) * OpenBlock.chunk + 4
      left = Int(column.count)
    }

    mutating func next() -> Entry? {
      if left == 0 { return nil }
      left -= 1
      if position & (OpenBlock.chunk - 1) + OpenBlock.longestEntry > OpenBlock.chunk {
        let chunk = position / OpenBlock.chunk * OpenBlock.chunk
        position = unsafe Int(block.address(chunk).load(as: UInt32.self)) * OpenBlock.chunk + 4
      }
      let first = byte()
      var code = UInt64(first & 0x7F) &>> 1
      if first & 0x80 != 0 { code |= varint() &<< 6 }
      if first & 1 == 0 {
        row += 1
        return Entry(row: row, delta: unzigzag(code), isAbsence: false)
      }
      let gap = Int(varint())
      if gap > 0 {
        row += gap + 1
        return Entry(row: row, delta: unzigzag(code), isAbsence: false)
      }
      row += Int(varint())
      return Entry(row: row, delta: 0, isAbsence: true)
    }

    @inline(__always)
    private mutating func byte() -> UInt8 {
      defer { position &+= 1 }
      return unsafe block.address(position).load(as: UInt8.self)
    }

    private mutating func varint() -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        let next = byte()
        value |= UInt64(next & 0x7F) &<< shift
        if next < 0x80 { return value }
        shift += 7
      }
    }
  }

  /// Fills the column's first `rows` rows, carried forward through absences.
  func fill(_ journal: JournalColumn, _ cell: CarriedState.Cell, rows: Int, into column: Column) {
    column.reset(rows: rows)
    var value = cell.value
    var present = cell.present
    var entries = EntryReader(self, journal)
    var at = 0
    while let entry = entries.next() {
      column.fill(at, entry.row, value)
      at = entry.row
      value &+= entry.delta
      if present == entry.isAbsence {
        present.toggle()
        column.toggles.append(entry.row)
      }
    }
    column.fill(at, rows, value)
    column.finish(present: cell.present)
  }
}
