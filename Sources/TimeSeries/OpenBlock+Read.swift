/// Reading what was published, without a lock.
extension OpenBlock {
  /// One entry of a series: from `row` on it has `value`, or is absent.
  struct Entry {
    var row: Int
    var delta: Int64
    var isAbsence: Bool
  }

  /// Walks the entries of one series up to the last published one.
  @safe struct EntryReader {
    private let block: OpenBlock
    private var place: UnsafeRawPointer?
    private let end: UnsafeRawPointer?
    private var row = -1

    init(_ block: OpenBlock, _ column: JournalColumn) {
      self.block = block
      unsafe place = column.head == 0 ? nil : UnsafeRawPointer(block.firstEntry(ofChunk: Int(column.head) - 1))
      unsafe end = UnsafeRawPointer(bitPattern: column.place)
    }

    @inline(__always)
    mutating func next() -> Entry? {
      guard var at = unsafe place, let end = unsafe end, unsafe at != end else { return nil }
      if OpenBlock.isFull(UInt(bitPattern: at)) { unsafe at = followLink(at) }
      let first = unsafe at.load(as: UInt8.self)
      let kind = first &>> 3
      if kind == JournalWriter.absence {
        row &+= unsafe Int(UInt16(littleEndian: (at + 1).loadUnaligned(as: UInt16.self))) &+ 1
        unsafe place = at + 3
        return Entry(row: row, delta: 0, isAbsence: true)
      }
      let length = Int(first & 7) &+ 1
      let code = unsafe code(at + 1, length, end)
      unsafe at += 1 + length
      if kind == JournalWriter.farGap {
        row &+= unsafe Int(UInt16(littleEndian: at.loadUnaligned(as: UInt16.self))) &+ 1
        unsafe at += 2
      } else {
        row &+= Int(kind) &+ 1
      }
      unsafe place = at
      return Entry(row: row, delta: unzigzag(code), isAbsence: false)
    }

    /// The first entry of the chunk behind the one that ends at `place`.
    private func followLink(_ place: UnsafeRawPointer) -> UnsafeRawPointer {
      let last = unsafe place - 1
      let chunk = unsafe last - Int(UInt(bitPattern: last) & UInt(OpenBlock.chunk - 1))
      return unsafe UnsafeRawPointer(block.firstEntry(ofChunk: Int(chunk.load(as: UInt32.self))))
    }

    /// An integer of one to eight bytes. What lies behind the last entry is the writer's, and not touched.
    @inline(__always)
    private func code(_ place: UnsafeRawPointer, _ length: Int, _ end: UnsafeRawPointer) -> UInt64 {
      let distance = UInt(bitPattern: end) &- UInt(bitPattern: place)
      if distance >= 8 {
        let bytes = unsafe UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
        return bytes & (.max &>> UInt64(64 &- 8 &* length))
      }
      var code: UInt64 = 0
      for at in 0..<length { unsafe code |= UInt64((place + at).load(as: UInt8.self)) &<< UInt64(8 &* at) }
      return code
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
