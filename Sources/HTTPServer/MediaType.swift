/// `type/subtype` and its parameters, as in `Content-Type` and, with wildcards, in `Accept`.
public struct MediaType: Hashable, Sendable, CustomStringConvertible {
  /// Lower case; `*` in a range.
  public let type: String
  /// Lower case; `*` in a range.
  public let subtype: String
  /// Names in lower case, quotes removed, in order, without `q`.
  public let parameters: [Parameter]

  /// A name and value behind a semicolon.
  public struct Parameter: Hashable, Sendable {
    /// Lower case.
    public let name: String
    /// As sent, without quotes.
    public let value: String
  }

  /// The value of a parameter, or `nil`.
  public func parameter(_ name: String) -> String? {
    parameters.first { $0.name == name }?.value
  }

  /// `nil` if the text is not `type/subtype` with well-formed parameters. A `q` parameter is left out.
  public init?(_ text: String) {
    guard let range = MediaRange(text[...]) else { return nil }
    self = range.media
  }

  init(type: String, subtype: String, parameters: [Parameter]) {
    self.type = type
    self.subtype = subtype
    self.parameters = parameters
  }

  /// As a `Content-Type` header writes it.
  public var description: String {
    parameters.reduce(into: "\(type)/\(subtype)") { text, parameter in
      let plain = parameter.value.utf8.allSatisfy(isTokenByte) && !parameter.value.isEmpty
      let quoted = parameter.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      text += "; \(parameter.name)=\(plain ? parameter.value : "\"\(quoted)\"")"
    }
  }
}

/// One element of an `Accept` header.
struct MediaRange {
  var media: MediaType
  /// Thousandths, 0…1000.
  var quality: Int

  init?(_ text: Substring) {
    var parts = splitOutsideQuotes(text, at: UInt8(ascii: ";"))[...]
    guard let name = parts.popFirst() else { return nil }
    let halves = name.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isTokenByte) }),
      halves[0] != "*" || halves[1] == "*"
    else { return nil }
    var parameters: [MediaType.Parameter] = []
    quality = 1000
    for part in parts where !part.isEmpty {
      guard let (name, value) = nameAndValue(part) else { return nil }
      if name == "q" {
        guard let parsed = parseQuality(value) else { return nil }
        quality = parsed
      } else {
        parameters.append(MediaType.Parameter(name: name, value: value))
      }
    }
    media = MediaType(type: halves[0].lowercased(), subtype: halves[1].lowercased(), parameters: parameters)
  }
}

/// RFC 9110 12.4.2: `0`, `0.` to `0.999`, `1`, `1.` to `1.000`; in thousandths. `nil` for anything else.
func parseQuality(_ text: some StringProtocol) -> Int? {
  let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
  guard let whole = parts.first, whole == "0" || whole == "1" else { return nil }
  let fraction = parts.count == 2 ? parts[1] : ""
  guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  var thousandths = 0
  for index in 0..<3 {
    thousandths = thousandths * 10 + (index < fraction.utf8.count ? Int(Array(fraction.utf8)[index]) - 0x30 : 0)
  }
  thousandths += whole == "1" ? 1000 : 0
  return thousandths <= 1000 ? thousandths : nil
}

/// Pieces without surrounding blanks; a separator inside a quoted string does not separate.
func splitOutsideQuotes(_ text: Substring, at separator: UInt8) -> [Substring] {
  var pieces: [Substring] = []
  var start = text.startIndex
  var quoted = false
  var escaped = false
  for index in text.utf8.indices {
    let byte = text.utf8[index]
    if escaped {
      escaped = false
    } else if quoted, byte == UInt8(ascii: "\\") {
      escaped = true
    } else if byte == UInt8(ascii: "\"") {
      quoted.toggle()
    } else if byte == separator, !quoted {
      pieces.append(trimmed(text[start..<index]))
      start = text.utf8.index(after: index)
    }
  }
  pieces.append(trimmed(text[start...]))
  return pieces
}

func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}

private func trimmed(_ text: Substring) -> Substring {
  let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
  var rest = text.drop(while: isBlank)
  while let last = rest.last, isBlank(last) { rest.removeLast() }
  return rest
}

private func nameAndValue(_ part: Substring) -> (name: String, value: String)? {
  guard let equals = part.firstIndex(of: "=") else { return nil }
  let name = part[..<equals].lowercased()
  let raw = part[part.index(after: equals)...]
  guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { return nil }
  guard raw.hasPrefix("\"") else {
    return !raw.isEmpty && raw.utf8.allSatisfy(isTokenByte) ? (name, String(raw)) : nil
  }
  guard raw.count >= 2, raw.hasSuffix("\"") else { return nil }
  var value = ""
  var escaped = false
  for character in raw.dropFirst().dropLast() {
    if !escaped, character == "\\" {
      escaped = true
    } else {
      value.append(character)
      escaped = false
    }
  }
  return escaped ? nil : (name, value)
}
