import MemcachedProtocol
import Randomness
import Testing

/// A packet as a server sends it.
private func packet(_ operation: UInt8, status: UInt8 = 0, key: String = "", value: String = "") -> [UInt8] {
  let body = Array(key.utf8) + Array(value.utf8)
  return [
    0x81, operation, 0, UInt8(key.utf8.count), 0, 0, 0, status, 0, 0, UInt8(body.count >> 8),
    UInt8(body.count & 255),
  ]
    + [UInt8](repeating: 0, count: 12) + body
}

private let stream =
  packet(0x20, value: "CRAM-MD5 PLAIN") + packet(0x0B, value: "1.6.18") + packet(0x10, key: "pid", value: "1")
  + packet(0x10, key: "uptime", value: "20")
  + packet(0x10) + packet(0x10, key: "detailed", value: "PREFIX menu get 2 hit 1 set 1 del 0\r\nEND\r\n")
  + packet(0x10)
  + packet(0x10, status: 0x20, value: "Auth failure.") + packet(0x21, value: "Authenticated")
  + packet(0xFF, status: 0x81, value: "Unknown command")

private let decoded: [MemcachedReply] = [
  .status("MECHANISMS CRAM-MD5 PLAIN"), .status("VERSION 1.6.18"),
  .lines(Array("STAT pid 1\r\nSTAT uptime 20\r\n".utf8)),
  .lines(Array("PREFIX menu get 2 hit 1 set 1 del 0\r\n".utf8)),
  .error(MemcachedErrorReply(.client, "unauthenticated")),
  .status("OK"), .error(MemcachedErrorReply(.unknown, "")),
]

private func replies(_ pieces: [[UInt8]], limit: Int = 4096) throws -> [MemcachedReply] {
  var decoder = MemcachedBinaryDecoder(maximumReplyBytes: limit)
  var found: [MemcachedReply] = []
  for piece in pieces {
    decoder.feed(piece.span)
    while let reply = try decoder.next() { found.append(reply) }
  }
  return found
}

@Suite struct `Memcached's binary protocol` {
  @Test func `gives the same replies as the text protocol, wherever the stream is cut`() throws {
    #expect(try replies([stream]) == decoded)
    #expect(try replies(stream.map { [$0] }) == decoded)
    for cut in stream.indices {
      #expect(try replies([Array(stream[..<cut]), Array(stream[cut...])]) == decoded, "\(cut)")
    }
  }

  @Test func `of another kind, or beyond the limit, is refused with its place`() {
    #expect(throws: MemcachedDecodingError(.unexpectedLine, offset: 0)) {
      try replies([Array("ERROR: this is no binary protocol".utf8)])
    }
    #expect(throws: MemcachedDecodingError(.replyTooLarge(limit: 20), offset: 24)) {
      try replies([packet(0x21) + packet(0x10, key: "a", value: String(repeating: "x", count: 20))], limit: 20)
    }
  }

  @Test func `has packets for what a monitor asks, and none for the rest`() {
    let header: [UInt8] = [0x80, 0x10, 0, 8, 0, 0, 0, 0, 0, 0, 0, 8] + [UInt8](repeating: 0, count: 12)
    #expect(MemcachedCommand("stats settings").binary == header + Array("settings".utf8))
    #expect(MemcachedCommand("stats").binary[1] == 0x10)
    #expect(
      MemcachedCommand(login: "me", password: "pw").binary.suffix(11) == Array("PLAIN\u{0}me\u{0}pw".utf8)[...])
    #expect(MemcachedCommand("lru_crawler crawl all").binary[1] == 0xFF)
    #expect(MemcachedCommand.greeting.binary[1] == 0x20)
  }

  @Test(arguments: 0..<8) func `mutated gives replies or an error`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      var bytes = stream
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      #expect(((try? replies([bytes]))?.count ?? 0) <= bytes.count)
    }
  }
}
