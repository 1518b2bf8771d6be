import Health

/// A number of `health:` as people write it.
struct HealthThreshold: Sendable {
  let setting: HealthSetting

  var name: String { setting.name }

  static let all = HealthSetting.all.map(HealthThreshold.init(setting:))

  /// In the unit of ``HealthPolicy``: seconds, bytes, ratios, counts.
  func parse(_ text: String) throws(ValueError) -> Double {
    let value: Double
    switch setting.unit {
    case .seconds: value = try parseDuration(text).inSeconds
    case .bytes: value = try Double(parseSize(text))
    case .ratio: value = try parseRatio(text)
    case .count, .factor: value = try parseNumber(text)
    }
    guard setting.range.contains(value) else {
      let bound = value < setting.range.lowerBound ? "below \(formatRatio(setting.range.lowerBound))" : "too large"
      throw ValueError("\(quoted(text)) is \(bound)")
    }
    return value
  }

  func format(_ value: Double) -> String {
    switch setting.unit {
    case .seconds: formatSeconds(value)
    case .bytes: formatSize(Int64(value))
    case .ratio, .count, .factor: formatRatio(value)
    }
  }
}
