extension Derivation {
  /// Computes the filled rows of `column` from its sources' rows; a sum so that row 0 is `first`, where that is given.
  func fill(_ column: Column, from sources: [Column], digits: UInt8, first: Int64?) {
    let count = column.filled
    let out = unsafe column.values
    switch self {
    case .linear(let terms):
      let offset = first.map { $0 &- value(digits: digits) { unsafe sources[$0].values[0] } } ?? 0
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
  func fill(_ column: Column, from sources: [Column], digits: UInt8, first: Int64?, only rows: [Int]) {
    func value(_ row: Int) -> Int64 { self.value(digits: digits) { unsafe sources[$0].values[row] } }
    let offset = first.map { $0 &- value(0) } ?? 0
    for row in rows where row < column.filled { column[row] = value(row) &+ offset }
  }

  // MARK: Sums

  /// The sums of some terms: in `scratch`, or where they are anyway.
  private static func values(
    _ terms: [Term], _ sources: ArraySlice<Column>, _ scratch: UnsafeMutablePointer<Int64>, _ count: Int
  ) -> UnsafePointer<Int64> {
    if terms.count == 1, terms[0].coefficient == 1, let source = sources.first {
      return unsafe UnsafePointer(source.values)
    }
    unsafe sum(terms, sources, 0, into: scratch, count)
    return unsafe UnsafePointer(scratch)
  }

  private static func sum(
    _ terms: [Term], _ sources: ArraySlice<Column>, _ offset: Int64, into out: UnsafeMutablePointer<Int64>,
    _ count: Int
  ) {
    let start = sources.startIndex
    var done = 0
    if terms.count >= 2, let first = terms[0].sign, let second = terms[1].sign {
      // Two at once, and without the multiplications that vectors lack.
      let (a, b) = unsafe (sources[start].values, sources[start + 1].values)
      for at in 0..<count { unsafe out[at] = offset &+ (a[at] ^ first) &- first &+ (b[at] ^ second) &- second }
      done = 2
    } else {
      unsafe out.update(repeating: offset, count: count)
    }
    for index in done..<max(done, terms.count) {
      let values = unsafe sources[start + index].values
      if let sign = terms[index].sign {
        for at in 0..<count { unsafe out[at] &+= (values[at] ^ sign) &- sign }
      } else {
        let factor = terms[index].coefficient
        for at in 0..<count { unsafe out[at] &+= factor &* values[at] }
      }
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
    let bias = SIMD4<Int64>(repeating: 1 << 51)
    let bits = SIMD4(repeating: Int64(bitPattern: magic.bitPattern))
    let limit = SIMD4(repeating: 0x1p50)
    var wide = SIMD4<Int64>.zero
    var fits = SIMD4<Int64>(repeating: -1)
    @inline(__always) func single(_ values: SIMD4<Int64>) -> SIMD4<Float> {
      // Exact in double precision; the conversion to single rounds as that of the integer does.
      SIMD4<Float>(unsafe unsafeBitCast(values &+ bits, to: SIMD4<Double>.self) - magic)
    }
    var at = 0
    while at &+ 4 <= count {
      let top = unsafe UnsafeRawPointer(above + at).loadUnaligned(as: SIMD4<Int64>.self)
      let bottom = unsafe UnsafeRawPointer(below + at).loadUnaligned(as: SIMD4<Int64>.self)
      wide |= (top &+ bias) | (bottom &+ bias)
      let scaled = SIMD4<Double>(single(top) * factor / single(bottom)) * power
      // Of infinity and of what is no number, neither holds.
      fits = fits.replacing(with: 0, where: .!((scaled .< limit) .& (scaled .> -limit)))
      let rounded = unsafe unsafeBitCast(scaled + magic, to: SIMD4<Int64>.self) &- bits
      unsafe UnsafeMutableRawPointer(out + at).storeBytes(of: rounded, as: SIMD4<Int64>.self)
      at &+= 4
    }
    let all = wide[0] | wide[1] | wide[2] | wide[3]
    if UInt64(bitPattern: all) &>> 52 != 0 || fits[0] & fits[1] & fits[2] & fits[3] == 0 { return false }
    while at < count {
      unsafe out[at] = quotient(above[at], below[at], factor, power)
      at &+= 1
    }
    return true
  }
}

extension Derivation.Term {
  /// What turns a value v into ±v by (v ^ sign) − sign; nil for any other coefficient.
  fileprivate var sign: Int64? { coefficient == 1 ? 0 : coefficient == -1 ? -1 : nil }
}
