/// The rows of a source of a formula; absent ones are 0.
enum SourceRows {
  case column(Column)
  /// The same value in all rows.
  case constant(Int64)

  @inline(__always)
  subscript(row: Int) -> Int64 {
    switch self {
    case .column(let column): unsafe column.values[row]
    case .constant(let value): value
    }
  }
}

extension Derivation {
  /// Computes the filled rows of `column` from its sources' rows; a sum so that row 0 is `first`, where that is given.
  func fill(_ column: Column, from sources: [SourceRows], digits: UInt8, first: Int64?) {
    let count = column.filled
    let out = unsafe column.values
    switch self {
    case .linear(let terms):
      let offset = first.map { $0 &- value(digits: digits) { sources[$0][0] } } ?? 0
      unsafe Self.sum(terms, sources[...], offset, into: out, count)
    case .ratio(let numerator, let denominator, let factor):
      let power = FixedPoint.powerOfTen(digits)
      unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * max(1, count)) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        let above = unsafe Operand(numerator, sources[..<numerator.count], scratch, count)
        let below = unsafe Operand(denominator, sources[numerator.count...], scratch + count, count)
        if unsafe Self.divideInVectors(above, below, factor, power, into: out, count) { return }
        for at in 0..<count { unsafe out[at] = Self.quotient(above[at], below[at], factor, power) }
      }
    }
  }

  /// Computes the given rows only.
  func fill(_ column: Column, from sources: [SourceRows], digits: UInt8, first: Int64?, only rows: [Int]) {
    func value(_ row: Int) -> Int64 { self.value(digits: digits) { sources[$0][row] } }
    let offset = first.map { $0 &- value(0) } ?? 0
    for row in rows where row < column.filled { column[row] = value(row) &+ offset }
  }

  // MARK: Sums

  /// Sources that don't change are added once, those that do two at a time.
  fileprivate static func sum(
    _ terms: [Term], _ sources: ArraySlice<SourceRows>, _ offset: Int64, into out: UnsafeMutablePointer<Int64>,
    _ count: Int
  ) {
    var offset = offset
    var pending: (column: Column, coefficient: Int64)?
    var isBegun = false
    for (term, source) in zip(terms, sources) {
      switch source {
      case .constant(let value): offset &+= term.coefficient &* value
      case .column(let column):
        if isBegun {
          unsafe add(column.values, term.coefficient, to: out, count)
        } else if let first = pending {
          unsafe add(first.column.values, first.coefficient, column.values, term.coefficient, into: out, count)
          (pending, isBegun) = (nil, true)
        } else {
          pending = (column, term.coefficient)
        }
      }
    }
    if !isBegun {
      unsafe out.update(repeating: offset, count: count)
      offset = 0
    }
    if let pending { unsafe add(pending.column.values, pending.coefficient, to: out, count) }
    if offset != 0 { for at in 0..<count { unsafe out[at] &+= offset } }
  }

  private static func add(
    _ values: UnsafePointer<Int64>, _ factor: Int64, to out: UnsafeMutablePointer<Int64>, _ count: Int
  ) {
    // Vectors lack multiplications of 64 bits.
    switch factor {
    case 1: for at in 0..<count { unsafe out[at] &+= values[at] }
    case -1: for at in 0..<count { unsafe out[at] &-= values[at] }
    default: for at in 0..<count { unsafe out[at] &+= factor &* values[at] }
    }
  }

  private static func add(
    _ left: UnsafePointer<Int64>, _ factor: Int64, _ right: UnsafePointer<Int64>, _ other: Int64,
    into out: UnsafeMutablePointer<Int64>, _ count: Int
  ) {
    switch (factor, other) {
    case (1, 1): for at in 0..<count { unsafe out[at] = left[at] &+ right[at] }
    case (1, -1): for at in 0..<count { unsafe out[at] = left[at] &- right[at] }
    case (-1, 1): for at in 0..<count { unsafe out[at] = right[at] &- left[at] }
    default: for at in 0..<count { unsafe out[at] = factor &* left[at] &+ other &* right[at] }
    }
  }

  // MARK: Quotients

  /// 1.5 × 2^52: added to a Double below 2^51, it leaves the nearest integer in the low bits.
  private static let magic = 0x1.8p52

  /// What `quotient` gives for each row, four at a time; false, and nothing that counts in `out`, where some number is so large,
  /// or a denominator so small, that only `quotient` knows.
  private static func divideInVectors(
    _ above: Operand, _ below: Operand, _ factor: Float, _ power: Double,
    into out: UnsafeMutablePointer<Int64>, _ count: Int
  ) -> Bool {
    // One copy of the loop for each shape.
    switch (above.isDifference, below.isDifference) {
    case (false, false): unsafe divideInVectors(above, false, below, false, factor, power, into: out, count)
    case (false, true): unsafe divideInVectors(above, false, below, true, factor, power, into: out, count)
    case (true, false): unsafe divideInVectors(above, true, below, false, factor, power, into: out, count)
    case (true, true): unsafe divideInVectors(above, true, below, true, factor, power, into: out, count)
    }
  }

  @inline(__always)
  private static func divideInVectors(
    _ above: Operand, _ aboveDiffers: Bool, _ below: Operand, _ belowDiffers: Bool, _ factor: Float,
    _ power: Double,
    into out: UnsafeMutablePointer<Int64>, _ count: Int
  ) -> Bool {
    let bits = SIMD4(repeating: Int64(bitPattern: magic.bitPattern))
    var tops = SIMD4<Int64>.zero
    var bottoms = SIMD4<Int64>.zero
    var least = SIMD4<Float>(repeating: .infinity)
    @inline(__always) func single(_ values: SIMD4<Int64>) -> SIMD4<Float> {
      // Exact in double precision; the conversion to single rounds as that of the integer does.
      SIMD4<Float>(unsafe unsafeBitCast(values &+ bits, to: SIMD4<Double>.self) - magic)
    }
    var at = 0
    while at &+ 4 <= count {
      let top = above.four(at, aboveDiffers)
      let bottom = below.four(at, belowDiffers)
      tops |= top
      bottoms |= bottom
      let divisor = single(bottom)
      least.replace(with: divisor, where: divisor .< least)
      let scaled = SIMD4<Double>(single(top) * factor / divisor) * power
      let rounded = unsafe unsafeBitCast(scaled + magic, to: SIMD4<Int64>.self) &- bits
      unsafe UnsafeMutableRawPointer(out + at).storeBytes(of: rounded, as: SIMD4<Int64>.self)
      at &+= 4
    }
    let top = tops[0] | tops[1] | tops[2] | tops[3]
    let all = top | bottoms[0] | bottoms[1] | bottoms[2] | bottoms[3]
    // No top is above `top`, and no quotient above the largest.
    let largest = 2 * Double(top) * Double(factor.magnitude) / Double(least.min()) * power
    guard UInt64(bitPattern: all) &>> 51 == 0, least.min() >= 1, largest < 0x1p50 else { return false }
    while at < count {
      unsafe out[at] = quotient(above[at], below[at], factor, power)
      at &+= 1
    }
    return true
  }
}

