internal import CacheModel

/// How numbers are written in messages for people: same on every machine, no locale.
enum Wording {
  /// `79.3 %`; two decimals from 99 % on, where they matter.
  static func percent(_ ratio: Double) -> String {
    let isFine = ratio > 0.99 && ratio < 1
    return decimal(ratio * 100, places: isFine ? 2 : 1) + " %"
  }

  /// `79.3 % (77.0 % to 81.1 %)`.
  static func spread(_ value: SampledRatio) -> String {
    "\(percent(value.ratio)) (\(percent(value.interval.lowerBound)) to \(percent(value.interval.upperBound)))"
  }

  /// `12,345`, rounded to a whole number.
  static func count(_ value: Double) -> String {
    let whole = Int64(max(-9e18, min(9e18, value.rounded())))
    var digits = Array(String(whole.magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (whole < 0 ? "-" : "") + String(digits)
  }

  /// `12,345 keys`, `1 key`.
  static func count(_ value: Double, _ noun: String) -> String {
    let isOne = value.rounded() == 1
    return count(value) + " " + (isOne ? noun : noun + "s")
  }

  /// `512 B`, `1.5 GiB`.
  static func bytes(_ value: Double) -> String {
    var (scaled, unit) = (value, 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while abs(scaled) >= 1024, unit < units.count - 1 {
      scaled /= 1024
      unit += 1
    }
    return decimal(scaled, places: unit == 0 ? 0 : 1) + " " + units[unit]
  }

  /// `40 s`, `12 min`, `3 h`, `2 d`: the largest unit of which there are at least two, rounded.
  static func duration(_ seconds: Double) -> String {
    for (length, unit) in [(86_400.0, "d"), (3600, "h"), (60, "min")] where seconds >= 2 * length {
      return count(seconds / length) + " " + unit
    }
    return count(seconds) + " s"
  }

  /// A window as labels name it, `5m`, `1h`.
  static func window(_ seconds: Int) -> String {
    seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds / 60)m"
  }

  /// With exactly `places` decimals, half away from zero.
  static func decimal(_ value: Double, places: Int) -> String {
    let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
    let units = Int64(max(-9e17, min(9e17, (value * scale).rounded())))
    var digits = String(units.magnitude)
    while digits.count <= places { digits = "0" + digits }
    let sign = units < 0 ? "-" : ""
    guard places > 0 else { return sign + digits }
    return sign + digits.dropLast(places) + "." + digits.suffix(places)
  }
}
