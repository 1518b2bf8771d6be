public import CacheModel

extension UnixTime {
  /// As RFC 3339 says it, in UTC with milliseconds: `2025-10-09T12:00:00.250Z`.
  ///
  /// RFC 3339 has four digits for the year: instants outside 0001…9999 are written as the nearest one inside.
  public var rfc3339: String {
    let known = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    var (days, rest) = known.quotientAndRemainder(dividingBy: 86_400_000)
    if rest < 0 {
      rest += 86_400_000
      days -= 1
    }
    let (year, month, date) = Self.civil(days)
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(date, 2))T"
      + "\(Self.padded(rest / 3_600_000, 2)):\(Self.padded(rest / 60_000 % 60, 2)):"
      + "\(Self.padded(rest / 1000 % 60, 2)).\(Self.padded(rest % 1000, 3))Z"
  }

  /// The date that lies this many days after 1970-01-01, in the Gregorian calendar; years are counted from March on
  /// the way, so that the leap day ends its year.
  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// Bytes as Redis' own `used_memory_human` says them: `512B`, `1.50M`.
package func humanSize(_ bytes: Int64) -> String {
  guard bytes >= 1024 else { return "\(bytes)B" }
  let units = Array("KMGTPE")
  var index = 0
  while index < units.count - 1, bytes >> (10 * (index + 2)) > 0 { index += 1 }
  let unit = Int128(1) << (10 * (index + 1))
  var (hundredths, rest) = (Int128(bytes) * 100).quotientAndRemainder(dividingBy: unit)
  if rest * 2 > unit || (rest * 2 == unit && hundredths % 2 == 1) { hundredths += 1 }
  rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)\(units[index])"
}
