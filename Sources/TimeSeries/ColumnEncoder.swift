/// Finds the smallest encoding of a column and writes it. One encoder serves one thread; it keeps its scratch memory.
@safe final class ColumnEncoder {
  private let residuals: UnsafeMutablePointer<UInt64>
  private let extra: UnsafeMutablePointer<UInt64>
  private let capacity: Int
  private var dictionary = ValueDictionary()

  /// Serves columns of up to `capacity` rows.
  init(capacity: Int) {
    self.capacity = capacity
    unsafe residuals = .allocate(capacity: max(1, capacity))
    unsafe extra = .allocate(capacity: max(1, capacity))
  }

  deinit {
    unsafe residuals.deallocate()
    unsafe extra.deallocate()
  }

  /// A chosen encoding and about how many bytes it takes.
  struct Choice {
    var encoding: Encoding
    var bytes: Int
  }

  /// The smallest encoding of `count` rows by estimate. Costs about 10 passes over the column.
  func choose(_ values: UnsafePointer<Int64>, _ count: Int) -> Choice {
    precondition(count >= 1 && count <= capacity, "the sealer sizes its encoder for the longest block")
    let shape = unsafe Shape(values, count)
    if shape.changes == 0 { return Choice(encoding: .constant, bytes: 0) }
    if shape.isLinear { return Choice(encoding: .linear, bytes: 2) }
    var best = Choice(encoding: .sparse, bytes: .max)
    func consider(_ encoding: Encoding, _ bytes: Int) {
      if bytes < best.bytes { best = Choice(encoding: encoding, bytes: bytes) }
    }
    if shape.changes * 2 < count { unsafe consider(.sparse, estimateSparse(values, count)) }
    if shape.changes * 8 > count { unsafe chooseAverage(values, count, consider) }
    unsafe consider(.dictionaryDelta, estimateDictionary(values, count, delta: true))
    unsafe consider(.dictionaryLevel, estimateDictionary(values, count, delta: false))
    if best.bytes == .max { unsafe consider(.delta, estimate(.delta, values, count)) }
    return best
  }

  /// Tries constant predictions first, then moving averages from slow to fast for as long as they get better.
  private func chooseAverage(_ values: UnsafePointer<Int64>, _ count: Int, _ consider: (Encoding, Int) -> Void) {
    func attempt(_ encoding: Encoding, limit: Int = .max / 16) -> Int {
      let bytes = unsafe estimate(encoding, values, count, limit: limit)
      consider(encoding, bytes)
      return bytes
    }
    func descend(_ encodings: [Encoding], from start: Int) {
      var last = start
      for encoding in encodings {
        let bytes = attempt(encoding, limit: last)
        if bytes > last { return }
        last = bytes
      }
    }
    let delta = attempt(.delta)
    let level = attempt(.level)
    if delta * 10 <= level * 11 {
      _ = attempt(.offsetDelta)
      descend([.delta3, .delta2, .delta1, .delta0], from: delta)
    }
    if level * 10 <= delta * 13 {
      _ = attempt(.offsetLevel)
      descend([.level3, .level2, .level1], from: level + level / 8)
    }
  }

  /// Writes rows 1..<`count`; the first value is the caller's to write.
  func write(_ encoding: Encoding, _ values: UnsafePointer<Int64>, _ count: Int, into writer: inout ByteWriter) {
    if count <= 1 { return }
    switch encoding {
    case .constant: return
    case .linear: unsafe writer.signed(values[1] &- values[0])
    case .sparse: unsafe writeSparse(values, count, into: &writer)
    case .dictionaryLevel, .dictionaryDelta:
      _ = unsafe dictionary.build(values, count, delta: encoding.isDelta, ranks: residuals)
      dictionary.write(into: &writer)
      unsafe RiceStream.encode(residuals, count - 1, into: &writer)
    default:
      writer.signed(unsafe residualize(encoding, values, count))
      unsafe RiceStream.encode(residuals, count - 1, into: &writer)
    }
  }

  private func estimate(
    _ encoding: Encoding, _ values: UnsafePointer<Int64>, _ count: Int, limit: Int = .max / 16
  ) -> Int {
    let parameter = unsafe residualize(encoding, values, count)
    return unsafe varintSize(zigzag(parameter)) + RiceStream.estimate(residuals, count - 1, limit: limit)
  }

  private func estimateDictionary(_ values: UnsafePointer<Int64>, _ count: Int, delta: Bool) -> Int {
    guard unsafe dictionary.build(values, count, delta: delta, ranks: residuals) else { return .max }
    return unsafe dictionary.size + RiceStream.estimate(residuals, count - 1)
  }

