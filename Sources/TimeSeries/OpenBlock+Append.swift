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

  /// What writes the entries of the row after the published ones; not beyond that row, and not while `begin` may be
  /// called.
  var writer: JournalWriter { unsafe JournalWriter(self, columns) }

  /// A new chunk at the end of a series' list; the place of its first entry.
  func newChunk(_ column: UnsafeMutablePointer<JournalColumn>) -> UnsafeMutableRawPointer {
    let start = chunkCount * Self.chunk
    if start &>> shape.segmentShift == segmentCount {
      precondition(segmentCount < shape.segmentLimit, "hasRoom was asked before the row was begun")
      // Aligned, so that an address tells its place in its chunk.
      unsafe segments[segmentCount] = .allocate(byteCount: segmentBytes, alignment: Self.chunk)
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
    return unsafe firstEntry(ofChunk: chunkCount - 1)
  }
}
