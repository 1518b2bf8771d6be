import CSnappy
import CacheModel
import RemoteWrite
import Testing

/// A message's fields by number, in their order, as protobuf's documentation describes the wire; nil where it is none.
private func fields(_ bytes: ArraySlice<UInt8>) -> [(number: Int, content: ArraySlice<UInt8>)]? {
  var rest = bytes
  func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
  var found: [(Int, ArraySlice<UInt8>)] = []
  while !rest.isEmpty {
    guard let tag = varint(&rest) else { return nil }
    let length: Int
    switch tag & 7 {
    case 0:
      let before = rest
      guard varint(&rest) != nil else { return nil }
      found.append((Int(tag >> 3), before[..<rest.startIndex]))
      continue
    case 1: length = 8
    case 2:
      guard let declared = varint(&rest) else { return nil }
      length = Int(declared)
    default: return nil
    }
    guard rest.count >= length else { return nil }
    found.append((Int(tag >> 3), rest.prefix(length)))
    rest = rest.dropFirst(length)
  }
  return found
}

private func uncompressed(_ bytes: [UInt8]) throws -> [UInt8] {
  try unsafe bytes.withUnsafeBytes { input in
    let input = unsafe input.bindMemory(to: CChar.self)
    var length = 0
    try #require(unsafe snappy_uncompressed_length(input.baseAddress, input.count, &length) == SNAPPY_OK)
    var output = [CChar](repeating: 0, count: length)
    try #require(unsafe snappy_uncompress(input.baseAddress, input.count, &output, &length) == SNAPPY_OK)
    return output.prefix(length).map { UInt8(bitPattern: $0) }
  }
}

/// Each series as `name=value,… bits@time`.
private func series(of request: WriteRequest) throws -> [String] {
  try #require(fields(try uncompressed(request.bytes)[...])).map { series in
    #expect(series.number == 1)
    var text: [String] = []
    var sample = ""
    for part in try #require(fields(series.content)) {
      let inner = try #require(fields(part.content))
      if part.number == 1 {
        text.append(inner.map { String(decoding: $0.content, as: UTF8.self) }.joined(separator: "="))
      } else {
        let bits = inner[0].content.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let time = inner[1].content.reversed().reduce(UInt64(0)) { $0 << 7 | UInt64($1 & 0x7F) }
        sample = "\(String(bits, radix: 16))@\(Int64(bitPattern: time))"
      }
    }
    return "\(text.joined(separator: ",")) \(sample)"
  }
}

@Suite struct `A write request` {
  private static let point = SeriesPoint(
    name: "redis_db_keys", labels: [Label("target", "shop é"), Label("db", "db0"), Label("empty", "")], value: 1.5)

  @Test func `has each series' labels sorted, those of the receiver behind its own, and none without a value`()
    throws
  {
    var builder = WriteRequestBuilder(externalLabels: [Label("zone", "eu"), Label("db", "never")])
    builder.add(Self.point, 1.5, at: 1_760_011_200_250)
    builder.add(SeriesPoint(name: "up", labels: [], value: 0), WriteRequest.stale, at: -1)
    let taken = builder.take()
    let request = try #require(taken)
    #expect(request.samples == 2)
    #expect(
      try series(of: request) == [
        "__name__=redis_db_keys,db=db0,target=shop é,zone=eu 3ff8000000000000@1760011200250",
        "__name__=up,db=never,zone=eu 7ff0000000000002@-1",
      ])
    let none = builder.take()
    #expect(none == nil)
  }

  @Test func `of many samples comes back whole, and the next begins anew`() throws {
    var builder = WriteRequestBuilder()
    for round in 0..<2 {
      for number in 0..<300 {
        let label = Label("n", String(repeating: "x", count: number * 7 % 300))
        builder.add(SeriesPoint(name: "m_\(number)", labels: [label], value: 0), Double(number), at: Int64(round))
      }
      let taken = builder.take()
      let request = try #require(taken)
      #expect(request.samples == 300)
      #expect(try series(of: request).count == 300)
    }
  }
}

@Suite struct `The queue` {
  private func request(_ samples: Int, bytes: Int = 100) -> WriteRequest {
    var builder = WriteRequestBuilder()
    for number in 0..<samples {
      builder.add(SeriesPoint(name: "m", labels: [], value: 0), Double(number), at: Int64(bytes))
    }
    guard let request = builder.take() else { preconditionFailure("samples were added") }
    return request
  }

  @Test func `drops the oldest where another does not fit, and counts them`() throws {
    let one = request(7)
    var queue = SendQueue(limit: one.bytes.count * 3 + 1)
    for _ in 0..<5 { queue.add(one) }
    #expect(queue.bytes == one.bytes.count * 3)
    #expect(queue.samples == 21)
    #expect(queue.dropped == 14)
    #expect(queue.first?.id == 2)
    let removed = [queue.remove(0), queue.remove(2)]
    #expect(removed == [false, true])
    #expect(queue.first?.id == 3)
    #expect(queue.samples == 14)
  }

  @Test func `tells an overflow once, and what it cost when it is empty again`() {
    let one = request(7)
    var queue = SendQueue(limit: one.bytes.count * 2)
    let begins = (0..<6).map { _ in queue.add(one) }
    #expect(begins == [false, false, true, false, false, false])
    var cost = queue.endOverflow()
    #expect(cost == nil)
    for id in 4...5 { queue.remove(UInt64(id)) }
    cost = queue.endOverflow()
    #expect(cost == 28)
    cost = queue.endOverflow()
    #expect(cost == nil)
    let again = (0..<3).map { _ in queue.add(one) }
    #expect(again == [false, false, true])
  }

  @Test func `takes one request however large it is`() {
    var queue = SendQueue(limit: 1)
    queue.add(request(3))
    queue.add(request(4))
    #expect(queue.samples == 4)
    #expect(queue.dropped == 3)
    queue.remove(1)
    #expect(queue.bytes == 0 && queue.first == nil)
  }
}

private let verdicts: [(Int, String?, ReceiverVerdict)] = [
  (200, nil, .taken), (204, "5", .taken), (429, "5", .again(after: 5)), (429, nil, .again(after: nil)),
  (503, "3600", .again(after: 60)), (500, "soon", .again(after: nil)), (400, nil, .refused), (401, "5", .refused),
  (301, nil, .refused), (404, nil, .refused),
]

@Test(arguments: verdicts)
func `only 429 and 5xx are sent again`(status: Int, retryAfter: String?, verdict: ReceiverVerdict) {
  #expect(ReceiverVerdict(status: status, retryAfter: retryAfter) == verdict)
}
