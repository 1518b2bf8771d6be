/// A strict reader of Prometheus text and OpenMetrics, written from their specifications, for tests only.
struct ExpositionParser {
  /// One family as read.
  struct Family {
    var name: String
    var type: String
    var help: String
    var series: [Series] = []
  }

  /// One line with a value.
  struct Series {
    var name: String
    var labels: [(name: String, value: String)]
    var value: String

    var label: [String: String] {
      Dictionary(labels.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// What is wrong with a text, and in which line.
  struct Fault: Error, CustomStringConvertible {
    var line: Int
    var what: String
    var description: String { "line \(line): \(what)" }
  }

  private let isOpenMetrics: Bool
  private var number = 0
  private var families: [Family] = []
  private var seen: Set<String> = []

  /// All families of a text that keeps every rule, in their order.
  static func parse(_ text: String, openMetrics: Bool) throws -> [Family] {
    var parser = ExpositionParser(isOpenMetrics: openMetrics)
    try parser.read(text)
    return parser.families
  }

  private init(isOpenMetrics: Bool) { self.isOpenMetrics = isOpenMetrics }

  private func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Fault(line: number, what: what()) }
  }

  private mutating func read(_ text: String) throws {
    guard !text.isEmpty else { return try check(!isOpenMetrics, "there is no # EOF") }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    try check(lines.popLast()?.isEmpty == true, "the last line has no end")
    if isOpenMetrics { try check(lines.popLast() == "# EOF", "there is no # EOF") }
    var help: (name: String, text: String)?
    for line in lines {
      number += 1
      if line.hasPrefix("# HELP ") {
        let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        try check(parts.count == 2 && help == nil, "HELP is malformed")
        help = (String(parts[0]), String(parts[1]))
      } else if line.hasPrefix("# TYPE ") {
        let parts = line.dropFirst(7).split(separator: " ")
        try check(parts.count == 2 && help?.name == String(parts[0]), "TYPE does not follow its HELP")
        try begin(Family(name: String(parts[0]), type: String(parts[1]), help: help?.text ?? ""))
        help = nil
      } else {
        try check(help == nil && !line.hasPrefix("#"), "unexpected line \(line)")
        try add(series(line))
      }
    }
    try check(help == nil, "HELP without TYPE")
    for family in families { try complete(family) }
  }

  private mutating func begin(_ family: Family) throws {
    try check(isName(family.name, colon: true), "\(family.name) is no name")
    try check(!families.contains { $0.name == family.name }, "family \(family.name) begins twice")
    let types = ["counter", "gauge", "summary", "histogram"] + (isOpenMetrics ? ["unknown"] : [])
    try check(types.contains(family.type), "\(family.type) is no type")
    families.append(family)
  }

  private mutating func add(_ series: Series) throws {
    guard let family = families.last else { throw Fault(line: number, what: "series without family") }
    try check(suffixes(family).contains { series.name == family.name + $0 }, "\(series.name) in \(family.name)")
    let labels = series.labels.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: "\u{0}")
    try check(seen.insert("\(series.name)\u{0}\(labels)").inserted, "\(series.name) comes twice")
    try check(Double(series.value.replacing("Inf", with: "inf")) != nil, "\(series.value) is no number")
    try check(!series.value.contains("inf") && !series.value.contains("nan"), "\(series.value) is misspelt")
    if isOpenMetrics, family.type == "counter" { try check((Double(series.value) ?? -1) >= 0, "negative counter") }
    if isOpenMetrics, family.type == "summary", let quantile = series.label["quantile"] {
      try check((0...1).contains(Double(quantile) ?? -1), "quantile \(quantile)")
    }
    families[families.count - 1].series.append(series)
  }

  private func suffixes(_ family: Family) -> [String] {
    switch family.type {
    case "counter": isOpenMetrics ? ["_total", "_created"] : [""]
    case "summary": ["", "_sum", "_count"]
    case "histogram": ["_bucket", "_sum", "_count"]
    default: [""]
    }
  }

  /// Buckets rise, end in +Inf and agree with the count; a family has a series.
  private func complete(_ family: Family) throws {
    try check(!family.series.isEmpty, "\(family.name) has no series")
    if isOpenMetrics {
      let taken = Set(families.lazy.filter { $0.name != family.name }.map(\.name))
      try check(suffixes(family).allSatisfy { !taken.contains(family.name + $0) }, "\(family.name) clashes")
    }
    guard family.type == "histogram" else { return }
    var last: (le: Double, count: Double)?
    for series in family.series {
      guard series.name.hasSuffix("_bucket"), let le = series.label["le"] else {
        if let open = last { try check(open.le == .infinity, "buckets of \(family.name) lack +Inf") }
        last = nil
        continue
      }
      let bound = Double(le.replacing("Inf", with: "inf")) ?? .nan
      let count = Double(series.value) ?? .nan
      if let last { try check(bound > last.le && count >= last.count, "buckets of \(family.name) fall at \(le)") }
      if isOpenMetrics { try check(le == "+Inf" || le.contains(".") || le.contains("e"), "le=\(le)") }
      last = (bound, count)
    }
  }

  private func isName(_ name: String, colon: Bool) -> Bool {
    guard let first = name.first, !("0"..."9").contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: colon && byte == UInt8(ascii: ":")
      }
    }
  }

  private func series(_ line: Substring) throws -> Series {
    var rest = line.unicodeScalars[...]
    let name = String(rest.prefix { $0 != "{" && $0 != " " })
    rest = rest.dropFirst(name.unicodeScalars.count)
    var labels: [(name: String, value: String)] = []
    if rest.first == "{" {
      rest = rest.dropFirst()
      repeat { labels.append(try label(&rest)) } while take(",", &rest)
      try check(take("}", &rest), "labels do not end")
    }
    try check(Set(labels.map(\.name)).count == labels.count, "a label comes twice")
    try check(take(" ", &rest), "no blank before the value")
    let value = String(rest)
    try check(!value.isEmpty && !value.contains(" "), "value '\(value)'")
    return Series(name: name, labels: labels, value: value)
  }

  private func label(_ rest: inout Substring.UnicodeScalarView) throws -> (name: String, value: String) {
    let name = String(rest.prefix { $0 != "=" })
    try check(isName(name, colon: false), "'\(name)' is no label name")
    rest = rest.dropFirst(name.unicodeScalars.count)
    try check(take("=", &rest) && take("\"", &rest), "label \(name) is malformed")
    var value = ""
    while let scalar = rest.popFirst(), scalar != "\"" {
      guard scalar == "\\" else {
        value.unicodeScalars.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "\\": value += "\\"
      case "\"": value += "\""
      case "n": value += "\n"
      default: throw Fault(line: number, what: "unknown escape in \(name)")
      }
    }
    return (name, value)
  }

  private func take(_ scalar: Unicode.Scalar, _ rest: inout Substring.UnicodeScalarView) -> Bool {
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }
}
