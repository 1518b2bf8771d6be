/// Writes the entries of one row to an open block's journal. What it needs of the block lies in registers, and nothing in
/// an entry's making depends on a branch that the data decides, but for rare ones: a few nanoseconds a change.
@safe struct JournalWriter {
  private let block: OpenBlock
  private let columns: UnsafeMutablePointer<JournalColumn>
  private let row: Int32

  /// The bits of an entry's first byte that hold its kind or distance; the others hold the length of its value.
  static let farGap: UInt8 = 30
  static let absence: UInt8 = 31

  init(_ block: OpenBlock, _ columns: UnsafeMutablePointer<JournalColumn>) {
    self.block = block
    unsafe self.columns = unsafe columns
    row = Int32(truncatingIfNeeded: block.rows)
  }

  /// Adds a change of a series by `delta`.
  @inline(__always)
  func putChange(_ series: Int, delta: Int64) {
    let column = unsafe columns + series
    let code = zigzag(delta)
    // One byte for 0, too.
    let length = UInt8(truncatingIfNeeded: (63 &- (code | 1).leadingZeroBitCount) &>> 3)
    let skipped = unsafe UInt32(bitPattern: row &- column.pointee.lastRow &- 1)
    let place = unsafe place(in: column)
    unsafe (place + 1).storeBytes(of: code.littleEndian, as: UInt64.self)
    var size = Int(length) &+ 2
    if skipped < UInt32(Self.farGap) {
      unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: skipped) &<< 3 | length, as: UInt8.self)
    } else {
      unsafe place.storeBytes(of: Self.farGap &<< 3 | length, as: UInt8.self)
      unsafe (place + size).storeBytes(of: UInt16(truncatingIfNeeded: skipped).littleEndian, as: UInt16.self)
      size &+= 2
    }
    unsafe column.pointee.place = UInt(bitPattern: place + size)
    unsafe column.pointee.lastRow = row
  }

  /// Says that a series is absent from this row on.
  func putAbsence(_ series: Int) {
    let column = unsafe columns + series
    let skipped = unsafe UInt32(bitPattern: row &- column.pointee.lastRow &- 1)
    let place = unsafe place(in: column)
    unsafe place.storeBytes(of: Self.absence &<< 3, as: UInt8.self)
    unsafe (place + 1).storeBytes(of: UInt16(truncatingIfNeeded: skipped).littleEndian, as: UInt16.self)
    unsafe column.pointee.place = UInt(bitPattern: place + 3)
    unsafe column.pointee.lastRow = row
  }

  /// The place of a series' next entry, in a chunk with room for the longest one.
  @inline(__always)
  private func place(in column: UnsafeMutablePointer<JournalColumn>) -> UnsafeMutableRawPointer {
    let place = unsafe column.pointee.place
    if !OpenBlock.isFull(place), let pointer = unsafe UnsafeMutableRawPointer(bitPattern: place) {
      return unsafe pointer
    }
    return unsafe block.newChunk(column)
  }
}
