import CacheModel
import TimeSeries

/// UTF-8 text under construction: what every format here is written into.
struct ByteText {
  private(set) var bytes: [UInt8] = []

  /// Empty text with room for this many bytes.
  init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(_ other: [UInt8]) { bytes.append(contentsOf: other) }

  mutating func append(_ other: ArraySlice<UInt8>) { bytes.append(contentsOf: other) }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A decimal integer.
  mutating func append(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digits: value.magnitude, atLeast: 1)
  }

  /// The shortest plain decimal of an exact number, as its `description` says it.
  mutating func append(_ value: FixedPoint) {
    var magnitude = value.mantissa.magnitude
    var digits = Int(value.digits)
    while digits > 0, magnitude.isMultiple(of: 10) {
      magnitude /= 10
      digits -= 1
      if magnitude == 0 { digits = 0 }
    }
    if digits == 0 && magnitude == 0 { return append(UInt8(ascii: "0")) }
    if value.mantissa < 0 { append(UInt8(ascii: "-")) }
    guard digits > 0 else { return append(digits: magnitude, atLeast: 1) }
    guard digits < Self.powers.count else {
      append("0.")
      return append(digits: magnitude, atLeast: digits)
    }
    let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: Self.powers[digits])
    append(digits: whole, atLeast: 1)
    append(UInt8(ascii: "."))
    append(digits: fraction, atLeast: digits)
  }

  /// The shortest decimal that reads back as the same double; `NaN`, `+Inf`, `-Inf` as Prometheus spells them.
  mutating func append(_ value: Double) {
    if let integer = Int64(exactly: value), integer.magnitude < 1 << 53 { return append(integer) }
    if value.isFinite { return append(value.description) }
    append(value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf")
  }

  /// Digits with leading zeros up to `width`.
  mutating func append(digits value: UInt64, atLeast width: Int) {
    var buffer = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
    var start = 20
    var rest = value
    repeat {
      start -= 1
      buffer[start] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    } while rest > 0
    for _ in 0..<max(0, width - (20 - start)) { bytes.append(UInt8(ascii: "0")) }
    for index in start..<20 { bytes.append(buffer[index]) }
  }

  /// 10^0 … 10^19: all that fit.
  private static let powers: [UInt64] = (0..<20).map { power in (0..<power).reduce(1) { product, _ in product * 10 }
  }
}

extension ByteText {
  /// Text with each byte that `escape` names replaced by what it answers.
  mutating func append(_ text: String, escaping escape: (UInt8) -> String?) {
    for byte in text.utf8 {
      if let replacement = escape(byte) { append(replacement) } else { append(byte) }
    }
  }

  /// `name="value"` with backslash, quote and line feed escaped, and control characters as a ``Label`` has them.
  mutating func append(label name: String, _ value: String) {
    append(name)
    append("=\"")
    append(Label.value(value)) { byte in
      switch byte {
      case UInt8(ascii: "\\"): "\\\\"
      case UInt8(ascii: "\""): "\\\""
      case UInt8(ascii: "\n"): "\\n"
      default: nil
      }
    }
    append(UInt8(ascii: "\""))
  }
}
