/// One rule as Prometheus has it: a series that is recorded, or an alert.
struct Rule: Sendable {
  enum Kind: Sendable {
    case record
    case alert
  }

  var kind: Kind
  var name: String
  /// Lines of a comment above the rule, for whoever reads the file.
  var comment: [String] = []
  /// PromQL; line feeds stay.
  var expression: String
  /// Seconds that an alert's expression must hold; 0 for at once.
  var hold = 0.0
  /// Values are templates of Prometheus.
  var labels: [(name: String, value: String)] = []
  /// Values are templates of Prometheus, each on a single line.
  var annotations: [(name: String, value: String)] = []

  static func record(_ name: String, _ expression: String, comment: [String] = []) -> Rule {
    Rule(kind: .record, name: name, comment: comment, expression: expression)
  }
}

/// Rules that are evaluated in order, one after the other.
struct RuleGroup: Sendable {
  var name: String
  var comment: [String] = []
  var rules: [Rule]
}

/// Writes groups of rules as the YAML that Prometheus reads.
///
/// A writer of its own: a library would not keep comments, nor expressions in the lines that make them readable.
struct RuleFileWriter {
  private(set) var text = ""

  init(header: [String], groups: [RuleGroup], pace: Pace) {
    for line in header { text += line.isEmpty ? "#\n" : "# \(line)\n" }
    text += "groups:\n"
    for (index, group) in groups.enumerated() {
      if index > 0 { text += "\n" }
      comment(group.comment, indent: "  ")
      text += "  - name: \(group.name)\n    rules:\n"
      for (index, rule) in group.rules.enumerated() {
        if index > 0, rule.kind == .alert || !rule.comment.isEmpty { text += "\n" }
        append(rule, pace)
      }
    }
  }

  private mutating func append(_ rule: Rule, _ pace: Pace) {
    comment(rule.comment, indent: "      ")
    text += "      - \(rule.kind == .record ? "record" : "alert"): \(rule.name)\n"
    let lines = rule.expression.split(separator: "\n", omittingEmptySubsequences: false)
    // A plain scalar would end at ": " or " #", and a brace would begin a mapping.
    text += "        expr: |\n"
    for line in lines { text += "          \(line)\n" }
    if rule.hold > 0 { text += "        for: \(pace.span(rule.hold))\n" }
    if !rule.labels.isEmpty {
      text += "        labels:\n"
      for label in rule.labels { text += "          \(label.name): \(Self.quoted(label.value))\n" }
    }
    if !rule.annotations.isEmpty {
      text += "        annotations:\n"
      for annotation in rule.annotations {
        // Folded: templates are full of quotes, which need no escape here.
        text += "          \(annotation.name): >-\n            \(annotation.value)\n"
      }
    }
  }

  private mutating func comment(_ lines: [String], indent: String) {
    for line in lines { text += "\(indent)# \(line)\n" }
  }

  /// The text between double quotes, with what YAML treats as special escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
