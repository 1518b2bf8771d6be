/// Rows of a column that are asked for, rising; row 0 is never among them.
@safe struct WantedRows {
  private var next: UnsafePointer<Int>
  private let end: UnsafePointer<Int>

  /// The rows must stay where they are for as long as this is used.
  init(_ rows: UnsafeBufferPointer<Int>) {
    guard let base = rows.baseAddress else { preconditionFailure("some row is always asked for") }
    unsafe next = base
    unsafe end = base + rows.count
    while unsafe next < end, unsafe next.pointee <= 0 { unsafe next += 1 }
  }

  /// The next row, if it is below `limit`.
  @inline(__always)
  mutating func take(before limit: Int) -> Int? {
    guard unsafe next < end, unsafe next.pointee < limit else { return nil }
    let row = unsafe next.pointee
    unsafe next += 1
    return row
  }
}
