/// Reads one line of MONITOR, `1339518083.107412 [0 127.0.0.1:60866] "get" "key"`, word by word.
///
/// Only the words that are asked for are unescaped, into one reused buffer; the others are skipped, so that no value
/// is ever copied.
struct MonitorLine: Sendable {
  private var scratch: [UInt8] = []
  /// Where words lie in the line that was read last, without their quotes.
  private var words: [Range<Int>] = []

  init() {}

  /// How many words the line has; those beyond `maximum` are not looked for.
  var count: Int { words.count }

  /// Finds the line's database and the words; nil when it is no line of MONITOR.
  mutating func read(_ line: Span<UInt8>, maximum: Int = 16_384) -> Int? {
    words.removeAll(keepingCapacity: true)
    var position = 0
    while position < line.count, line[position] != UInt8(ascii: "[") { position += 1 }
    position += 1
    var database = 0
    let digits = position
    while position < line.count, line[position] >= 0x30, line[position] <= 0x39, position - digits < 9 {
      database = database * 10 + Int(line[position] - 0x30)
      position += 1
    }
    guard position > digits else { return nil }
    // A Unix socket's path may hold anything but comes before the first quote.
    while position < line.count, line[position] != UInt8(ascii: "\"") { position += 1 }
    while position < line.count, line[position] == UInt8(ascii: "\""), words.count < maximum {
      let start = position + 1
      position = start
      while position < line.count, line[position] != UInt8(ascii: "\"") {
        position += line[position] == UInt8(ascii: "\\") ? 2 : 1
      }
      guard position < line.count else { return nil }
      words.append(start..<position)
      position += 2
    }
    return words.isEmpty ? nil : database
  }

  /// When its command ran, in microseconds since 1970 by the server's clock; nil where the line does not begin with a time.
  static func microseconds(_ line: Span<UInt8>) -> Int64? {
    var (value, digits, fraction) = (Int64(0), 0, -1)
    for index in line.indices {
      switch line[index] {
      case 0x30...0x39:
        // As many as fit.
        guard digits < 18 else { return nil }
        (value, digits) = (value * 10 + Int64(line[index] - 0x30), digits + 1)
        if fraction >= 0 { fraction += 1 }
      case UInt8(ascii: "."): fraction = 0
      default: return fraction == 6 ? value : nil
      }
    }
    return nil
  }

  /// Calls `body` with the bytes of a word as they were before MONITOR escaped them.
  mutating func withWord<R>(_ index: Int, of line: Span<UInt8>, _ body: (Span<UInt8>) -> R) -> R {
    let range = words[index]
    guard range.contains(where: { line[$0] == UInt8(ascii: "\\") }) else { return body(line.extracting(range)) }
    scratch.removeAll(keepingCapacity: true)
    var position = range.lowerBound
    while position < range.upperBound {
      if line[position] == UInt8(ascii: "\\"), position + 1 < range.upperBound {
        position = unescape(line, position + 1, range.upperBound)
      } else {
        scratch.append(line[position])
        position += 1
      }
    }
    return body(scratch.span)
  }

  /// Appends what the escape at `position`, behind its backslash, stands for; answers where it ends.
  private mutating func unescape(_ line: Span<UInt8>, _ position: Int, _ end: Int) -> Int {
    switch line[position] {
    case UInt8(ascii: "n"): scratch.append(0x0A)
    case UInt8(ascii: "r"): scratch.append(0x0D)
    case UInt8(ascii: "t"): scratch.append(0x09)
    case UInt8(ascii: "a"): scratch.append(0x07)
    case UInt8(ascii: "b"): scratch.append(0x08)
    case UInt8(ascii: "x"):
      guard position + 2 < end, let high = Self.digit(line[position + 1]), let low = Self.digit(line[position + 2])
      else { break }
      scratch.append(high << 4 | low)
      return position + 3
    default: scratch.append(line[position])
    }
    return position + 1
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    case 0x41...0x46: byte - 0x41 + 10
    default: nil
    }
  }
}
