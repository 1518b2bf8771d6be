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
    guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let type = name[..<slash]
    let subtype = name[name.utf8.index(after: slash)...]
    guard !type.isEmpty, !subtype.isEmpty, type.utf8.allSatisfy(isTokenByte), subtype.utf8.allSatisfy(isTokenByte),
      type != "*" || subtype == "*"
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
    media = MediaType(type: lowercased(type), subtype: lowercased(subtype), parameters: parameters)
  }
}

/// RFC 9110 12.4.2: `0`, `0.` to `0.999`, `1`, `1.` to `1.000`; in thousandths. `nil` for anything else.
func parseQuality(_ text: some StringProtocol) -> Int? {
  var thousandths = 0
  var weight = 1000
  for (index, byte) in text.utf8.enumerated() {
    switch (index, byte) {
    case (1, UInt8(ascii: ".")): continue
    case (0, UInt8(ascii: "0")...UInt8(ascii: "1")), (2...4, UInt8(ascii: "0")...UInt8(ascii: "9")):
      thousandths += Int(byte - UInt8(ascii: "0")) * weight
      weight /= 10
    default: return nil
    }
  }
  return thousandths <= 1000 && !text.isEmpty ? thousandths : nil
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
  case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
    UInt8(ascii: "~"):
    true
  default: false
  }
}

private func trimmed(_ text: Substring) -> Substring {
  let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  let start = text.utf8.firstIndex { !isBlank($0) } ?? text.endIndex
  var end = text.endIndex
  while end > start {
    let before = text.utf8.index(before: end)
    guard isBlank(text.utf8[before]) else { break }
    end = before
  }
  return text[start..<end]
}

/// Unicode case mapping is only worth its time where there is an upper-case letter.
private func lowercased(_ text: Substring) -> String {
  text.utf8.contains { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") } ? text.lowercased() : String(text)
}

private func nameAndValue(_ part: Substring) -> (name: String, value: String)? {
  guard let equals = part.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
  let name = lowercased(part[..<equals])
  let raw = part[part.utf8.index(after: equals)...]
  guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { return nil }
  guard raw.utf8.first == UInt8(ascii: "\"") else {
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
