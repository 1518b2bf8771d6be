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
        let above = unsafe Self.values(numerator, sources[..<numerator.count], scratch, count)
        let below = unsafe Self.values(denominator, sources[numerator.count...], scratch + count, count)
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

  /// The sums of some terms: in `scratch`, or where they are anyway.
  private static func values(
    _ terms: [Term], _ sources: ArraySlice<SourceRows>, _ scratch: UnsafeMutablePointer<Int64>, _ count: Int
  ) -> UnsafePointer<Int64> {
    if terms.count == 1, terms[0].coefficient == 1, case .column(let column)? = sources.first {
      return unsafe UnsafePointer(column.values)
    }
    unsafe sum(terms, sources, 0, into: scratch, count)
    return unsafe UnsafePointer(scratch)
  }

  /// Sources that don't change are added once, those that do two at a time.
  private static func sum(
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
  /// or a denominator is 0, that only `quotient` knows.
  private static func divideInVectors(
    _ above: UnsafePointer<Int64>, _ below: UnsafePointer<Int64>, _ factor: Float, _ power: Double,
    into out: UnsafeMutablePointer<Int64>, _ count: Int
  ) -> Bool {
    let bits = SIMD4(repeating: Int64(bitPattern: magic.bitPattern))
    var wide = SIMD4<Int64>.zero
    // The sum of squares: what is infinite, no number, or too large is so in the sum, too.
    var squares = SIMD4<Double>.zero
    @inline(__always) func single(_ values: SIMD4<Int64>) -> SIMD4<Float> {
      // Exact in double precision; the conversion to single rounds as that of the integer does.
      SIMD4<Float>(unsafe unsafeBitCast(values &+ bits, to: SIMD4<Double>.self) - magic)
    }
    var at = 0
    while at &+ 4 <= count {
      let top = unsafe UnsafeRawPointer(above + at).loadUnaligned(as: SIMD4<Int64>.self)
      let bottom = unsafe UnsafeRawPointer(below + at).loadUnaligned(as: SIMD4<Int64>.self)
      wide |= top | bottom
      let scaled = SIMD4<Double>(single(top) * factor / single(bottom)) * power
      squares += scaled * scaled
      let rounded = unsafe unsafeBitCast(scaled + magic, to: SIMD4<Int64>.self) &- bits
      unsafe UnsafeMutableRawPointer(out + at).storeBytes(of: rounded, as: SIMD4<Int64>.self)
      at &+= 4
    }
    let all = wide[0] | wide[1] | wide[2] | wide[3]
    guard UInt64(bitPattern: all) &>> 51 == 0, squares.sum() < 0x1p100 else { return false }
    while at < count {
      unsafe out[at] = quotient(above[at], below[at], factor, power)
      at &+= 1
    }
    return true
  }
}
