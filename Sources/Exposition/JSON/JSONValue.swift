package import CacheModel

/// A JSON text before it is written: objects keep the order in which their members were named.
///
/// Our own rather than `JSONEncoder`, which sorts keys or leaves them to chance: people read these answers in a
/// terminal, where `status` belongs first. It also keeps Foundation out of this floor.
package enum JSONValue {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Written as null unless finite.
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([(String, JSONValue)])

  package static func bool(_ value: Bool?) -> JSONValue { value.map { .bool($0) } ?? .null }
  package static func integer(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
  package static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
  package static func text(_ value: String?) -> JSONValue { value.map { .text($0) } ?? .null }

  /// RFC 3339 in UTC with milliseconds.
  package static func time(_ value: UnixTime?) -> JSONValue { value.map { .text($0.rfc3339) } ?? .null }

  /// The case's raw value.
  package static func name(_ value: (some RawRepresentable<String>)?) -> JSONValue { text(value?.rawValue) }

  /// The two bounds of a range.
  package static func interval(_ value: ClosedRange<Double>?) -> JSONValue {
    value.map { .array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
  }

  /// This text as UTF-8, indented, with a line feed at its end.
  package var bytes: [UInt8] {
    var text = ByteText(capacity: 4096)
    text.append(self, indent: 0)
    text.append(UInt8(ascii: "\n"))
    return text.bytes
  }

  /// This text as UTF-8 on a single line, without a line feed.
  package var line: [UInt8] {
    var text = ByteText(capacity: 4096)
    text.append(self, indent: nil)
    return text.bytes
  }

  fileprivate var isScalar: Bool {
    switch self {
    case .array, .object: false
    case .null, .bool, .integer, .number, .text: true
    }
  }

  /// Whether there is no other container in this one but arrays of scalars.
  fileprivate var isFlat: Bool {
    switch self {
    case .array(let values): values.allSatisfy(\.isScalar)
    case .object(let members):
      members.allSatisfy { member in
        if case .object(let inner) = member.1 { inner.isEmpty } else { member.1.isFlat }
      }
    case .null, .bool, .integer, .number, .text: true
    }
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }
}

extension ByteText {
  /// Containers that hold scalars only stay on one line where that is short: intervals, points, windows.
  fileprivate mutating func append(_ value: JSONValue, indent: Int?) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(value)
    case .number(let value): if value.isFinite { append(value) } else { append("null") }
    case .text(let value): append(quoted: value)
    case .array, .object:
      if indent != nil, value.isFlat {
        var line = ByteText()
        line.append(value, indent: nil)
        if line.bytes.count <= 160 { return append(line.bytes) }
      }
      append(container: value, indent: indent)
    }
  }

  /// `indent` is nil on a single line.
  private mutating func append(container: JSONValue, indent: Int?) {
    let inner = indent.map { $0 + 1 }
    if case .array(let values) = container {
      append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        separate(index, inner)
        append(value, indent: inner)
      }
      if !values.isEmpty { newLine(indent) }
      append(UInt8(ascii: "]"))
    } else if case .object(let members) = container {
      append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        separate(index, inner)
        append(quoted: member.0)
        append(": ")
        append(member.1, indent: inner)
      }
      if !members.isEmpty { newLine(indent) }
      append(UInt8(ascii: "}"))
    }
  }

  private mutating func separate(_ index: Int, _ indent: Int?) {
    if index > 0 { append(indent == nil ? ", " : ",") }
    newLine(indent)
  }

  private mutating func newLine(_ indent: Int?) {
    guard let indent else { return }
    append(UInt8(ascii: "\n"))
    for _ in 0..<indent { append("  ") }
  }

  mutating func append(quoted text: String) {
    append(UInt8(ascii: "\""))
    append(text, escaping: Self.escape)
    append(UInt8(ascii: "\""))
  }

  private static func escape(_ byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case UInt8(ascii: "\n"): "\\n"
    case UInt8(ascii: "\t"): "\\t"
    case 0..<0x20, 0x7F: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    default: nil
    }
  }
}
