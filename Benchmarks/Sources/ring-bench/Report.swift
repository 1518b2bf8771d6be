/// Named figures in the order in which they were measured.
struct Report {
  private(set) var figures: [(name: String, value: Double)] = []

  mutating func add(_ name: String, _ value: Double) { figures.append((name, value)) }

  var text: String {
    let width = figures.map(\.name.count).max() ?? 0
    return figures.map { figure in
      figure.name + String(repeating: " ", count: width + 2 - figure.name.count) + Self.format(figure.value)
    }.joined(separator: "\n")
  }

  var json: String {
    "{" + figures.map { "\"\($0.name)\": \(Self.format($0.value))" }.joined(separator: ", ") + "}"
  }

  /// Five significant digits, no exponent.
  static func format(_ value: Double) -> String {
    if value == value.rounded() && abs(value) < 1e15 { return String(Int64(value)) }
    var scale = 1.0
    while abs(value) * scale < 10_000 && scale < 1e9 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }
}
