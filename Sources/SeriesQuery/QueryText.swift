/// A query's bytes, and how far they are read.
struct QueryText {
  private let bytes: [UInt8]
  private(set) var offset = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// Where the next byte lies, from 1.
  var column: Int { offset + 1 }

  var isAtEnd: Bool { offset == bytes.count }

  /// The byte so many places ahead; nil behind the end.
  func peek(_ ahead: Int = 0) -> UInt8? {
    offset + ahead < bytes.count ? bytes[offset + ahead] : nil
  }

  /// Goes past blanks and comments.
  mutating func skipBlanks() {
    while let byte = peek() {
      if byte == UInt8(ascii: "#") {
        while let byte = peek(), byte != UInt8(ascii: "\n") { offset += 1 }
      } else if byte == UInt8(ascii: " ") || (9...13).contains(byte) {
        offset += 1
      } else {
        return
      }
    }
  }

  /// Goes past `text` if it comes next.
  mutating func take(_ text: StaticString) -> Bool {
    let wanted = text.description.utf8
    guard bytes[offset...].starts(with: wanted) else { return false }
    offset += wanted.count
    return true
  }

  /// Goes past blanks, and then past `text` or throws.
  mutating func expect(_ text: StaticString, _ context: String) throws(QueryError) {
    skipBlanks()
    guard take(text) else { throw unexpected("'\(text)' \(context)") }
  }

  /// That something else was wanted here.
  func unexpected(_ wanted: String) -> QueryError {
    QueryError(.syntax, column: column, "\(wanted) is expected, not \(next)")
  }

  /// What comes next, for messages.
  var next: String {
    guard let byte = peek() else { return "the end" }
    var end = offset + 1
    if Self.isLetter(byte) {
      while end < bytes.count, end < offset + 40, Self.isLetter(bytes[end]) || Self.isDigit(bytes[end]) { end += 1 }
    } else {
      while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    }
    return "'\(String(decoding: bytes[offset..<end], as: UTF8.self))'"
  }

  /// A name of letters, digits, underscores and, in names of metrics, colons; nil if none begins here.
  mutating func name(colons: Bool) -> String? {
    let isPart = { (byte: UInt8) in Self.isLetter(byte) || (colons && byte == UInt8(ascii: ":")) }
    guard let first = peek(), isPart(first) else { return nil }
    let start = offset
    while let byte = peek(), isPart(byte) || Self.isDigit(byte) { offset += 1 }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  /// The digits, point and exponent that come next, as text; empty if none.
  mutating func digits(_ isPart: (UInt8) -> Bool = Self.isDigit) -> String {
    let start = offset
    while let byte = peek(), isPart(byte) { offset += 1 }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  /// The bytes from `start` up to here.
  func text(since start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }

  mutating func skip(_ count: Int) { offset += count }

  static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || byte == UInt8(ascii: "_")
  }
}

// MARK: Strings

extension QueryText {
  /// A string in quotes, apostrophes or backticks, as Go writes them; between backticks nothing is escaped.
  mutating func string() throws(QueryError) -> String {
    let start = column
    guard let quote = peek(), [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`")].contains(quote) else {
      throw unexpected("a string in quotes")
    }
    offset += 1
    var text: [UInt8] = []
    while let byte = peek(), byte != quote {
      if byte == UInt8(ascii: "\n"), quote != UInt8(ascii: "`") { break }
      if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
        try escape(quote, into: &text)
      } else {
        text.append(byte)
        offset += 1
      }
    }
    guard peek() == quote else { throw QueryError(.syntax, column: start, "the string does not end") }
    offset += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw QueryError(.syntax, column: start, "the string is not UTF-8")
    }
    return string
  }

  private mutating func escape(_ quote: UInt8, into text: inout [UInt8]) throws(QueryError) {
    let start = column
    guard let letter = peek(1) else { throw QueryError(.syntax, column: start, "the string does not end") }
    offset += 2
    switch letter {
    case UInt8(ascii: "a"): text.append(7)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "v"): text.append(11)
    case UInt8(ascii: "\\"), quote: text.append(letter)
    case UInt8(ascii: "x"): text.append(UInt8(try code(2, radix: 16, start)))
    case UInt8(ascii: "u"): try scalar(code(4, radix: 16, start), start, into: &text)
    case UInt8(ascii: "U"): try scalar(code(8, radix: 16, start), start, into: &text)
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      offset -= 1
      text.append(UInt8(try code(3, radix: 8, start)))
    default: throw QueryError(.syntax, column: start, "there is no such escape in a string")
    }
  }

  private mutating func code(_ count: Int, radix: Int, _ start: Int) throws(QueryError) -> UInt32 {
    let digits = bytes[offset..<min(bytes.count, offset + count)]
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == count, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let code = UInt32(text, radix: radix)
    else { throw QueryError(.syntax, column: start, "the escape has too few digits") }
    offset += count
    return code
  }

  private func scalar(_ code: UInt32, _ start: Int, into text: inout [UInt8]) throws(QueryError) {
    guard let scalar = Unicode.Scalar(code) else {
      throw QueryError(.syntax, column: start, "the escape names no character")
    }
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }
}
