import MemcachedProtocol
import Randomness
import Testing

/// All replies of a stream that is fed in these pieces.
private func replies(_ pieces: [[UInt8]]) throws -> [MemcachedReply] {
  var decoder = MemcachedDecoder(maximumReplyBytes: 4096)
  var found: [MemcachedReply] = []
  for piece in pieces {
    decoder.feed(piece.span)
    while let reply = try decoder.next() { found.append(reply) }
  }
  return found
}

private func replies(_ text: String) throws -> [MemcachedReply] { try replies([Array(text.utf8)]) }

private let stream =
  "STAT pid 1\r\nSTAT version 1.6.18\r\nEND\r\nEND\r\nOK\r\nPREFIX menu get 2 hit 1 set 1 del 0\r\nEND\r\nERROR\r\n"
  + "CLIENT_ERROR unauthenticated\r\nSERVER_ERROR out of memory\r\nSTORED\r\nVERSION 1.6.18\r\nRESET\r\n"
  + "VALUE menu:1 0 5\r\nE\nND\r\r\nVALUE menu:2 0 0\r\n\r\nEND\r\nDELETED\r\nNOT_FOUND\r\nkey=a exp=-1 size=64\nEND\r\n"

private let decoded: [MemcachedReply] = [
  .lines(Array("STAT pid 1\r\nSTAT version 1.6.18\r\n".utf8)), .lines([]), .status("OK"),
  .lines(Array("PREFIX menu get 2 hit 1 set 1 del 0\r\n".utf8)), .error(MemcachedErrorReply(.unknown, "")),
  .error(MemcachedErrorReply(.client, "unauthenticated")), .error(MemcachedErrorReply(.server, "out of memory")),
  .status("STORED"), .status("VERSION 1.6.18"), .status("RESET"),
  .lines(Array("VALUE menu:1 0 5\r\nE\nND\r\r\nVALUE menu:2 0 0\r\n\r\n".utf8)), .status("DELETED"),
  .status("NOT_FOUND"), .lines(Array("key=a exp=-1 size=64\n".utf8)),
]

@Suite struct `Replies of Memcached` {
  @Test func `are found in a stream, in order`() throws {
    #expect(try replies(stream) == decoded)
  }

  @Test func `are the same wherever the stream is cut`() throws {
    let bytes = Array(stream.utf8)
    for cut in bytes.indices {
      #expect(try replies([Array(bytes[..<cut]), Array(bytes[cut...])]) == decoded, "\(cut)")
    }
    #expect(try replies(bytes.map { [$0] }) == decoded)
  }

  @Test(arguments: [
    ("-ERR unknown command 'stats'\r\n", 0), ("HTTP/1.1 400 Bad Request\r\n", 0), ("STAT a 1\r\nOK\r\n", 10),
    ("OK\r\nOKAY\r\n", 4), ("END\r\n\r\n", 5), ("ERRORS\r\n", 0),
  ]) func `a line that is none of them is refused with its place`(_ text: String, _ offset: Int) {
    #expect(throws: MemcachedDecodingError(.unexpectedLine, offset: offset)) { try replies(text) }
  }

  @Test(arguments: [
    ("VALUE a 0\r\n", 0), ("VALUE a 0 -1\r\n", 0), ("VALUE a 0 x\r\n", 0), ("VALUE a 0 1\r\nxy\r\n", 14),
  ]) func `a value whose data does not end where it says is refused`(_ text: String, _ offset: Int) {
    #expect(throws: MemcachedDecodingError(.malformedValue, offset: offset)) { try replies(text) }
  }

  @Test func `an error ends a reply that has begun`() throws {
    #expect(
      try replies("STAT a 1\r\nSERVER_ERROR out of memory writing stats\r\n")
        == [.error(MemcachedErrorReply(.server, "out of memory writing stats"))])
  }

  @Test func `a line that never ends is refused at the limit`() {
    let long = [[UInt8]](repeating: Array(repeating: UInt8(ascii: "x"), count: 1024), count: 65)
    #expect(throws: MemcachedDecodingError(.lineTooLong(limit: 65_536), offset: 0)) {
      var decoder = MemcachedDecoder()
      for piece in long {
        decoder.feed(piece.span)
        _ = try decoder.next()
      }
    }
  }

  @Test func `a reply that never ends is refused at the limit, and the error stays`() throws {
    var decoder = MemcachedDecoder(maximumReplyBytes: 100)
    let line = Array("STAT name value\r\n".utf8)
    var seen: [MemcachedDecodingError] = []
    for _ in 0..<10 {
      decoder.feed(line.span)
      do throws(MemcachedDecodingError) { _ = try decoder.next() } catch { seen.append(error) }
    }
    #expect(seen == Array(repeating: MemcachedDecodingError(.replyTooLarge(limit: 100), offset: 85), count: 5))
  }

  @Test(arguments: 0..<16) func `mutated streams give replies or an error`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      var bytes = Array(stream.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        }
      }
      let found = (try? replies([bytes]))?.count ?? 0
      #expect(found <= bytes.count)
    }
  }
}
