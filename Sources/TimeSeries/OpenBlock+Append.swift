/// Appending, under the ring's lock.
extension OpenBlock {
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
    let far: UInt64 = gap == 1 ? 0 : 1
    let first = (code & 63) &<< 1 | far
    let rest = code &>> 6
    if rest < 1 &<< 28 {
      // Spread over bytes in one go: a loop would be mispredicted every other time.
      let low = (rest & 0x7F) | (rest & 0x3F80) &<< 1
      let high = (rest & 0x1F_C000) &<< 2 | (rest & 0xFE0_0000) &<< 3
      let groups = UInt64(truncatingIfNeeded: 70 &- rest.leadingZeroBitCount) / 7
      let more: UInt64 = 0x8080_8080 & ((1 &<< (8 &* groups)) &- 1)
      unsafe place.storeBytes(of: (first | (low | high) &<< 8 | more).littleEndian, as: UInt64.self)
      size &+= UInt32(truncatingIfNeeded: groups)
    } else {
      unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: first) | 0x80, as: UInt8.self)
      size = unsafe putVarint(rest, place, 1)
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
    unsafe column.pointee.place &+= UInt(size)
    unsafe column.pointee.count &+= 1
    unsafe column.pointee.lastRow = Int32(truncatingIfNeeded: row)
  }

  /// The place of the series' next entry, in a chunk with room for the longest one.
  @inline(__always)
  private func reserve(_ column: UnsafeMutablePointer<JournalColumn>) -> UnsafeMutableRawPointer {
    let place = unsafe column.pointee.place
    let offset = place & UInt(Self.chunk - 1)
    // A chunk's first bytes are never an entry's place, and a place behind the last entry may lie in the next chunk.
    if offset &+ UInt(Self.longestEntry) <= UInt(Self.chunk) && offset != 0,
      let pointer = unsafe UnsafeMutableRawPointer(bitPattern: place)
    {
      return unsafe pointer
    }
    return unsafe newChunk(column)
  }

  private func newChunk(_ column: UnsafeMutablePointer<JournalColumn>) -> UnsafeMutableRawPointer {
    let start = chunkCount * Self.chunk
    if start / Self.segmentBytes == segmentCount {
      precondition(segmentCount < Self.segmentLimit, "hasRoom was asked before the row was begun")
      // Aligned, so that an address tells its place in its chunk.
      unsafe segments[segmentCount] = .allocate(byteCount: Self.segmentBytes, alignment: Self.chunk)
      segmentCount += 1
    }
    if unsafe column.pointee.head == 0 {
      unsafe column.pointee.head = UInt32(chunkCount + 1)
    } else {
      let current = unsafe (column.pointee.place - 1) & ~UInt(Self.chunk - 1)
      guard let link = unsafe UnsafeMutableRawPointer(bitPattern: current) else {
        preconditionFailure("a series with a first chunk has a place in one")
      }
      unsafe link.storeBytes(of: UInt32(chunkCount), as: UInt32.self)
    }
    chunkCount += 1
    let place = unsafe address(start + 4)
    unsafe column.pointee.place = UInt(bitPattern: place)
    return unsafe place
  }
}
