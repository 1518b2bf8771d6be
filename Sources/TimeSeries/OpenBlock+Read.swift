/// Reading what was published, without a lock.
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
