import CacheModel

/// Where a statistic is told, and in which unit.
public struct JSONField: Sendable, Hashable {
  /// What a plain number means. A text may say more itself: `88.9%`, `1.5M`.
  public enum Unit: String, Sendable, Hashable, CaseIterable {
    /// Of something that is counted.
    case count
    case bytes
    case kilobytes = "kB"
    case megabytes = "MB"
    case gigabytes = "GB"
    case kibibytes = "KiB"
    case mebibytes = "MiB"
    case gibibytes = "GiB"
    /// From 0 to 1.
    case ratio
    /// From 0 to 100.
    case percent

    /// What kind of statistic it measures.
    public var measures: Quantity {
      switch self {
      case .count: .count
      case .ratio, .percent: .ratio
      default: .bytes
      }
    }

    /// A number of it in the base unit.
    func based(_ number: Double) -> Double { self == .percent ? number / 100 : number * factor }

    private var factor: Double {
      switch self {
      case .count, .bytes, .ratio, .percent: 1
      case .kilobytes: 1e3
      case .megabytes: 1e6
      case .gigabytes: 1e9
      case .kibibytes: 1024
      case .mebibytes: 1_048_576
      case .gibibytes: 1_073_741_824
      }
    }
  }

  /// What is measured.
  public enum Quantity: Sendable, Hashable {
    case count
    case bytes
    case ratio

    /// The unit of a field that names none.
    public var baseUnit: Unit {
      switch self {
      case .count: .count
      case .bytes: .bytes
      case .ratio: .ratio
      }
    }
  }

  /// Where it is.
  public var path: JSONPath
  /// What a plain number there means.
  public var unit: Unit

  /// A field of an answer.
  public init(_ path: JSONPath, unit: Unit) {
    self.path = path
    self.unit = unit
  }

  /// The field of one namespace: `{name}` is what it is called in the document.
  public func of(_ name: String) -> JSONField { JSONField(path.of(name), unit: unit) }
}

extension JSONField {
  /// The sum of what the path leads to, in the base unit; nil where it leads to nothing. Throws where a value is none of this
  /// kind, is below 0, or is out of range. Ratios can't be added: more than one is refused.
  func read(_ values: [JSONScalar]) throws(CollectorFailure) -> Double? {
    guard !values.isEmpty else { return nil }
    guard unit.measures != .ratio || values.count == 1 else {
      throw CollectorFailure(.malformedReply, "\(path.text) leads to \(values.count) ratios, which have no sum")
    }
    var sum = 0.0
    for value in values {
      guard let number = number(value), number.isFinite, number >= 0 else {
        throw CollectorFailure(.malformedReply, "\(path.text) is no number in \(unit.rawValue)")
      }
      sum += number
    }
    let limit = unit.measures == .ratio ? 1.0 : Double(1 << 62)
    guard sum <= limit else {
      throw CollectorFailure(.implausibleValue, "\(path.text) is more than can be in \(unit.rawValue)")
    }
    return sum
  }

  private func number(_ value: JSONScalar) -> Double? {
    switch value {
    case .integer(let number): unit.based(Double(number))
    case .number(let number): unit.based(number)
    case .text(let text): number(text)
    }
  }

  /// A number with, perhaps, a unit of its own behind it.
  private func number(_ text: String) -> Double? {
    let text = text.filter { $0 != " " && $0 != "_" && $0 != "," }
    let digits = text.prefix { $0.isASCII && ($0.isNumber || ".+-".contains($0)) }
    guard let number = Double(digits) else { return nil }
    let suffix = text.dropFirst(digits.count)
    if suffix.isEmpty { return unit.based(number) }
    if unit.measures == .ratio { return suffix == "%" ? number / 100 : nil }
    return Self.factor(of: suffix.lowercased(), unit.measures).map { number * $0 }
  }

  /// `1.5M` of bytes is as Redis prints it, a power of 1024; `1.5MB` is one of 1000, and so is `1.5M` of anything else.
  private static func factor(of suffix: String, _ quantity: Quantity) -> Double? {
    guard let letter = suffix.first else { return nil }
    if quantity == .bytes, suffix == "b" || suffix == "bytes" { return 1 }
    guard let power = ["k", "m", "g", "t"].firstIndex(of: letter).map({ Double($0 + 1) }) else { return nil }
    func raised(_ base: Double) -> Double { (0..<Int(power)).reduce(1) { product, _ in product * base } }
    return switch (suffix.dropFirst(), quantity) {
    case ("", .bytes), ("ib", .bytes): raised(1024)
    case ("b", .bytes), ("", .count): raised(1000)
    default: nil
    }
  }
}
