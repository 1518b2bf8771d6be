/// How long the rules' minutes last: 1 in earnest, 1/60 in a test that will not wait.
struct Pace: Sendable {
  /// Seconds that a second of the rules lasts; above 0.
  var factor: Double

  /// `seconds` at this pace as Prometheus writes it, `5m` or `1h30m`; at least a millisecond.
  func span(_ seconds: Double) -> String {
    var rest = max(1, Int64((seconds * factor * 1000).rounded()))
    // A week of so many hours reads worse than hours do.
    var text = ""
    for (length, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")]
      as [(Int64, String)]
    where rest >= length {
      text += "\(rest / length)\(unit)"
      rest %= length
    }
    return text
  }
}

/// Numbers as PromQL and people write them.
enum Figure {
  /// At most six decimals, without trailing zeros: `0.8425`, `100`.
  static func text(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    let text = "\(rounded)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A ratio as `85%`.
  static func percent(_ ratio: Double) -> String { text((ratio * 1e4).rounded() / 1e2) + "%" }
}
