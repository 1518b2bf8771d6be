/// The samples of one window, of which the one of some rank is asked for. Kept from window to window for its memory.
struct RankWindow {
  private var values: [Int64] = []
  private var scale: UInt8 = 0
  /// All samples, where they have different counts of digits: a block with others began inside the window.
  private var mixed: [Double] = []
  private var selection = Selection()
  /// Whether `values` are known to be sorted.
  private var rises = false

  /// Adds rows of a column whose values have `scale` digits. With `mayRise` it is worth looking whether they are sorted, as a
  /// counter's are.
  mutating func add(_ column: Column, _ rows: Range<Int>, scale: UInt8, mayRise: Bool = false) {
    if rows.isEmpty { return }
    if scale != self.scale {
      if !values.isEmpty { mix() }
      self.scale = scale
    }
    let isFirst = values.isEmpty
    rises =
      mayRise && (isFirst || (rises && values[values.count - 1] <= column[rows.lowerBound]))
      && Self.rises(column, rows)
    unsafe values.append(contentsOf: UnsafeBufferPointer(start: column.values + rows.lowerBound, count: rows.count))
    if !mixed.isEmpty { mix() }
  }

  private static func rises(_ column: Column, _ rows: Range<Int>) -> Bool {
    let values = unsafe column.values
    var falls = false
    var row = rows.lowerBound
    while row &+ 1 < rows.upperBound {
      unsafe falls = values[row &+ 1] < values[row] || falls
      row &+= 1
    }
    return !falls
  }

  private mutating func mix() {
    let divisor = FixedPoint.powerOfTen(scale)
    mixed += values.map { Double($0) / divisor }
    values.removeAll(keepingCapacity: true)
  }

  mutating func removeAll() {
    if !values.isEmpty { values.removeAll(keepingCapacity: true) }
    if !mixed.isEmpty { mixed.removeAll(keepingCapacity: true) }
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
    if rises { return (Double(values[low]) / divisor, Double(values[next]) / divisor) }
    if let pair = selection.pair(at: low, of: values) {
      return (Double(pair.0) / divisor, Double(pair.1) / divisor)
    }
    values.sort()
    return (Double(values[low]) / divisor, Double(values[next]) / divisor)
  }
}

/// Finds values by their rank without sorting: it counts how many are below a guess, eight at a time, and guesses better.
struct Selection {
  /// Distances from the first value, filled up to a whole number of vectors with the most of them.
  private var distances: [Int32] = []
  private static let limit: Int64 = 1 << 29

  /// The values at places `place` and `place` + 1 (or the last), were they sorted; nil where they lie too far apart.
  /// `values` is not empty. Costs three or four passes, each of about a nanosecond for two values.
  mutating func pair(at place: Int, of values: [Int64]) -> (Int64, Int64)? {
    let origin = values[0]
    guard let (least, most) = fill(values, origin) else { return nil }
    let count = values.count
    return unsafe distances.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let (found, next) = unsafe Self.pair(place, base, buffer.count / 8, least, most, count)
      return (origin &+ Int64(found), origin &+ Int64(next))
    }
  }

  /// Sets `distances`; returns the least and the most of them, nil where they don't fit.
  private mutating func fill(_ values: [Int64], _ origin: Int64) -> (Int32, Int32)? {
    let size = (values.count + 7) / 8 * 8
    if distances.count != size { distances = Array(repeating: 0, count: size) }
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
        for at in values.count..<out.count { unsafe out[at] = most }
      }
    }
    return wide < UInt64(2 * Self.limit) ? (least, most) : nil
  }

  /// The values at `place` and behind it, were they sorted.
  private static func pair(
    _ place: Int, _ base: UnsafePointer<Int32>, _ groups: Int, _ least: Int32, _ most: Int32, _ count: Int
  ) -> (Int32, Int32) {
    // The wanted one is one of `low`...`high`, which both occur; `under` are below `low`, `upTo` are up to `high`, and
    // `following` is the least above it.
    var (low, high, following) = (least, most, most)
    var (under, upTo) = (0, count)
    var turns = 0
    while low < high {
      // A straight line through what is known; every third time the middle, for values that lie on none.
      turns = turns == 2 ? 0 : turns &+ 1
      let share = turns == 0 ? 0.5 : (Double(place &- under) + 0.5) / Double(upTo &- under)
      let guess = low &+ max(1, Int32(Double(high &- low) * share))
      let parts = unsafe split(base, groups, at: guess)
      if parts.below <= place {
        (low, under) = (parts.least, parts.below)
      } else {
        (high, upTo, following) = (parts.greatest, parts.below, parts.least)
      }
    }
    return (low, upTo > place + 1 ? low : following)
  }

  /// How many values are below `limit`, the greatest of them, and the least of the others. There are values on both sides.
  @inline(__always)
  private static func split(
    _ base: UnsafePointer<Int32>, _ groups: Int, at limit: Int32
  ) -> (below: Int, greatest: Int32, least: Int32) {
    // Less the limit, with the sign turned around, those below are the larger ones: the greatest of them is the greatest of
    // all, the least of the others the least of all.
    let turned = limit &+ .min
    let limits = SIMD8(repeating: turned)
    var others = SIMD8<Int32>.zero
    var greatest = SIMD8(repeating: Int32.min)
    var least = SIMD8(repeating: Int32.max)
    for group in 0..<groups {
      let values = unsafe UnsafeRawPointer(base + 8 &* group).loadUnaligned(as: SIMD8<Int32>.self) &- limits
      others &+= values &>> SIMD8(repeating: 31)
      greatest.replace(with: values, where: values .> greatest)
      least.replace(with: values, where: values .< least)
    }
    return (8 &* groups &+ Int(others.wrappedSum()), greatest.max() &+ turned, least.min() &+ turned)
  }
}
