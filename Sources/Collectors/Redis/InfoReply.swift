import CacheModel

/// The lines of an INFO reply as ranges of its bytes: nothing is copied.
struct InfoReply {
  /// One `key:value` line.
  struct Line {
    /// The section's name in lower case is `sections[section]`.
    var section: Int
    var key: Range<Int>
    var value: Range<Int>
  }

  let bytes: [UInt8]
  private(set) var lines: [Line] = []
  private(set) var sections: [String] = [""]

  /// Scans `bytes` once. Lines without a colon are passed over; nothing that a server sends is an error here.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    lines.reserveCapacity(256)
    var start = 0
    while start < bytes.count {
      var end = start
      var colon = -1
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
        if colon < 0, bytes[end] == UInt8(ascii: ":") { colon = end }
        end += 1
      }
      let next = end + 1
      if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      addLine(start, colon, end)
      start = next
    }
  }

  private mutating func addLine(_ start: Int, _ colon: Int, _ end: Int) {
    if start < end, bytes[start] == UInt8(ascii: "#") {
      let title = bytes[(start + 1)..<end].drop { $0 == UInt8(ascii: " ") }
      sections.append(String(decoding: title, as: UTF8.self).lowercased())
    } else if colon > start, colon < end {
      lines.append(Line(section: sections.count - 1, key: start..<colon, value: (colon + 1)..<end))
    }
  }

  /// A line's key as text.
  func key(_ line: Line) -> String { String(shown: bytes[line.key]) }

  /// A line's value as text.
  func value(_ line: Line) -> String { String(shown: bytes[line.value]) }
}

/// Splits `a=1,b=2` into its parts, as ranges of `bytes`; parts without `=` are passed over.
func forEachPair(in bytes: [UInt8], _ range: Range<Int>, _ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
  var start = range.lowerBound
  while start < range.upperBound {
    var end = start
    var mark = -1
    while end < range.upperBound, bytes[end] != UInt8(ascii: ",") {
      if mark < 0, bytes[end] == UInt8(ascii: "=") { mark = end }
      end += 1
    }
    if mark > start { body(start..<mark, (mark + 1)..<end) }
    start = end + 1
  }
}
