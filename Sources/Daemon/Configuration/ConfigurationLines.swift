/// Writes a configuration as YAML: lines at their depth, each with the comment that says where its value came from. What a configuration
/// consists of is in the extensions.
struct ConfigurationEmitter {
  let origins: [String: ConfigurationOrigin]
  private(set) var text =
    "# The effective configuration. A comment tells where a value came from; the others are defaults.\n"
  private var indent = 0
  /// Whether the next line begins an item of a list.
  private var beginsItem = false

  init(origins: [String: ConfigurationOrigin]) {
    self.origins = origins
  }

  /// `key: value`; nothing without a value.
  mutating func scalar(_ key: String, _ value: String?, _ path: String) {
    guard let value else { return }
    line("\(key): \(plainOrQuoted(value))", comment(path))
  }

  /// `key:`, and what `body` writes below it.
  mutating func section(_ key: String, _ path: String, _ body: (inout Self) -> Void) {
    line("\(key):", nil)
    indent += 1
    body(&self)
    indent -= 1
  }

  /// What `body` writes, as an item of a list.
  mutating func item(_ body: (inout Self) -> Void) {
    beginsItem = true
    indent += 1
    body(&self)
    indent -= 1
  }

  /// A line as it is, with a comment behind it.
  mutating func line(_ content: String, _ comment: String?) {
    let margin = String(repeating: "  ", count: max(0, indent - (beginsItem ? 1 : 0)))
    text += "\(margin)\(beginsItem ? "- " : "")\(content)\(comment.map { " # \($0)" } ?? "")\n"
    beginsItem = false
  }

  /// Where the value at `path` came from; nil where it is the default.
  func comment(_ path: String) -> String? {
    switch origins[path] {
    case nil, .default: nil
    case .file(let name, let line, _): "\(oneLine(name)):\(line)"
    case .some(let origin): origin.description
    }
  }

  private func oneLine(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
  }

  /// A section with a line for each of some texts, by name; nothing without any.
  mutating func texts(_ key: String, _ texts: [(String, String)], _ path: String) {
    guard !texts.isEmpty else { return }
    section(key, path) { emitter in
      for (name, text) in texts { emitter.scalar(plainOrQuoted(name), text, "\(path).\(key).\(name)") }
    }
  }
}

/// The text as a YAML value: plain where that reads back as the same text, else in double quotes.
func plainOrQuoted(_ text: String) -> String {
  if text == Secret.placeholder { return text }
  let isSafe = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_./:-".utf8.contains(byte)
    }
  }
  guard isSafe, let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ":"),
    !text.hasSuffix(":"), text.lowercased() != "null"
  else { return doubleQuoted(text) }
  return text
}

/// The text as a YAML value in double quotes, on one line whatever is in it.
func doubleQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case _ where scalar.value < 32 || scalar.value == 127: result += "\\x" + hexadecimal(scalar.value, width: 2)
    case _
    where (0x80..<0xA0).contains(scalar.value) || [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(scalar.value):
      result += "\\u" + hexadecimal(scalar.value, width: 4)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

private func hexadecimal(_ value: UInt32, width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
