/// A request line's target, decoded: `/api/series?metric=a%20b` is the path `/api/series` and one query item.
struct RequestTarget: Equatable, Sendable {
  struct Item: Equatable, Sendable {
    var name: String
    var value: String
  }

  /// Percent-decoded; `*` for the asterisk form of OPTIONS.
  var path: String
  /// Form-decoded (`+` is a space), in order, repeated names kept. A name without `=` has the value "".
  var query: [Item]

  /// Takes the origin form (`/path?query`), the absolute form (`http://host/path`) and `*`. Linear in the length.
  init(_ bytes: Span<UInt8>) throws(RequestTargetError) {
    let start = try pathStart(bytes)
    if start == bytes.count {
      path = "/"
      query = []
    } else if bytes[start] == UInt8(ascii: "*"), bytes.count == 1 {
      path = "*"
      query = []
    } else {
      let mark = firstIndex(of: UInt8(ascii: "?"), in: bytes, from: start, to: bytes.count)
      path = mark == start ? "/" : try decode(bytes, from: start, to: mark, plusIsSpace: false)
      query = try queryItems(bytes, from: mark + 1)
    }
  }
}

/// A target that no route can mean; answered 400.
struct RequestTargetError: Error, Equatable, Sendable {
  enum Code: Sendable {
    case empty, notAbsolute, forbiddenByte, incompleteEscape, notUTF8
  }
  var code: Code
  /// In bytes from the target's start.
  var offset: Int
}

private func pathStart(_ bytes: Span<UInt8>) throws(RequestTargetError) -> Int {
  guard !bytes.isEmpty else { throw RequestTargetError(code: .empty, offset: 0) }
  if bytes[0] == UInt8(ascii: "/") || (bytes[0] == UInt8(ascii: "*") && bytes.count == 1) { return 0 }
  for scheme in ["http://", "https://"] where hasPrefix(bytes, scheme.utf8) {
    let authority = scheme.utf8.count
    let slash = firstIndex(of: UInt8(ascii: "/"), in: bytes, from: authority, to: bytes.count)
    let mark = firstIndex(of: UInt8(ascii: "?"), in: bytes, from: authority, to: bytes.count)
    guard min(slash, mark) > authority else { break }
    return min(slash, mark)
  }
  throw RequestTargetError(code: .notAbsolute, offset: 0)
}

private func hasPrefix(_ bytes: Span<UInt8>, _ prefix: String.UTF8View) -> Bool {
  guard bytes.count >= prefix.count else { return false }
  var index = 0
  for byte in prefix {
    let upper = bytes[index] >= UInt8(ascii: "A") && bytes[index] <= UInt8(ascii: "Z")
    if (upper ? bytes[index] | 0x20 : bytes[index]) != byte { return false }
    index += 1
  }
  return true
}

private func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
  var index = start
  while index < end, bytes[index] != byte { index += 1 }
  return index
}

func queryItems(_ bytes: Span<UInt8>, from start: Int) throws(RequestTargetError) -> [RequestTarget.Item] {
  var items: [RequestTarget.Item] = []
  var index = start
  while index < bytes.count {
    let end = firstIndex(of: UInt8(ascii: "&"), in: bytes, from: index, to: bytes.count)
    if end > index {
      let equals = firstIndex(of: UInt8(ascii: "="), in: bytes, from: index, to: end)
      items.append(
        RequestTarget.Item(
          name: try decode(bytes, from: index, to: equals, plusIsSpace: true),
          value: try decode(bytes, from: equals + 1, to: end, plusIsSpace: true)))
    }
    index = end + 1
  }
  return items
}

private func decode(
  _ bytes: Span<UInt8>, from start: Int, to end: Int, plusIsSpace: Bool
) throws(RequestTargetError) -> String {
  var decoded: [UInt8] = []
  decoded.reserveCapacity(max(0, end - start))
  var index = start
  while index < end {
    switch bytes[index] {
    case UInt8(ascii: "%"):
      guard index + 2 < end, let high = hexDigit(bytes[index + 1]), let low = hexDigit(bytes[index + 2]) else {
        throw RequestTargetError(code: .incompleteEscape, offset: index)
      }
      let byte = high << 4 | low
      // C interfaces below us would take it as the end of the text.
      guard byte != 0 else { throw RequestTargetError(code: .forbiddenByte, offset: index) }
      decoded.append(byte)
      index += 3
    case UInt8(ascii: "+") where plusIsSpace:
      decoded.append(UInt8(ascii: " "))
      index += 1
    case 0...0x20, 0x7f, UInt8(ascii: "#"):
      throw RequestTargetError(code: .forbiddenByte, offset: index)
    case let byte:
      decoded.append(byte)
      index += 1
    }
  }
  guard let text = String(validating: decoded, as: UTF8.self) else {
    throw RequestTargetError(code: .notUTF8, offset: start)
  }
  return text
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
