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
  /// rows filled.
  static func decode(
    _ encoding: Encoding, _ reader: inout ByteReader, _ stream: Stream, first: Int64,
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
    case .sparse: unsafe try sparse(&reader, end: end, first: first, count: count, into: out)
    case .dictionaryLevel, .dictionaryDelta:
      unsafe try dictionary(encoding.isDelta, &reader, end: end, first: first, count: count, into: out)
    default:
      let parameter = try reader.signed()
      let raw = unsafe UnsafeMutableRawPointer(out + 1).assumingMemoryBound(to: UInt64.self)
      let read = unsafe try RiceStream.decode(
        &reader, end: end, count: count - 1, wanted: max(0, stream.wanted - 1), into: raw)
      unsafe integrate(encoding, parameter, read + 1, out)
      return read + 1
    }
    return count
  }

  /// Turns the residuals at out[1...] into values.
  private static func integrate(
    _ encoding: Encoding, _ parameter: Int64, _ count: Int, _ out: UnsafeMutablePointer<Int64>
  ) {
    if let shift = encoding.shift {
      if encoding.isDelta {
        unsafe averageDeltas(shift, parameter, count, out)
      } else {
        unsafe averageLevels(shift, count, out)
      }
      return
    }
    var value = unsafe out[0]
    switch encoding {
    case .level:
      let center = value &+ parameter
      for at in 1..<count { unsafe out[at] = center &+ unzigzag(UInt64(bitPattern: out[at])) }
    case .offsetLevel:
      let low = value &+ parameter
      for at in 1..<count { unsafe out[at] &+= low }
    case .offsetDelta:
      for at in 1..<count {
        value &+= unsafe out[at] &+ parameter
        unsafe out[at] = value
      }
    default:
      for at in 1..<count {
        value &+= unsafe unzigzag(UInt64(bitPattern: out[at])) &+ parameter
        unsafe out[at] = value
      }
    }
  }

  private static func averageLevels(_ shift: Int64, _ count: Int, _ out: UnsafeMutablePointer<Int64>) {
    let half = roundingHalf(shift)
    var state = unsafe out[0]
    for at in 1..<count {
      let residual = unsafe unzigzag(UInt64(bitPattern: out[at]))
      unsafe out[at] = state &+ residual
      state &+= adaptation(residual, shift, half)
    }
  }

  private static func averageDeltas(
    _ shift: Int64, _ start: Int64, _ count: Int, _ out: UnsafeMutablePointer<Int64>
  ) {
    let half = roundingHalf(shift)
    var state = start
    var value = unsafe out[0]
    for at in 1..<count {
      let residual = unsafe unzigzag(UInt64(bitPattern: out[at]))
      value &+= state &+ residual
      unsafe out[at] = value
      state &+= adaptation(residual, shift, half)
    }
  }

  private static func sparse(
    _ reader: inout ByteReader, end: Int, first: Int64, count: Int, into out: UnsafeMutablePointer<Int64>
  ) throws(RingCorruption) {
    let changes = try reader.count(upTo: count - 1)
    let gaps = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * changes + 1)
    defer { unsafe gaps.deallocate() }
    _ = unsafe try RiceStream.decode(&reader, end: end, count: changes, into: gaps)
    let center = try reader.signed()
    let deltas = unsafe gaps + changes
    _ = unsafe try RiceStream.decode(&reader, end: end, count: changes, into: deltas)
    var value = first
    var at = 1
    for index in 0..<changes {
      let gap = unsafe gaps[index]
      guard gap < UInt64(count - at) else { throw reader.failure(.badCount) }
      let stop = at &+ Int(truncatingIfNeeded: gap)
      // Gaps are short: a loop is faster than a call.
      while at < stop {
        unsafe out[at] = value
        at &+= 1
      }
      value &+= unsafe unzigzag(deltas[index]) &+ center
      unsafe out[at] = value
      at &+= 1
    }
    unsafe (out + at).update(repeating: value, count: count - at)
  }

  private static func dictionary(
    _ delta: Bool, _ reader: inout ByteReader, end: Int, first: Int64, count: Int,
    into out: UnsafeMutablePointer<Int64>
  ) throws(RingCorruption) {
    let size = try reader.count(upTo: ValueDictionary.limit)
    guard size > 0 else { throw reader.failure(.badCount) }
    var failed = false
    var failure: RingCorruption?
    unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: ValueDictionary.limit) { values in
      do throws(RingCorruption) {
        for index in 0..<size { unsafe values[index] = try reader.signed() &+ (delta ? 0 : first) }
        let raw = unsafe UnsafeMutableRawPointer(out + 1).assumingMemoryBound(to: UInt64.self)
        _ = unsafe try RiceStream.decode(&reader, end: end, count: count - 1, into: raw)
        var value = first
        for at in 1..<count {
          let rank = unsafe UInt64(bitPattern: out[at])
          if rank >= UInt64(size) { failed = true }
          let entry = unsafe values[Int(truncatingIfNeeded: rank & 63)]
          value = delta ? value &+ entry : entry
          unsafe out[at] = value
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    if failed { throw reader.failure(.badReference) }
  }
}
