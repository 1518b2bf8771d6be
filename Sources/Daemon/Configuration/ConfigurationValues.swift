import TimeSeries

/// Why a text is not a value of the wanted kind; the sentence that people read.
struct ValueError: Error, Equatable {
  let message: String

  init(_ message: String) {
    self.message = message
  }
}

/// A whole number of a range.
func parseCount(_ text: String, in range: ClosedRange<Int>) throws(ValueError) -> Int {
  guard let number = Int(trimmed(text)) else { throw ValueError("\(quoted(text)) is no whole number") }
  return try checked(number, text, in: range) { String($0) }
}

/// Reads whole numbers of a range.
func counts(in range: ClosedRange<Int>) -> (String) throws(ValueError) -> Int {
  { text throws(ValueError) in try parseCount(text, in: range) }
}

/// Reads durations of a range.
func durations(in range: ClosedRange<Duration>) -> (String) throws(ValueError) -> Duration {
  { text throws(ValueError) in try checked(parseDuration(text), text, in: range, formatDuration) }
}

/// Reads sizes of a range, in bytes.
func sizes(in range: ClosedRange<Int64>) -> (String) throws(ValueError) -> Int64 {
  { text throws(ValueError) in try checked(parseSize(text), text, in: range, formatSize) }
}

/// Reads shares of a whole of a range.
func shares(in range: ClosedRange<Double>) -> (String) throws(ValueError) -> Double {
  { text throws(ValueError) in try checked(parseRatio(text), text, in: range) { "\(formatRatio($0 * 100))%" } }
}

/// The value that `text` says, if it is of the range; `format` writes the bounds as they would be written.
private func checked<Value: Comparable>(
  _ value: Value, _ text: String, in range: ClosedRange<Value>, _ format: (Value) -> String
) throws(ValueError) -> Value {
  if range.contains(value) { return value }
  throw ValueError("\(quoted(text)) lies outside \(format(range.lowerBound))…\(format(range.upperBound))")
}

/// A number in front of a unit, such as `1.5` and `h`; nil when the text does not begin with a number.
private func splitNumber(_ text: Substring) -> (number: FixedPoint, rest: Substring)? {
  let end = text.firstIndex { !($0.isASCII && ($0.isNumber || $0 == ".")) } ?? text.endIndex
  guard let number = FixedPoint.parse(text[..<end].utf8) else { return nil }
  return (number, text[end...])
}

/// A text as it is shown in messages: quoted, cut after 60 characters, without control characters.
func quoted(_ text: String) -> String {
  let shown = text.unicodeScalars.prefix(60).map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }.joined()
  return "\"\(shown)\(text.unicodeScalars.count > 60 ? "…" : "")\""
}

func trimmed(_ text: some StringProtocol) -> String {
  let kept = text.drop { $0 == " " || $0 == "\t" }
  guard let last = kept.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
  return String(kept[...last])
}

// MARK: Durations

private let durationUnits: [(name: String, nanoseconds: Int64)] = [
  ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
  ("ms", 1_000_000), ("us", 1000),
]

/// What people write for a unit, in lower case, and the unit that it is.
private let unitSpellings = [
  "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
  "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "msec": "ms", "millis": "ms",
  "millisecond": "ms", "milliseconds": "ms", "µs": "us", "microseconds": "us",
]

