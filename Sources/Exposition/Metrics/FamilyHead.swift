import CacheModel

/// The lines that begin a family, rendered once for both formats. A class, so that passing one on is one retain.
final class FamilyHead: Sendable, Hashable {
  let family: MetricFamily
  let text: [UInt8]
  let openMetrics: [UInt8]
  /// For OpenMetrics, when the name that a counter has there is taken by another family.
  let openMetricsUnknown: [UInt8]
  /// The family's name in OpenMetrics: a counter's without its `_total`.
  let openMetricsName: String

  init(_ family: MetricFamily, isUnknown: Bool = false) {
    self.family = family
    let isCounter = family.type == .counter && family.name.hasSuffix("_total") && family.name != "_total"
    openMetricsName = isCounter && !isUnknown ? String(family.name.dropLast("_total".count)) : family.name
    let unknown = isUnknown || (family.type == .counter && !isCounter)
    text = Self.lines(family.name, family.type.rawValue, Self.escaped(family.help, quotes: false))
    let help = Self.escaped(family.help, quotes: true)
    openMetrics = Self.lines(openMetricsName, unknown ? "unknown" : family.type.rawValue, help)
    openMetricsUnknown = Self.lines(family.name, "unknown", help)
  }

  /// By identity: a table makes the head of a family once.
  static func == (left: FamilyHead, right: FamilyHead) -> Bool { left === right }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  private static func lines(_ name: String, _ type: String, _ help: String) -> [UInt8] {
    Array("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8)
  }

  /// Both formats escape backslash and line feed in help text; OpenMetrics also escapes quotes.
  private static func escaped(_ help: String, quotes: Bool) -> String {
    var text = ""
    for character in help.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\"" where quotes: text += "\\\""
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
