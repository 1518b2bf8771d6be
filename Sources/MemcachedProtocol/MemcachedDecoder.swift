/// Finds the replies of Memcached's text protocol in a stream of bytes, however it is cut.
///
/// Understands replies of `STAT`, `PREFIX`, `key=` and `VALUE` lines up to `END`, and replies of one line.
/// Not safe for use by several threads at once. Each byte is looked at once, and copied once when its reply is complete.
public struct MemcachedDecoder {
  /// The longest line, in bytes: names and values of statistics are far shorter.
  public static let maximumLineBytes = 65_536

  private let maximumReplyBytes: Int
  private var buffer: [UInt8] = []
  /// Where the reply under way begins in ``buffer``.
  private var replyStart = 0
  /// Where its line that is not complete begins.
  private var lineStart = 0
  /// Up to where that line was searched for its end.
  private var searched = 0
  /// Whether a value's data ends at ``lineStart``, so that nothing but the end of a line may follow.
  private var isAtEndOfData = false
  /// How many bytes of the stream were dropped from ``buffer``.
  private var dropped = 0
  private var failure: MemcachedDecodingError?

  /// A decoder for a new connection that takes replies of at most `maximumReplyBytes`.
  public init(maximumReplyBytes: Int = 16 << 20) {
    self.maximumReplyBytes = maximumReplyBytes
  }

  /// Takes bytes that have come.
  public mutating func feed(_ bytes: Span<UInt8>) {
    if replyStart == buffer.count {
      dropped += buffer.count
      buffer.removeAll(keepingCapacity: true)
      (replyStart, lineStart, searched) = (0, 0, 0)
    }
    buffer.reserveCapacity(buffer.count + bytes.count)
    for index in bytes.indices { buffer.append(bytes[index]) }
  }

  /// The next complete reply; nil until more bytes come. Throws the same error again once the stream was faulty.
  public mutating func next() throws(MemcachedDecodingError) -> MemcachedReply? {
    if let failure { throw failure }
    while let end = endOfLine() {
      let line = lineStart..<end
      lineStart = searched
      try check(lineStart - replyStart <= maximumReplyBytes, .replyTooLarge(limit: maximumReplyBytes), at: line)
      if isAtEndOfData {
        try check(line.isEmpty, .malformedValue, at: line)
        isAtEndOfData = false
        continue
      }
      if begins(line, "VALUE ") {
        try skipData(of: line)
        continue
      }
      if continues(line) { continue }
      let reply = try reply(endingWith: line)
      replyStart = lineStart
      return reply
    }
    let rest = min(lineStart, buffer.count)..<buffer.count
    try check(rest.count <= Self.maximumLineBytes, .lineTooLong(limit: Self.maximumLineBytes), at: rest)
    try check(buffer.count - replyStart <= maximumReplyBytes, .replyTooLarge(limit: maximumReplyBytes), at: rest)
    return nil
  }

  /// Where the line ends, without its end; nil while that has not come.
  private mutating func endOfLine() -> Int? {
    while searched < buffer.count {
      defer { searched += 1 }
      guard buffer[searched] == UInt8(ascii: "\n") else { continue }
      let hasReturn = searched > lineStart && buffer[searched - 1] == UInt8(ascii: "\r")
      return hasReturn ? searched - 1 : searched
    }
    return nil
  }

  private func continues(_ line: Range<Int>) -> Bool {
    begins(line, "STAT ") || begins(line, "PREFIX ") || begins(line, "key=")
  }

  /// Goes on behind a value's data and the end of line behind it, which may still be to come.
  private mutating func skipData(of line: Range<Int>) throws(MemcachedDecodingError) {
    let words = buffer[line].split(separator: UInt8(ascii: " "))
    let length = words.count > 3 ? Int(text(words[3])) : nil
    guard let length, length >= 0 else { return try check(false, .malformedValue, at: line) }
    try check(length <= maximumReplyBytes, .replyTooLarge(limit: maximumReplyBytes), at: line)
    (lineStart, isAtEndOfData) = (lineStart + length, true)
    searched = lineStart
  }

  private mutating func reply(endingWith line: Range<Int>) throws(MemcachedDecodingError) -> MemcachedReply {
    let isFirst = line.lowerBound == replyStart
    if line.count == 3, begins(line, "END") { return .lines(Array(buffer[replyStart..<line.lowerBound])) }
    for kind in MemcachedErrorReply.Kind.allCases where begins(line, kind.rawValue) {
      let rest = buffer[line].dropFirst(kind.rawValue.utf8.count)
      guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { continue }
      return .error(MemcachedErrorReply(kind, text(rest.dropFirst())))
    }
    try check(isFirst && isStatus(line), .unexpectedLine, at: line)
    return .status(text(buffer[line]))
  }

  private static let statusWords = [
    "OK", "RESET", "STORED", "NOT_STORED", "DELETED", "NOT_FOUND", "VERSION", "BUSY", "BADCLASS",
    "WATCHER_TOO_MANY",
    "WATCHER_FAILED",
  ]

  private func isStatus(_ line: Range<Int>) -> Bool {
    Self.statusWords.contains { word in
      guard begins(line, word) else { return false }
      let next = line.lowerBound + word.utf8.count
      return next == line.upperBound || buffer[next] == UInt8(ascii: " ")
    }
  }

  private func begins(_ line: Range<Int>, _ word: String) -> Bool {
    let word = word.utf8
    return line.count >= word.count && buffer[line].starts(with: word)
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private mutating func check(
    _ holds: Bool, _ kind: MemcachedDecodingError.Kind, at line: Range<Int>
  ) throws(MemcachedDecodingError) {
    if holds { return }
    let error = MemcachedDecodingError(kind, offset: dropped + line.lowerBound)
    failure = error
    throw error
  }
}