/// Reads `800ms`, `15s`, `1h30m`, `1.5h`, `7d`, with blanks between the parts if need be.
///
/// Whole microseconds, at most 100 years. A number without a unit is refused, since it may mean seconds or
/// milliseconds.
func parseDuration(_ text: String) throws(ValueError) -> Duration {
  var rest = trimmed(text)[...]
  var total: Int128 = 0
  var previous = Int64.max
  if rest.isEmpty { throw ValueError("an empty text is no duration; write 15s or 1h30m") }
  while !rest.isEmpty {
    guard let (number, tail) = splitNumber(rest) else {
      throw ValueError("\(quoted(text)) is no duration; write 800ms, 15s or 1h30m")
    }
    let unitText = String(trimmed(tail).prefix { $0.isLetter })
    if unitText.isEmpty { throw missingUnit(text, number, isWhole: tail.isEmpty && previous == .max) }
    guard let unit = durationUnits.first(where: { $0.name == unitText }) else {
      throw unknownUnit(text, number, unitText)
    }
    guard unit.nanoseconds < previous else {
      throw ValueError("\(quoted(text)) is no duration: units go from large to small, as in 1h30m")
    }
    previous = unit.nanoseconds
    total += try nanoseconds(number, unit.nanoseconds, text)
    rest = trimmed(trimmed(tail).dropFirst(unitText.count))[...]
  }
  guard total <= 100 * 366 * 86_400_000_000_000 else {
    throw ValueError("\(quoted(text)) is too long; at most 100 years")
  }
  return .nanoseconds(Int64(total))
}

private func nanoseconds(_ number: FixedPoint, _ unit: Int64, _ text: String) throws(ValueError) -> Int128 {
  var divisor: Int128 = 1
  for _ in 0..<min(number.digits, 18) { divisor *= 10 }
  let (quotient, remainder) = (Int128(number.mantissa) * Int128(unit)).quotientAndRemainder(dividingBy: divisor)
  guard remainder == 0, number.digits <= 18, quotient % 1000 == 0 else {
    throw ValueError("\(quoted(text)) is finer than a microsecond")
  }
  return quotient
}

private func missingUnit(_ text: String, _ number: FixedPoint, isWhole: Bool) -> ValueError {
  guard isWhole else { return ValueError("\(quoted(text)) is no duration; write 800ms, 15s or 1h30m") }
  return ValueError("\(quoted(text)) has no unit; write \(number)s for seconds or \(number)ms for milliseconds")
}

private func unknownUnit(_ text: String, _ number: FixedPoint, _ unit: String) -> ValueError {
  let lower = unit.lowercased()
  let known = durationUnits.map(\.name)
  if let meant = unitSpellings[lower] ?? (known.contains(lower) ? lower : nil) {
    return ValueError("\(quoted(text)) is no duration: the unit is \(meant); write \(number)\(meant)")
  }
  let units = "d, h, m, s, ms or us"
  return ValueError("\(quoted(text)) is no duration: \(quoted(unit)) is no unit of time; write \(units)")
}

/// `1h30m`, `800ms`, `0s`: the shortest text that ``parseDuration(_:)`` reads as the same; whole microseconds.
func formatDuration(_ duration: Duration) -> String {
  let (seconds, attoseconds) = duration.components
  var rest = Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)
  var text = ""
  for unit in durationUnits {
    let (count, remainder) = rest.quotientAndRemainder(dividingBy: Int128(unit.nanoseconds))
    if count > 0 { text += "\(count)\(unit.name)" }
    rest = remainder
  }
  return text.isEmpty ? "0s" : text
}

/// As ``formatDuration(_:)``, of seconds; at most 100 years.
func formatSeconds(_ seconds: Double) -> String {
  formatDuration(.nanoseconds(Int64((seconds * 1e9).rounded())))
}

// MARK: Sizes

private let sizeUnits: [(name: String, bytes: Int64)] = [
  ("b", 1), ("k", 1 << 10), ("kb", 1000), ("kib", 1 << 10), ("m", 1 << 20), ("mb", 1_000_000), ("mib", 1 << 20),
  ("g", 1 << 30), ("gb", 1_000_000_000), ("gib", 1 << 30),
]

