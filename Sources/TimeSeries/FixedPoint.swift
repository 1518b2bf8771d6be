/// An exact decimal: `mantissa` / 10^`digits`.
///
/// Two values are equal when they denote the same number: `1.50` equals `1.5`, and both hash alike.
public struct FixedPoint: Sendable {
  /// The value times 10^`digits`.
  public var mantissa: Int64
  /// Decimal digits after the point, as many as were printed; 0 for an integer.
  public var digits: UInt8

  /// Any pair is valid; nothing is normalised.
  public init(_ mantissa: Int64, digits: UInt8 = 0) {
    self.mantissa = mantissa
    self.digits = digits
  }

  /// The nearest double, up to one rounding of the division.
  public var double: Double {
    digits == 0 ? Double(mantissa) : Double(mantissa) / Self.powerOfTen(digits)
  }

  /// The same number with another count of digits; nil if the mantissa would overflow or lose a digit.
  public func rescaled(toDigits wanted: UInt8) -> FixedPoint? {
    if mantissa == 0 { return FixedPoint(0, digits: wanted) }
    var value = mantissa
    var have = digits
    while have < wanted {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
      have += 1
    }
    while have > wanted {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { return nil }
      value = quotient
      have -= 1
    }
    return FixedPoint(value, digits: wanted)
  }

  /// The same number with the fewest digits.
  var normalized: FixedPoint {
    if mantissa == 0 { return FixedPoint(0) }
    var result = self
    while result.digits > 0 {
      let (quotient, remainder) = result.mantissa.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { break }
      result = FixedPoint(quotient, digits: result.digits - 1)
    }
    return result
  }

  @inline(__always)
  static func powerOfTen(_ digits: UInt8) -> Double { digits == 0 ? 1 : largerPowerOfTen(digits) }

  private static func largerPowerOfTen(_ digits: UInt8) -> Double {
    if digits < exactPowers.count { return exactPowers[Int(digits)] }
    return (0..<Int(digits)).reduce(1) { power, _ in power * 10 }
  }

  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20,
    1e21, 1e22,
  ]
}

extension FixedPoint: Comparable, Hashable {
  /// Equality of numbers, not of spellings.
  public static func == (left: FixedPoint, right: FixedPoint) -> Bool {
    if left.digits == right.digits { return left.mantissa == right.mantissa }
    let (a, b) = (left.normalized, right.normalized)
    return a.mantissa == b.mantissa && a.digits == b.digits
  }

  /// Order of numbers; exact for every pair.
  public static func < (left: FixedPoint, right: FixedPoint) -> Bool {
    if left.digits == right.digits { return left.mantissa < right.mantissa }
    if left.digits > right.digits { return right.isGreaterScaled(than: left) }
    return left.isLessScaled(than: right)
  }

  /// Equal numbers hash alike.
  public func hash(into hasher: inout Hasher) {
    let plain = normalized
    hasher.combine(plain.mantissa)
    hasher.combine(plain.digits)
  }

  /// `self < other` where `other` has more digits.
  private func isLessScaled(than other: FixedPoint) -> Bool {
    guard let scaled = scaled(by: other.digits - digits) else { return mantissa < 0 }
    return scaled < Int128(other.mantissa)
  }

  /// `self > other` where `other` has more digits.
  private func isGreaterScaled(than other: FixedPoint) -> Bool {
    guard let scaled = scaled(by: other.digits - digits) else { return mantissa > 0 }
    return scaled > Int128(other.mantissa)
  }

  /// The mantissa times 10^`power`; nil when it lies beyond every Int64.
  private func scaled(by power: UInt8) -> Int128? {
    if mantissa == 0 { return 0 }
    if power > 19 { return nil }
    return (0..<power).reduce(Int128(mantissa)) { product, _ in product * 10 }
  }
}

extension FixedPoint: CustomStringConvertible {
  /// The shortest plain decimal, such as `-0.5` or `120`; never an exponent.
  public var description: String {
    let plain = normalized
    if plain.digits == 0 { return String(plain.mantissa) }
    var text = String(plain.mantissa.magnitude)
    let width = Int(plain.digits) + 1
    if text.utf8.count < width { text = String(repeating: "0", count: width - text.utf8.count) + text }
    let point = text.index(text.endIndex, offsetBy: -Int(plain.digits))
    return (plain.mantissa < 0 ? "-" : "") + text[..<point] + "." + text[point...]
  }
}

extension FixedPoint {
  /// Reads `-?digits[.digits]`, the form in which servers print numbers, and keeps every printed digit.
  ///
  /// Nil for anything else: no sign but minus, no exponent, no blank, nothing that overflows Int64.
  public static func parse(_ bytes: some Collection<UInt8>) -> FixedPoint? {
    var parser = Parser()
    for byte in bytes where !parser.take(byte) { return nil }
    return parser.result
  }

  /// As the collection form, for bytes that lie in a span.
  public static func parse(_ bytes: Span<UInt8>) -> FixedPoint? {
    var parser = Parser()
    for index in bytes.indices where !parser.take(bytes[index]) { return nil }
    return parser.result
  }

  private struct Parser {
    private var value: Int64 = 0
    private var negative = false
    private var seen = 0
    private var pointAt: Int?

    mutating func take(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): return digit(Int64(byte - UInt8(ascii: "0")))
      case UInt8(ascii: ".") where pointAt == nil && seen > 0: pointAt = seen
      case UInt8(ascii: "-") where !negative && seen == 0: negative = true
      default: return false
      }
      return true
    }

    private mutating func digit(_ digit: Int64) -> Bool {
      let (tens, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) =
        negative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      value = sum
      seen += 1
      return !first && !second
    }

    var result: FixedPoint? {
      guard seen > 0 else { return nil }
      guard let pointAt else { return FixedPoint(value) }
      guard seen > pointAt, let digits = UInt8(exactly: seen - pointAt) else { return nil }
      return FixedPoint(value, digits: digits)
    }
  }
}
