import CacheModel

/// What Prometheus and OpenMetrics accept as names, and how OpenMetrics spells bounds.
enum MetricName {
  /// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  static func isValid(metric name: String) -> Bool {
    isName(name) { isLetter($0) || $0 == UInt8(ascii: ":") }
  }

  /// `[a-zA-Z_][a-zA-Z0-9_]*`, not beginning with two underscores: those are Prometheus' own.
  static func isValid(label name: String) -> Bool {
    !name.hasPrefix("__") && isName(name, isLetter)
  }

  private static func isName(_ name: String, _ isAllowed: (UInt8) -> Bool) -> Bool {
    guard let first = name.utf8.first, isAllowed(first) else { return false }
    return name.utf8.allSatisfy { isAllowed($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// A `le` or `quantile` as OpenMetrics wants it: `1` is `1.0`, a million is `1e+06`; other spellings stay.
  static func canonicalBound(_ text: String) -> String {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return text
    }
    let digits = text.drop { $0 == "0" }
    guard digits.count > 6 else { return (digits.isEmpty ? "0" : digits) + ".0" }
    var mantissa = digits
    while mantissa.last == "0" { mantissa.removeLast() }
    let fraction = mantissa.dropFirst()
    let exponent = digits.count - 1
    return mantissa.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "e+" + (exponent < 10 ? "0" : "")
      + String(exponent)
  }

  /// A bound that is a number, in both formats: `0.05`, `1.0`.
  static func canonicalBound(_ bound: Double) -> String { bound.description }

  /// A name made of `[a-z0-9_]` only, for keys of JSON objects.
  static func sanitized(_ name: String) -> String {
    var text = ""
    for character in name.lowercased().unicodeScalars {
      switch character {
      case "a"..."z", "0"..."9": text.unicodeScalars.append(character)
      default: text += "_"
      }
    }
    return text.isEmpty ? "_" : text
  }
}
