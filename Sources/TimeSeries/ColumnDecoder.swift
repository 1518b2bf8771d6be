/// Where a stream ends and how much of it is asked for.
struct Stream {
  /// The end of the bytes that belong to it; eight readable bytes must follow.
  var end: Int
  /// Rows of the block.
  var count: Int
  /// Rows needed, from the first.
  var wanted: Int
}

/// Rebuilds a column from what `ColumnEncoder` wrote.
enum ColumnDecoder {
  /// Reads rows 1..<`stream.count` into `out`, at least those wanted; row 0 holds `first` on return. Returns the
  /// rows filled. `out` is a column's memory: up to `Column.overrun` values behind the last are written, too.
  static func decode(
    _ encoding: Encoding, _ reader: inout ByteReader, _ stream: Stream, first: Int64, _ scratch: RiceScratch,
    into out: UnsafeMutablePointer<Int64>
  ) throws(RingCorruption) -> Int {
    let (end, count) = (stream.end, stream.count)
    unsafe out[0] = first
    if count <= 1 { return count }
    switch encoding {
    case .constant: unsafe out.update(repeating: first, count: count)
    case .linear:
      let slope = try reader.signed()
      var value = first
      for at in 1..<count {
        value &+= slope
        unsafe out[at] = value
      }
    case .sparse:
      unsafe try readSparse(&reader, end: end, count: count, scratch) { gaps, deltas, changes, center in
        unsafe spread(gaps, deltas, changes, center, first: first, count: count, into: out)
      }
    case .dictionaryLevel, .dictionaryDelta:
      let entries = try readDictionary(encoding, &reader, first: first)
      var taker = unsafe DictionaryTaker(
        entries.values, entries.size, isDelta: encoding.isDelta, first: first, into: out + 1)
      _ = try RiceStream.decode(&reader, end: end, count: count - 1, scratch, into: &taker)
      if taker.hasFailed { throw reader.failure(.badReference) }
    default:
      var integrator = unsafe Integrator(encoding, first: first, parameter: try reader.signed(), into: out + 1)
      return try RiceStream.decode(
        &reader, end: end, count: count - 1, wanted: max(0, stream.wanted - 1), scratch, into: &integrator) + 1
    }
    return count
  }