/// The sums of some terms, row by row: a column, or the difference of two, and a constant; any other is computed before.
@safe private struct Operand {
  private let left: UnsafePointer<Int64>
  private let right: UnsafePointer<Int64>
  private let offset: Int64
  let isDifference: Bool

  init(
    _ terms: [Derivation.Term], _ sources: ArraySlice<SourceRows>, _ scratch: UnsafeMutablePointer<Int64>,
    _ count: Int
  ) {
    var offset: Int64 = 0
    var plus: Column?
    var minus: Column?
    var isSimple = true
    for (term, source) in zip(terms, sources) {
      switch (source, term.coefficient) {
      case (.constant(let value), _): offset &+= term.coefficient &* value
      case (.column(let column), 1) where plus == nil: plus = column
      case (.column(let column), -1) where minus == nil: minus = column
      default: isSimple = false
      }
    }
    if isSimple, let plus {
      unsafe left = UnsafePointer(plus.values)
      unsafe right = UnsafePointer(minus?.values ?? plus.values)
      isDifference = minus != nil
      self.offset = offset
    } else {
      unsafe Derivation.sum(terms, sources, 0, into: scratch, count)
      unsafe left = UnsafePointer(scratch)
      unsafe right = UnsafePointer(scratch)
      isDifference = false
      self.offset = 0
    }
  }

  @inline(__always)
  func four(_ at: Int, _ differs: Bool) -> SIMD4<Int64> {
    let first = unsafe UnsafeRawPointer(left + at).loadUnaligned(as: SIMD4<Int64>.self) &+ SIMD4(repeating: offset)
    return differs ? unsafe first &- UnsafeRawPointer(right + at).loadUnaligned(as: SIMD4<Int64>.self) : first
  }

  subscript(row: Int) -> Int64 {
    unsafe left[row] &+ offset &- (isDifference ? right[row] : 0)
  }
}
