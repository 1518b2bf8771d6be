extension QueryText {
  private static let units: [(name: StaticString, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ("y", 31_536_000_000),
  ]

  /// `5m`, `1h30m`, `100ms`, units from large to small, in milliseconds; nil if a number without a unit, or nothing, begins
  /// here, and then nothing is read.
  mutating func duration() throws(QueryError) -> Int64? {
    let begin = self
    var total: Int64 = 0
    var previous = Int64.max
    while let first = peek(), Self.isDigit(first) {
      let start = column
      let digits = digits()
      guard let unit = takeUnit() else {
        if previous == .max {
          self = begin
          return nil
        }
        throw QueryError(.syntax, column: start, "a duration's unit is one of ms, s, m, h, d, w and y")
      }
      guard unit < previous else {
        throw QueryError(.syntax, column: start, "a duration's units go from large to small, as in 1h30m")
      }
      let product = Int64(digits).map { $0.multipliedReportingOverflow(by: unit) }
      guard let product, !product.overflow, product.partialValue <= Self.longest - total else {
        throw QueryError(.syntax, column: start, "a duration is at most 100 years")
      }
      total += product.partialValue
      previous = unit
    }
    return previous == .max ? nil : total
  }

  private static let longest: Int64 = 100 * 31_536_000_000

  private mutating func takeUnit() -> Int64? {
    // `ms` stands before `m` and `s`.
    for unit in Self.units where take(unit.name) {
      if let following = peek(), Self.isLetter(following) { return nil }
      return unit.milliseconds
    }
    return nil
  }

  /// A decimal or hexadecimal number, `Inf` or `NaN`; nil if none begins here, and then nothing is read.
  mutating func number() throws(QueryError) -> Double? {
    let start = offset
    if let word = special() { return word }
    guard let first = peek(),
      Self.isDigit(first) || (first == UInt8(ascii: ".") && peek(1).map(Self.isDigit) == true)
    else { return nil }
    if take("0x") || take("0X") {
      let digits = digits { Self.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20) }
      guard let value = UInt64(digits, radix: 16) else {
        throw QueryError(.syntax, column: start + 1, "this is no number")
      }
      return Double(value)
    }
    _ = digits { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
    if let exponent = peek(), exponent | 0x20 == UInt8(ascii: "e") {
      skip(1)
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { skip(1) }
      _ = digits()
    }
    guard let value = Double(text(since: start)) else {
      throw QueryError(.syntax, column: start + 1, "this is no number")
    }
    return value
  }

  private mutating func special() -> Double? {
    var copy = self
    guard let word = copy.name(colons: true)?.lowercased(), word == "inf" || word == "nan" else { return nil }
    self = copy
    return word == "inf" ? .infinity : .nan
  }
}

/// Reads a duration as PromQL writes it, `5m` or `1h30m`, as milliseconds; nil for anything else, a number without a unit
/// among it.
public func parseQueryDuration(_ text: String) -> Int64? {
  var reader = QueryText(text)
  guard let duration = try? reader.duration(), reader.isAtEnd else { return nil }
  return duration
}