  /// Gives `body` the gaps between changes, the changes, their count and centre; it returns false where they lie behind the
  /// last row.
  @inline(__always)
  static func readSparse(
    _ reader: inout ByteReader, end: Int, count: Int, _ scratch: RiceScratch,
    _ body: (UnsafePointer<UInt64>, UnsafePointer<UInt64>, Int, Int64) -> Bool
  ) throws(RingCorruption) {
    let changes = try reader.count(upTo: count - 1)
    var failure: RingCorruption?
    unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * changes + 1) { buffer in
      guard let gaps = buffer.baseAddress else { return }
      do throws(RingCorruption) {
        var taker = unsafe Copier(into: gaps)
        _ = try RiceStream.decode(&reader, end: end, count: changes, scratch, into: &taker)
        let center = try reader.signed()
        _ = try RiceStream.decode(&reader, end: end, count: changes, scratch, into: &taker)
        guard unsafe body(gaps, gaps + changes, changes, center) else { throw reader.failure(.badCount) }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Fills rows 1..<`count` from the gaps between changes and the changes; false where they lie behind the last row.
  @inline(__always)
  private static func spread(
    _ gaps: UnsafePointer<UInt64>, _ deltas: UnsafePointer<UInt64>, _ changes: Int, _ center: Int64, first: Int64,
    count: Int, into out: UnsafeMutablePointer<Int64>
  ) -> Bool {
    var value = first
    var at = 1
    for index in 0..<changes {
      let gap = unsafe gaps[index]
      guard gap < UInt64(count - at) else { return false }
      let stop = at &+ Int(truncatingIfNeeded: gap)
      // Gaps are short, and none is like the next: eight rows are filled without asking.
      unsafe UnsafeMutableRawPointer(out + at).storeBytes(of: SIMD8(repeating: value), as: SIMD8<Int64>.self)
      if stop &- at > 8 { unsafe (out + at).update(repeating: value, count: stop &- at) }
      at = stop
      value &+= unsafe unzigzag(deltas[index]) &+ center
      unsafe out[at] = value
      at &+= 1
    }
    unsafe (out + at).update(repeating: value, count: count - at)
    return true
  }

  /// The entries of a dictionary, and how many there are: at least one.
  @inline(__always)
  static func readDictionary(_ encoding: Encoding, _ reader: inout ByteReader, first: Int64) throws(RingCorruption)
    -> (values: InlineArray<64, Int64>, size: Int)
  {
    let size = try reader.count(upTo: ValueDictionary.limit)
    guard size > 0 else { throw reader.failure(.badCount) }
    var values = InlineArray<64, Int64>(repeating: 0)
    for index in 0..<size { values[index] = try reader.signed() &+ (encoding.isDelta ? 0 : first) }
    return (values, size)
  }
}

/// Copies values.
@safe private struct Copier: RiceTaker {
  private var out: UnsafeMutablePointer<UInt64>

  init(into out: UnsafeMutablePointer<UInt64>) { unsafe self.out = unsafe out }

  mutating func take(_ values: UnsafeMutablePointer<UInt16>, _ count: Int) {
    for at in 0..<count { unsafe out[at] = UInt64(values[at]) }
    unsafe out += count
  }

  mutating func take(_ values: UnsafeMutablePointer<UInt32>, _ count: Int) {
    for at in 0..<count { unsafe out[at] = UInt64(values[at]) }
    unsafe out += count
  }

  mutating func take(_ values: UnsafeMutablePointer<UInt64>, _ count: Int) {
    unsafe out.update(from: values, count: count)
    unsafe out += count
  }
}

/// Turns ranks into the values, or the differences, of a dictionary.
@safe private struct DictionaryTaker: RiceTaker {
  private let values: InlineArray<64, Int64>
  /// Whether there was a rank behind the last entry.
  private(set) var hasFailed = false
  private let size: UInt64
  private let isDelta: Bool
  private var value: Int64
  private var out: UnsafeMutablePointer<Int64>

  init(
    _ values: InlineArray<64, Int64>, _ size: Int, isDelta: Bool, first: Int64,
    into out: UnsafeMutablePointer<Int64>
  ) {
    self.values = values
    self.size = UInt64(size)
    self.isDelta = isDelta
    value = first
    unsafe self.out = unsafe out
  }

  mutating func take(_ ranks: UnsafeMutablePointer<UInt16>, _ count: Int) {
    take(count) { unsafe UInt64(ranks[$0]) }
  }

  mutating func take(_ ranks: UnsafeMutablePointer<UInt32>, _ count: Int) {
    take(count) { unsafe UInt64(ranks[$0]) }
  }

  mutating func take(_ ranks: UnsafeMutablePointer<UInt64>, _ count: Int) { take(count) { unsafe ranks[$0] } }

  @inline(__always)
  private mutating func take(_ count: Int, _ rank: (Int) -> UInt64) {
    let out = unsafe out
    // Its sign tells of a rank behind the last entry.
    var worst: UInt64 = 0
    if isDelta {
      var sum = value
      for at in 0..<count {
        let rank = rank(at)
        worst |= size &- 1 &- rank
        sum &+= values[Int(truncatingIfNeeded: rank & 63)]
        unsafe out[at] = sum
      }
      value = sum
    } else {
      for at in 0..<count {
        let rank = rank(at)
        worst |= size &- 1 &- rank
        unsafe out[at] = values[Int(truncatingIfNeeded: rank & 63)]
      }
    }
    if Int64(bitPattern: worst) < 0 { hasFailed = true }
    unsafe self.out += count
  }
}
