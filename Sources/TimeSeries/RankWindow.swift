/// The samples of one window, of which the one of some rank is asked for. Kept from window to window for its memory.
struct RankWindow {
  private var values: [Int64] = []
  private var scale: UInt8 = 0
  /// All samples, where they have different counts of digits: a block with others began inside the window.
  private var mixed: [Double] = []
  private var selection = Selection()

  /// Adds rows of a column whose values have `scale` digits.
  mutating func add(_ column: Column, _ rows: Range<Int>, scale: UInt8) {
    if scale != self.scale {
      if !values.isEmpty { mix() }
      self.scale = scale
    }
    unsafe values.append(contentsOf: UnsafeBufferPointer(start: column.values + rows.lowerBound, count: rows.count))
    if !mixed.isEmpty { mix() }
  }

  private mutating func mix() {
    let divisor = FixedPoint.powerOfTen(scale)
    mixed += values.map { Double($0) / divisor }
    values.removeAll(keepingCapacity: true)
  }

  mutating func removeAll() {
    values.removeAll(keepingCapacity: true)
    mixed.removeAll(keepingCapacity: true)
  }

  /// The sample at `rank` 0…1, interpolated linearly between neighbours. There is at least one sample.
  mutating func quantile(_ rank: Double) -> Double {
    guard rank >= 0 else { return -.infinity }
    guard rank <= 1 else { return .infinity }
    let count = mixed.isEmpty ? values.count : mixed.count
    let place = rank * Double(count - 1)
    let low = Int(place)
    let (below, above) = neighbours(low, count)
    return below + (above - below) * (place - Double(low))
  }

  /// The samples at places `low` and `low` + 1, were they sorted.
  private mutating func neighbours(_ low: Int, _ count: Int) -> (Double, Double) {
    let next = min(low + 1, count - 1)
    if !mixed.isEmpty {
      mixed.sort()
      return (mixed[low], mixed[next])
    }
    let divisor = FixedPoint.powerOfTen(scale)
    if let pair = selection.pair(at: low, of: values) {
      return (Double(pair.0) / divisor, Double(pair.1) / divisor)
    }
    values.sort()
    return (Double(values[low]) / divisor, Double(values[next]) / divisor)
  }
}

/// Finds values by their rank without sorting: it counts how many are below a guess, eight at a time, and guesses better.
struct Selection {
  /// Distances from the first value, filled up to a whole number of vectors by such as are above all of them.
  private var distances: [Int32] = []
  private static let limit: Int64 = 1 << 29

  /// The values at places `place` and `place` + 1 (or the last), were they sorted; nil where they lie too far apart.
  /// `values` is not empty. Costs about three passes more than the logarithm of their count, each of a nanosecond for eight.
  mutating func pair(at place: Int, of values: [Int64]) -> (Int64, Int64)? {
    let origin = values[0]
    guard let (least, most) = fill(values, origin) else { return nil }
    let count = values.count
    return unsafe distances.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let groups = buffer.count / 8
      let found = unsafe Self.value(place, base, groups, least, most, count)
      let isLast = place == count - 1
      let isTied = unsafe !isLast && Self.count(base, groups, below: found &+ 1) > place + 1
      let next = unsafe isLast || isTied ? found : Self.least(base, groups, above: found)
      return (origin &+ Int64(found), origin &+ Int64(next))
    }
  }

  /// Sets `distances`; returns the least and the most of them, nil where they don't fit.
  private mutating func fill(_ values: [Int64], _ origin: Int64) -> (Int32, Int32)? {
    let size = (values.count + 7) / 8 * 8
    if distances.count != size { distances = Array(repeating: .max, count: size) }
    var wide: UInt64 = 0
    var least = Int32.max
    var most = Int32.min
    unsafe distances.withUnsafeMutableBufferPointer { out in
      unsafe values.withUnsafeBufferPointer { values in
        for at in 0..<values.count {
          let distance = unsafe values[at] &- origin
          wide |= UInt64(bitPattern: distance &+ Self.limit)
          let short = Int32(truncatingIfNeeded: distance)
          unsafe out[at] = short
          least = min(least, short)
          most = max(most, short)
        }
        for at in values.count..<out.count { unsafe out[at] = .max }
      }
    }
    return wide < UInt64(2 * Self.limit) ? (least, most) : nil
  }

  /// The value at `place`, were they sorted.
  private static func value(
    _ place: Int, _ base: UnsafePointer<Int32>, _ groups: Int, _ least: Int32, _ most: Int32, _ count: Int
  ) -> Int32 {
    // `under` values are below `low`, which is at most the one wanted; `upTo` are below `high`, which is above it.
    var (low, high) = (least, most &+ 1)
    var (under, upTo) = (0, count)
    var turn = 0
    while high &- low > 1, upTo &- under > 1 {
      // A straight line through what is known; every third time the middle, for values that lie on none.
      let share = turn % 3 == 2 ? 0.5 : (Double(place &- under) + 0.5) / Double(upTo &- under)
      let guess = low &+ max(1, min(high &- low &- 1, Int32(Double(high &- low) * share)))
      let below = unsafe Self.count(base, groups, below: guess)
      if below <= place { (low, under) = (guess, below) } else { (high, upTo) = (guess, below) }
      turn &+= 1
    }
    return high &- low == 1 ? low : unsafe Self.least(base, groups, above: low &- 1)
  }

  @inline(__always)
  private static func count(_ base: UnsafePointer<Int32>, _ groups: Int, below limit: Int32) -> Int {
    let limits = SIMD8(repeating: limit)
    var counts = SIMD8<Int32>.zero
    for group in 0..<groups {
      let values = unsafe UnsafeRawPointer(base + 8 &* group).loadUnaligned(as: SIMD8<Int32>.self)
      counts &-= unsafe unsafeBitCast(values .< limits, to: SIMD8<Int32>.self)
    }
    return Int(counts.wrappedSum())
  }

  /// The least value above `limit`.
  @inline(__always)
  private static func least(_ base: UnsafePointer<Int32>, _ groups: Int, above limit: Int32) -> Int32 {
    let limits = SIMD8(repeating: limit)
    var best = SIMD8(repeating: Int32.max)
    for group in 0..<groups {
      let values = unsafe UnsafeRawPointer(base + 8 &* group).loadUnaligned(as: SIMD8<Int32>.self)
      best.replace(with: values, where: (values .> limits) .& (values .< best))
    }
    return best.min()
  }
}
