import RESP
import Randomness
import Testing

/// What a subscribed connection carries.
private let stream = Array(
  """
  $5\r\nhello\r\n*3\r\n$9\r\nsubscribe\r\n$4\r\nchan\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nchan\r\n$3\r\nkey\r\n\
  -NOPERM no\r\n*3\r\n$7\r\nmessage\r\n$4\r\nchan\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$-1\r\n+OK\r\n
  """.utf8)

/// What a scanner finds when the bytes come in pieces that end at `cuts`.
private func scan(_ bytes: [UInt8], cuts: [Int]) throws -> [String] {
  let scanner = ReplyScanner(maximumReplyBytes: 1000)
  var found: [String] = []
  var start = 0
  for cut in cuts + [bytes.count] {
    let piece = Array(bytes[start..<cut])
    var position = 0
    while position < piece.count, let reply = try scanner.next(in: piece.span, from: position) {
      switch reply {
      case .message(let channel, let payload, let end):
        found.append(
          "\(String(decoding: piece[channel], as: UTF8.self))=\(String(decoding: piece[payload], as: UTF8.self))")
        position = end
      case .other(let range):
        found.append("\(range.count)")
        position = range.upperBound
      }
    }
    start += position
  }
  return found
}

private let expected = ["11", "33", "chan=key", "12", "chan=", "19", "5"]

@Suite struct `Scanning a subscription's stream` {
  @Test func `messages are told from other replies`() throws {
    #expect(try scan(stream, cuts: []) == expected)
  }

  @Test func `it does not matter where the stream is cut`() throws {
    for cut in stream.indices { #expect(try scan(stream, cuts: [cut]) == expected, "cut at \(cut)") }
    #expect(try scan(stream, cuts: Array(stream.indices)) == expected)
  }

  @Test(arguments: ["?\r\n", "$x\r\n", "*3\r\n$7\r\nmessage\r\n$4x\r\n", "$1001\r\n", "*99999999999999999999\r\n"])
  func `what is no reply or too long a one is refused when it is declared`(text: String) {
    #expect(throws: RESPDecodingError.self) { try scan(Array(text.utf8), cuts: []) }
  }

  @Test func `a line that never ends is refused at the limit`() throws {
    #expect(try scan(Array(repeating: UInt8(ascii: "+"), count: 1000), cuts: []) == [])
    #expect(throws: RESPDecodingError.self) { try scan(Array(repeating: UInt8(ascii: "+"), count: 1001), cuts: []) }
  }

  @Test func `damaged streams throw or are read, and never trap`() {
    var generator = SeededRandom(seed: 42)
    for seed in 0..<20_000 {
      var bytes = stream
      for _ in 0..<(1 + seed % 4) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let count = (try? scan(bytes, cuts: []))?.count ?? 0
      #expect(count <= bytes.count)
    }
  }
}
