/// Reads runs of zeros closed by a one, a byte of them at a time: a table tells which runs a byte closes.
///
/// No step depends on the data but the table's load, so that nothing is mispredicted; bytes that close four or five
/// runs, as a Rice stream's mostly do, cost about two cycles each.
// Invariant for Sendable: the table is written in `init` only.
@safe final class UnaryDecoder: @unchecked Sendable {
  static let shared = UnaryDecoder()
  /// Bytes that must be writable behind the quotients asked for.
  static let overrun = 8

  private struct Entry {
    /// The lengths of the runs that the byte closes, eight bits each, the first lowest.
    var runs: UInt64 = 0
    /// How many they are.
    var count: UInt32 = 0
    /// The zeros behind the last one.
    var tail: UInt16 = 8
    /// All ones where the zeros before the byte stay open: in a byte without a one.
    var keep: UInt16 = .max
  }

  private let entries: UnsafeMutablePointer<Entry>

  private init() {
    unsafe entries = .allocate(capacity: 256)
    for byte in 0..<256 {
      var entry = Entry()
      var start = 0
      for bit in 0..<8 where byte >> bit & 1 == 1 {
        entry.runs |= UInt64(bit - start) << UInt64(8 * entry.count)
        entry.count += 1
        entry.keep = 0
        start = bit + 1
      }
      entry.tail = UInt16(8 - start)
      unsafe (entries + byte).initialize(to: entry)
    }
  }

  deinit { unsafe entries.deallocate() }

  /// Writes the lengths of `count` runs to `out`, and up to `overrun` bytes behind them. Lengths above 255, which no
  /// writer makes, come out wrong. Returns the position behind the last byte read; nil when the bytes end before.
  func read(
    _ base: UnsafeRawBufferPointer, at position: Int, end: Int, count: Int, into out: UnsafeMutablePointer<UInt8>
  )
    -> Int?
  {
    guard let bytes = base.baseAddress, end <= base.count else { return nil }
    let entries = unsafe entries
    let raw = UnsafeMutableRawPointer(out)
    var next = position
    var at = 0
    var open: UInt64 = 0
    while at < count {
      if next >= end { return nil }
      let entry = unsafe entries + Int((bytes + next).load(as: UInt8.self))
      next &+= 1
      unsafe raw.storeBytes(of: (entry.pointee.runs &+ open).littleEndian, toByteOffset: at, as: UInt64.self)
      at &+= unsafe Int(truncatingIfNeeded: entry.pointee.count)
      open =
        unsafe open & UInt64(truncatingIfNeeded: entry.pointee.keep)
        &+ UInt64(truncatingIfNeeded: entry.pointee.tail)
    }
    return next
  }
}