/// Reads `64MiB` and `64m` (powers of 1024), `64MB` (powers of 1000), `1.5GiB`, or plain bytes; case does not matter.
func parseSize(_ text: String) throws(ValueError) -> Int64 {
  guard let (number, rest) = splitNumber(trimmed(text)[...]) else {
    throw ValueError("\(quoted(text)) is no size; write 64MiB, 64MB or a number of bytes")
  }
  let unitText = trimmed(rest).lowercased()
  guard let unit = sizeUnits.first(where: { $0.name == (unitText.isEmpty ? "b" : unitText) }) else {
    throw ValueError(
      "\(quoted(text)) is no size: \(quoted(trimmed(rest))) is no unit; write KiB, MiB, GiB, kB, MB or GB")
  }
  var divisor: Int128 = 1
  for _ in 0..<min(number.digits, 18) { divisor *= 10 }
  guard let bytes = Int64(exactly: Int128(number.mantissa) * Int128(unit.bytes) / divisor) else {
    throw ValueError("\(quoted(text)) is too large")
  }
  return bytes
}

/// `64MiB`, `1000`: the shortest text that ``parseSize(_:)`` reads as the same.
func formatSize(_ bytes: Int64) -> String {
  for (name, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes > 0 && bytes % (1 << shift) == 0 {
    return "\(bytes >> shift)\(name)"
  }
  return String(bytes)
}

// MARK: Numbers, ratios, booleans

/// Reads `0.85` or `85%`, exactly, in 0…1.
func parseRatio(_ text: String) throws(ValueError) -> Double {
  let plain = trimmed(text)
  let isPercent = plain.hasSuffix("%")
  let digits = isPercent ? trimmed(plain.dropLast()) : plain
  guard let number = FixedPoint.parse(digits.utf8), number.digits <= 15 else {
    throw ValueError("\(quoted(text)) is no ratio; write 0.85 or 85%")
  }
  let value = isPercent ? FixedPoint(number.mantissa, digits: number.digits + 2) : number
  guard value >= FixedPoint(0), value <= FixedPoint(1) else {
    let meant = !isPercent && number > FixedPoint(1) && number <= FixedPoint(100)
    throw ValueError(
      meant
        ? "\(quoted(text)) is more than 1; write \(number)% if you mean percent"
        : "\(quoted(text)) lies outside 0…1 (0%…100%)")
  }
  return value.double
}

/// Reads a plain decimal number that is not negative, and not so large that it loses its last digits.
func parseNumber(_ text: String) throws(ValueError) -> Double {
  guard let number = FixedPoint.parse(trimmed(text).utf8) else {
    throw ValueError("\(quoted(text)) is no number")
  }
  guard number >= FixedPoint(0) else { throw ValueError("\(quoted(text)) is negative") }
  guard number <= FixedPoint(1_000_000_000_000_000) else {
    throw ValueError("\(quoted(text)) is too large; at most 1000000000000000")
  }
  return number.double
}

/// Reads `true`, `yes`, `on`, `1` and their opposites, in any case.
func parseBoolean(_ text: String) throws(ValueError) -> Bool {
  switch trimmed(text).lowercased() {
  case "true", "yes", "on", "1": return true
  case "false", "no", "off", "0": return false
  default: throw ValueError("\(quoted(text)) is neither true nor false")
  }
}

/// Reads one of an enumeration's names, in any case.
func parseChoice<Choice: RawRepresentable<String> & CaseIterable>(
  _ text: String, as _: Choice.Type = Choice.self
) throws(ValueError) -> Choice {
  if let choice = Choice(rawValue: trimmed(text).lowercased()) { return choice }
  let names = Choice.allCases.map(\.rawValue)
  let meant = nearest(to: text, among: names).map { "; did you mean \($0)?" } ?? ""
  throw ValueError("\(quoted(text)) is none of \(names.joined(separator: ", "))\(meant)")
}

/// The shortest plain decimal that reads as the same number; `number` is finite.
func formatRatio(_ number: Double) -> String {
  let text = number.description
  if text.hasSuffix(".0") { return String(text.dropLast(2)) }
  guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else {
    return text
  }
  let mantissa = text[..<mark].split(separator: ".")
  let digits = mantissa.joined()
  let point = (mantissa.first?.count ?? 0) + exponent
  if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
  return digits + String(repeating: "0", count: max(0, point - digits.count))
}
