import RESP
import Testing

/// All replies in `bytes`, fed in the pieces that `cuts` makes.
private func decode(_ bytes: [UInt8], cuts: [Int] = [], limits: RESPLimits = RESPLimits()) throws -> [RESPValue] {
  let decoder = RESPDecoder(limits: limits)
  var values: [RESPValue] = []
  var start = 0
  for end in cuts + [bytes.count] {
    decoder.feed(Array(bytes[start..<end]).span)
    while let value = try decoder.next() { values.append(value) }
    start = end
  }
  return values
}

private let stream = Array(
  "+OK\r\n-ERR no\r\n:-12\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n+y\r\n$-1\r\n"
    .utf8)
private let values: [RESPValue] = [
  .simpleString("OK"), .error(RESPErrorReply(line: "ERR no")), .integer(-12), .bulk(Array("a\r\nbc".utf8)),
  .bulk([]),
  .null, .null, .array([]),
  .array([.integer(1), .array([.bulk(Array("x".utf8)), .simpleString("y")]), .null]),
]

@Test func `every kind of reply is read`() throws {
  #expect(try decode(stream) == values)
}

@Test func `a stream means the same wherever it is cut once`() throws {
  for cut in 0...stream.count { #expect(try decode(stream, cuts: [cut]) == values) }
}

@Test func `a stream means the same byte by byte`() throws {
  #expect(try decode(stream, cuts: Array(0..<stream.count)) == values)
}

@Test func `a truncated bulk string waits for more bytes`() throws {
  #expect(try decode(Array("$5\r\nabc".utf8)).isEmpty)
}

@Test(arguments: [
  ("$100\r\n", RESPDecodingError.Kind.bulkTooLarge(declared: 100, limit: 64)),
  ("*1\r\n$65\r\n", .bulkTooLarge(declared: 65, limit: 64)),
  ("$8589934592\r\n", .bulkTooLarge(declared: 8_589_934_592, limit: 64)),
  ("$536870913", .bulkTooLarge(declared: 536_870_913, limit: 64)),
  ("*2147483647\r\n", .tooManyElements(declared: 2_147_483_647, limit: 16)),
  ("*17\r\n", .tooManyElements(declared: 17, limit: 16)),
  ("*9\r\n*8\r\n", .tooManyElements(declared: 17, limit: 16)),
  ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", .nestedTooDeeply),
])
func `a declaration above the limit is an error at once`(text: String, kind: RESPDecodingError.Kind) {
  let limits = RESPLimits(maximumBulkBytes: 64, maximumElements: 16)
  let bytes = Array(text.utf8)
  for cuts in [[], Array(0..<bytes.count)] {
    #expect(throws: RESPDecodingError.self) { try decode(bytes, cuts: cuts, limits: limits) }
    do { _ = try decode(bytes, limits: limits) } catch { #expect((error as? RESPDecodingError)?.kind == kind) }
  }
}

@Test func `many small replies in one array are bounded in bytes`() {
  let limits = RESPLimits(maximumReplyBytes: 100)
  let bytes = Array("*1000\r\n".utf8) + Array(String(repeating: ":1\r\n", count: 999).utf8)
  #expect(throws: RESPDecodingError.self) { try decode(bytes, limits: limits) }
}

@Test(arguments: [
  "HTTP/1.1 400 Bad Request\r\n", "$-2\r\n", ":12a\r\n", "*4294967296\r\n", "%1\r\n", "\r\n", "\u{0}",
])
func `what is no reply is an error with its offset, and stays one`(text: String) {
  let decoder = RESPDecoder()
  decoder.feed(Array("+OK\r\n".utf8).span)
  #expect(throws: Never.self) { try decoder.next() }
  decoder.feed(Array(text.utf8).span)
  for _ in 0..<2 {
    let error = #expect(throws: RESPDecodingError.self) { try decoder.next() }
    #expect(error?.offset == 5)
  }
}

@Test func `mutated streams give replies or errors, never a trap`() {
  var random = SystemRandomNumberGenerator()
  for seed in 0..<20_000 {
    var bytes = stream
    for _ in 0...(seed % 4) { bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255) }
    _ = try? decode(bytes, cuts: [seed % bytes.count])
  }
}

@Test func `a command is encoded as an array of bulk strings, whatever its bytes`() {
  #expect(RESPCommand("GET", "").encoded == Array("*2\r\n$3\r\nGET\r\n$0\r\n\r\n".utf8))
  #expect(
    RESPCommand([Array("SET".utf8), [0, 13, 10], [255]]).encoded
      == Array("*3\r\n$3\r\nSET\r\n$3\r\n".utf8) + [0, 13, 10] + Array("\r\n$1\r\n".utf8) + [255]
      + Array("\r\n".utf8))
}

@Test func `a command's name tells its subcommand and no argument`() {
  #expect(RESPCommand("config", "get", "requirepass").name == "CONFIG GET")
  #expect(RESPCommand("AUTH", "secret").name == "AUTH")
}
