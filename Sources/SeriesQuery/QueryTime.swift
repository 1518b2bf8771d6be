/// Reads Unix seconds, with a fraction if need be, or RFC 3339 (`2025-10-09T12:00:00.25Z`, `…+02:00`), as Unix milliseconds.
///
/// Nil for anything else, and outside the years 1 to 9999. A leap second counts as the second after it.
public func parseQueryTime(_ text: String) -> Int64? {
  if text.utf8.contains(UInt8(ascii: "T")) || text.utf8.contains(UInt8(ascii: "t")) { return parseRFC3339(text) }
  let isNumber = text.utf8.allSatisfy { QueryText.isDigit($0) || "+-.eE".utf8.contains($0) }
  guard isNumber, let seconds = Double(text), seconds >= -62_135_596_800, seconds < 253_402_300_800 else {
    return nil
  }
  return Int64((seconds * 1000).rounded())
}

private func parseRFC3339(_ text: String) -> Int64? {
  var bytes = Array(text.utf8)[...]
  guard let year = digits(4, &bytes), take("-", &bytes), let month = digits(2, &bytes), take("-", &bytes),
    let day = digits(2, &bytes), take("T", &bytes) || take("t", &bytes), let hour = digits(2, &bytes),
    take(":", &bytes), let minute = digits(2, &bytes), take(":", &bytes), let second = digits(2, &bytes)
  else { return nil }
  guard year > 0, (1...12).contains(month), day > 0, day <= days(of: month, year), hour < 24, minute < 60,
    second <= 60
  else { return nil }
  guard let fraction = milliseconds(&bytes), let offset = offset(&bytes), bytes.isEmpty else { return nil }
  let clock = ((daysBefore(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  return (clock - offset) * 1000 + fraction
}

/// `.25` as 250; finer digits are cut off. 0 without a fraction.
private func milliseconds(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
  guard take(".", &bytes) else { return 0 }
  let part = bytes.prefix(while: QueryText.isDigit)
  bytes = bytes.dropFirst(part.count)
  guard !part.isEmpty, part.count <= 18 else { return nil }
  let padded =
    String(decoding: part.prefix(3), as: UTF8.self) + String(repeating: "0", count: max(0, 3 - part.count))
  return Int64(padded)
}

/// Seconds east of UTC.
private func offset(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
  if take("Z", &bytes) || take("z", &bytes) { return 0 }
  let isWest = take("-", &bytes)
  guard isWest || take("+", &bytes), let hours = digits(2, &bytes), take(":", &bytes),
    let minutes = digits(2, &bytes),
    hours < 24, minutes < 60
  else { return nil }
  return (isWest ? -1 : 1) * (hours * 60 + minutes) * 60
}

private func digits(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> Int64? {
  let part = bytes.prefix(count)
  guard part.count == count, part.allSatisfy(QueryText.isDigit) else { return nil }
  bytes = bytes.dropFirst(count)
  return Int64(String(decoding: part, as: UTF8.self))
}

private func take(_ text: Character, _ bytes: inout ArraySlice<UInt8>) -> Bool {
  guard bytes.first == text.asciiValue else { return false }
  bytes = bytes.dropFirst()
  return true
}

private func days(of month: Int64, _ year: Int64) -> Int64 {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years are counted from March on, so that the leap day ends its
/// year.
private func daysBefore(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
  let year = month <= 2 ? year - 1 : year
  let era = year / 400
  let yearOfEra = year - era * 400
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
