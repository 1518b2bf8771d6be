/// A threshold of `health:`, and how people write it.
struct HealthThreshold: Sendable {
  let name: String
  let parse: @Sendable (String) throws(ValueError) -> Double
  let format: @Sendable (Double) -> String

  static let all: [HealthThreshold] = [
    HealthThreshold(name: "minimum_lookups", parse: parseNumber, format: formatRatio)
  ]
}
