/// Finds the replies of Memcached's binary protocol in a stream of bytes, however it is cut, and gives them as those of the text
/// protocol, so that who asks need not know which is spoken.
///
/// Understands what a monitor asks for: statistics, the version, and logging in (`MECHANISMS` and the list of them is no word of the text
/// protocol). Not safe for use by several threads at once.
public struct MemcachedBinaryDecoder {
  private static let headerBytes = 24

  private let maximumReplyBytes: Int
  private var buffer: [UInt8] = []
  /// Where the packet under way begins in ``buffer``.
  private var start = 0
  /// How many bytes of the stream were dropped from ``buffer``.
  private var dropped = 0
  /// What the packets of one reply to `stats` have brought, as lines.
  private var lines: [UInt8] = []
  private var failure: MemcachedDecodingError?

  /// A decoder for a new connection that takes replies of at most `maximumReplyBytes`.
  public init(maximumReplyBytes: Int = 16 << 20) {
    self.maximumReplyBytes = maximumReplyBytes
  }

  /// Takes bytes that have come.
  public mutating func feed(_ bytes: Span<UInt8>) {
    if start > 65_536 || start == buffer.count {
      buffer.removeFirst(start)
      (dropped, start) = (dropped + start, 0)
    }
    buffer.reserveCapacity(buffer.count + bytes.count)
    for index in bytes.indices { buffer.append(bytes[index]) }
  }

  /// The next complete reply; nil until more bytes come. Throws the same error again once the stream was faulty.
  public mutating func next() throws(MemcachedDecodingError) -> MemcachedReply? {
    if let failure { throw failure }
    while buffer.count - start >= Self.headerBytes {
      let (keyBytes, extraBytes) = (number(at: 2, bytes: 2), number(at: 4, bytes: 1))
      let bodyBytes = number(at: 8, bytes: 4)
      try check(buffer[start] == 0x81 && keyBytes + extraBytes <= bodyBytes, .unexpectedLine)
      try check(bodyBytes + lines.count <= maximumReplyBytes, .replyTooLarge(limit: maximumReplyBytes))
      guard buffer.count - start >= Self.headerBytes + bodyBytes else { return nil }
      let key = start + Self.headerBytes + extraBytes
      let value = key + keyBytes..<start + Self.headerBytes + bodyBytes
      let (operation, status) = (buffer[start + 1], number(at: 6, bytes: 2))
      defer { start = value.upperBound }
      if let reply = take(operation, status, key: key..<key + keyBytes, value) { return reply }
    }
    return nil
  }

  /// Nil while the reply has more packets.
  private mutating func take(
    _ operation: UInt8, _ status: Int, key: Range<Int>, _ value: Range<Int>
  ) -> MemcachedReply? {
    guard status == 0 else {
      lines = []
      return .error(Self.error(status, String(decoding: buffer[value], as: UTF8.self)))
    }
    switch MemcachedOperation(rawValue: operation) {
    case .statistics: return statistics(key, value)
    case .version: return .status("VERSION " + String(decoding: buffer[value], as: UTF8.self))
    case .mechanisms: return .status("MECHANISMS " + String(decoding: buffer[value], as: UTF8.self))
    case .login, .unknown, nil: return .status("OK")
    }
  }

  /// One of the packets of a reply to `stats`, the last of which has no key.
  private mutating func statistics(_ key: Range<Int>, _ value: Range<Int>) -> MemcachedReply? {
    guard !key.isEmpty else {
      defer { lines = [] }
      return .lines(lines)
    }
    if buffer[key].elementsEqual("detailed".utf8) {
      // `stats detail dump` is one value: the lines of the text protocol, with their end.
      let text = buffer[value]
      lines += text.suffix(5).elementsEqual("END\r\n".utf8) ? text.dropLast(5) : text
    } else {
      lines += Array("STAT ".utf8) + buffer[key] + [UInt8(ascii: " ")] + buffer[value] + Array("\r\n".utf8)
    }
    return nil
  }

  /// As the text protocol words it, so that a refusal is the same in both.
  private static func error(_ status: Int, _ text: String) -> MemcachedErrorReply {
    switch status {
    case 0x20, 0x21: MemcachedErrorReply(.client, "unauthenticated")
    case 0x81: MemcachedErrorReply(.unknown, "")
    case 0x04: MemcachedErrorReply(.client, text)
    default: MemcachedErrorReply(.server, text)
    }
  }

  private func number(at offset: Int, bytes: Int) -> Int {
    (0..<bytes).reduce(0) { $0 << 8 | Int(buffer[start + offset + $1]) }
  }

  private mutating func check(
    _ holds: Bool, _ kind: MemcachedDecodingError.Kind
  ) throws(MemcachedDecodingError) {
    if holds { return }
    let error = MemcachedDecodingError(kind, offset: dropped + start)
    failure = error
    throw error
  }
}