  /// Fills `residuals` with rows 1..<`count` and returns the encoding's parameter.
  private func residualize(_ encoding: Encoding, _ values: UnsafePointer<Int64>, _ count: Int) -> Int64 {
    if let shift = encoding.shift {
      return encoding.isDelta
        ? unsafe averageDeltas(values, count, shift) : unsafe averageLevels(values, count, shift)
    }
    switch encoding {
    case .offsetLevel:
      var low = unsafe values[1]
      for at in 1..<count { low = unsafe min(low, values[at]) }
      for at in 1..<count { unsafe residuals[at - 1] = UInt64(bitPattern: values[at] &- low) }
      return unsafe low &- values[0]
    case .offsetDelta:
      var low = Int64.max
      for at in 1..<count { low = unsafe min(low, values[at] &- values[at - 1]) }
      for at in 1..<count { unsafe residuals[at - 1] = UInt64(bitPattern: values[at] &- values[at - 1] &- low) }
      return low
    case .level:
      let center = sampleMedian(count) { unsafe values[$0] }
      for at in 1..<count { unsafe residuals[at - 1] = zigzag(values[at] &- center) }
      return unsafe center &- values[0]
    default:
      let center = sampleMedian(count) { unsafe values[$0] &- values[$0 - 1] }
      for at in 1..<count { unsafe residuals[at - 1] = zigzag(values[at] &- values[at - 1] &- center) }
      return center
    }
  }

  private func averageLevels(_ values: UnsafePointer<Int64>, _ count: Int, _ shift: Int64) -> Int64 {
    let half = roundingHalf(shift)
    var state = unsafe values[0]
    for at in 1..<count {
      let residual = unsafe values[at] &- state
      state &+= adaptation(residual, shift, half)
      unsafe residuals[at - 1] = zigzag(residual)
    }
    return 0
  }

  private func averageDeltas(_ values: UnsafePointer<Int64>, _ count: Int, _ shift: Int64) -> Int64 {
    let half = roundingHalf(shift)
    let start = unsafe values[1] &- values[0]
    var state = start
    for at in 1..<count {
      let residual = unsafe values[at] &- values[at - 1] &- state
      state &+= adaptation(residual, shift, half)
      unsafe residuals[at - 1] = zigzag(residual)
    }
    return start
  }

  // MARK: Sparse

  private func estimateSparse(_ values: UnsafePointer<Int64>, _ count: Int) -> Int {
    let (changes, center) = unsafe splitSparse(values, count)
    let gaps = unsafe RiceStream.estimate(residuals, changes)
    return unsafe 2 + varintSize(zigzag(center)) + gaps + RiceStream.estimate(extra, changes)
  }

  private func writeSparse(_ values: UnsafePointer<Int64>, _ count: Int, into writer: inout ByteWriter) {
    let (changes, center) = unsafe splitSparse(values, count)
    writer.varint(UInt64(changes))
    unsafe RiceStream.encode(residuals, changes, into: &writer)
    writer.signed(center)
    unsafe RiceStream.encode(extra, changes, into: &writer)
  }

  /// Puts the gaps between changes into `residuals` and the changes, less their centre, into `extra`.
  private func splitSparse(_ values: UnsafePointer<Int64>, _ count: Int) -> (changes: Int, center: Int64) {
    var changes = 0
    var last = 0
    for at in 1..<count {
      let delta = unsafe values[at] &- values[at - 1]
      if delta == 0 { continue }
      unsafe residuals[changes] = UInt64(at - last - 1)
      unsafe extra[changes] = UInt64(bitPattern: delta)
      last = at
      changes += 1
    }
    let center = sampleMedian(changes + 1) { unsafe Int64(bitPattern: extra[$0 - 1]) }
    for at in 0..<changes { unsafe extra[at] = zigzag(Int64(bitPattern: extra[at]) &- center) }
    return (changes, center)
  }
}

/// What one pass over a column tells.
private struct Shape {
  var changes = 0
  var isLinear = true

  init(_ values: UnsafePointer<Int64>, _ count: Int) {
    if count < 2 { return }
    let slope = unsafe values[1] &- values[0]
    for at in 1..<count {
      let delta = unsafe values[at] &- values[at - 1]
      changes &+= delta != 0 ? 1 : 0
      if delta != slope { isLinear = false }
    }
  }
}

/// The median of at most 31 of the values at 1..<`count`, evenly spread.
func sampleMedian(_ count: Int, _ value: (Int) -> Int64) -> Int64 {
  let rows = count - 1
  if rows < 1 { return 0 }
  let samples = min(31, rows)
  var picked = InlineArray<31, Int64>(repeating: 0)
  for index in 0..<samples {
    let next = value(1 + index * rows / samples)
    var place = index
    while place > 0 && picked[place - 1] > next {
      picked[place] = picked[place - 1]
      place -= 1
    }
    picked[place] = next
  }
  return picked[samples / 2]
}

func varintSize(_ value: UInt64) -> Int { max(1, (64 - value.leadingZeroBitCount + 6) / 7) }
