import CacheModel

/// Figures as the tables for people say them.
enum Spoken {
  /// `83.3 %`; `-` where there is none.
  static func percent(_ ratio: Double?) -> String {
    guard let ratio, ratio.isFinite else { return "-" }
    return "\(decimal(ratio * 100, digits: 1)) %"
  }

  /// A whole number with blanks between groups of three: `12 345`.
  static func count(_ value: Int64?) -> String {
    guard let value else { return "-" }
    var text = ""
    let digits = String(value.magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += " " }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// A duration in its largest fitting unit: `730 µs`, `45.3 ms`, `12.5 s`, `5 min`, `2.5 h`, `3 d`.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite else { return "-" }
    let size = abs(seconds)
    let units: [(Double, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs")]
    let (unit, name) = size == 0 ? (1, "s") : units.first { size >= $0.0 } ?? (1e-6, "µs")
    return "\(decimal(seconds / unit, digits: 1, trimmed: true)) \(name)"
  }

  /// `2026-11-21 11:40:00Z`: a second is exact enough for people.
  static func time(_ time: UnixTime?) -> String {
    guard let text = time?.rfc3339 else { return "-" }
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
  }

  /// Which configuration is in force.
  static func configuration(_ known: ConfigurationFigures) -> String {
    "as of \(time(known.read))" + (known.isCurrent ? "" : "; its file can't be used now")
  }

  /// `2.5 h, 12.40`: time, and money in the currency of the declaration; `-` where neither is known.
  static func saved(_ saved: (seconds: Double?, amount: Double?)) -> String {
    let amount = saved.amount.map { decimal($0, digits: 2) }
    // A cost that was declared in money alone has no seconds to tell.
    guard let amount else { return duration(saved.seconds) }
    guard let seconds = saved.seconds, seconds > 0 else { return amount }
    return "\(duration(seconds)), \(amount)"
  }

  /// `1.50M (2.3 %)`, or `1.50M` without a limit.
  static func shortMemory(_ facts: ServerFacts) -> String {
    guard let used = facts.usedMemory else { return "-" }
    guard let limit = facts.maximumMemory, limit > 0 else { return humanSize(used) }
    return "\(humanSize(used)) (\(percent(Double(used) / Double(limit))))"
  }

  /// `1.50M of 64.00M (2.3 %)`, `1.50M, no limit`, or `-`.
  static func memory(_ facts: ServerFacts) -> String {
    guard let used = facts.usedMemory else { return "-" }
    guard let limit = facts.maximumMemory else { return humanSize(used) }
    guard limit > 0 else { return "\(humanSize(used)), no limit" }
    return "\(humanSize(used)) of \(humanSize(limit)) (\(percent(Double(used) / Double(limit))))"
  }

  /// `redis 7.0.15 master`, as much of it as is known.
  static func server(_ target: TargetSnapshot) -> String {
    let facts = target.facts
    let known = [facts.software ?? target.target.kind.rawValue, facts.version, facts.role].compactMap(\.self)
    return known.joined(separator: " ")
  }

  /// `up`, `down: timeout`, `not polled yet`.
  static func state(_ target: TargetSnapshot) -> String {
    if target.isUp { return "up" }
    return target.failure.map { "down: \($0.rawValue)" } ?? (target.polls == 0 ? "not polled yet" : "down")
  }

  /// A number with this many digits after the point, halves rounded away from zero.
  static func decimal(_ value: Double, digits: Int, trimmed: Bool = false) -> String {
    let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
    guard let scaled = Int64(exactly: (value * scale).rounded()) else { return value.description }
    let (whole, fraction) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
    let sign = scaled < 0 ? "-" : ""
    if digits == 0 || (trimmed && fraction == 0) { return sign + String(whole) }
    let text = String(fraction)
    return sign + "\(whole)." + String(repeating: "0", count: digits - text.count) + text
  }
}

extension Status {
  /// How a status looks where colours are shown.
  var style: Style {
    switch self {
    case .healthy: .good
    case .degraded: .doubtful
    case .unhealthy: .bad
    case .unknown: .dim
    }
  }
}

extension Severity {
  /// How a severity looks where colours are shown.
  var style: Style {
    switch self {
    case .info: .dim
    case .warning: .doubtful
    case .critical: .bad
    }
  }
}

extension [HitRateWindow] {
  /// The ratio of the window of this length.
  func ratio(_ seconds: Int) -> Double? { first { $0.seconds == seconds }?.ratio }

  /// The lookups of the window of this length.
  func lookups(_ seconds: Int) -> Int64? {
    first { $0.seconds == seconds }?.lookups.flatMap { Int64(exactly: $0.rounded()) }
  }
}
