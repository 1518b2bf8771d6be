/// One `STAT name value` line as ranges of the reply's bytes.
struct StatLine {
  var name: Range<Int>
  var value: Range<Int>
}

/// The lines of a reply of `stats` as ranges of its bytes: nothing is copied.
struct StatLines {
  let bytes: [UInt8]
  private(set) var lines: [StatLine] = []

  /// Scans `bytes` once. What is no `STAT` line is passed over; nothing that a server sends is an error here.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    lines.reserveCapacity(128)
    forEachLine(of: bytes) { line in
      let start = line.lowerBound + 5
      guard line.count > 5, bytes[line.lowerBound..<start].elementsEqual("STAT ".utf8) else { return }
      guard let blank = bytes[start..<line.upperBound].firstIndex(of: UInt8(ascii: " ")) else { return }
      lines.append(StatLine(name: start..<blank, value: (blank + 1)..<line.upperBound))
    }
  }

  /// A line's name as text.
  func name(_ line: StatLine) -> String { String(decoding: bytes[line.name], as: UTF8.self) }

  /// A line's value as text.
  func value(_ line: StatLine) -> String { String(decoding: bytes[line.value], as: UTF8.self) }
}

/// Calls `body` with each line, without its end.
func forEachLine(of bytes: [UInt8], _ body: (Range<Int>) -> Void) {
  var start = 0
  while start < bytes.count {
    let feed = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    let hasReturn = feed > start && bytes[feed - 1] == UInt8(ascii: "\r")
    body(start..<(hasReturn ? feed - 1 : feed))
    start = feed + 1
  }
}
