/// A reply found by a ``ReplyScanner``. Ranges are of the bytes that were scanned.
public enum ScannedReply: Sendable, Hashable {
  /// A message of a subscription, and where the whole of it ends.
  case message(channel: Range<Int>, payload: Range<Int>, end: Int)
  /// Any other reply, whole.
  case other(Range<Int>)
}

/// Finds where replies end in a stream, and picks out the messages of subscriptions, without building values.
///
/// Allocates nothing. Costs a few nanoseconds for each element and length digit; data is skipped, not read.
public struct ReplyScanner: Sendable {
  /// The longest reply, in bytes on the wire.
  public let maximumReplyBytes: Int

  /// A scanner for replies of at most so many bytes.
  public init(maximumReplyBytes: Int) {
    self.maximumReplyBytes = maximumReplyBytes
  }

  /// The reply that begins at `start`; nil when more bytes are needed. Throws when the bytes are no RESP2, or when the
  /// reply is longer than the limit, as soon as it declares so.
  public func next(in bytes: Span<UInt8>, from start: Int) throws(RESPDecodingError) -> ScannedReply? {
    if let message = try message(in: bytes, from: start) { return message }
    var position = start
    var pending = 1
    while pending > 0 {
      guard position < bytes.count else { return try incomplete(bytes.count - start, start) }
      let type = bytes[position]
      position += 1
      switch type {
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"):
        guard let end = endOfLine(in: bytes, from: position) else {
          return try incomplete(bytes.count - start, start)
        }
        position = end
      case UInt8(ascii: "$"):
        guard let length = try length(in: bytes, &position, start) else {
          return try incomplete(bytes.count - start, start)
        }
        if length >= 0 { position += length + 2 }
        guard position <= bytes.count else { return try incomplete(position - start, start) }
      case UInt8(ascii: "*"):
        guard let count = try length(in: bytes, &position, start) else {
          return try incomplete(bytes.count - start, start)
        }
        pending += max(0, count)
      default: throw RESPDecodingError(.malformed("no type of reply"), offset: position - 1)
      }
      pending -= 1
    }
    return .other(start..<position)
  }

  private static let messageHead: [UInt8] = Array("*3\r\n$7\r\nmessage\r\n$".utf8)

  /// The message that begins at `start`; nil when there is none, or not the whole of it.
  private func message(in bytes: Span<UInt8>, from start: Int) throws(RESPDecodingError) -> ScannedReply? {
    var position = start + Self.messageHead.count
    guard position < bytes.count else { return nil }
    for index in Self.messageHead.indices where bytes[start + index] != Self.messageHead[index] { return nil }
    guard let channelLength = try length(in: bytes, &position, start), channelLength >= 0 else { return nil }
    let channel = position..<(position + channelLength)
    position = channel.upperBound + 2
    guard position < bytes.count, bytes[position] == UInt8(ascii: "$") else { return nil }
    position += 1
    guard let length = try length(in: bytes, &position, start), length >= 0 else { return nil }
    let payload = position..<(position + length)
    let end = payload.upperBound + 2
    return end <= bytes.count ? .message(channel: channel, payload: payload, end: end) : nil
  }

  /// The number up to the next line's end; moves `position` behind it. Nil when the line is incomplete.
  private func length(
    in bytes: Span<UInt8>, _ position: inout Int, _ start: Int
  ) throws(RESPDecodingError) -> Int? {
    var index = position
    let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var value = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\r") {
        guard index + 1 < bytes.count else { return nil }
        guard bytes[index + 1] == UInt8(ascii: "\n") else { break }
        position = index + 2
        return isNegative ? -1 : value
      }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      guard value <= maximumReplyBytes else {
        throw RESPDecodingError(.replyTooLarge(limit: maximumReplyBytes), offset: start)
      }
      index += 1
    }
    if index >= bytes.count { return nil }
    throw RESPDecodingError(.malformed("no length"), offset: index)
  }

  private func endOfLine(in bytes: Span<UInt8>, from start: Int) -> Int? {
    var index = start
    while index + 1 < bytes.count {
      if bytes[index] == UInt8(ascii: "\r"), bytes[index + 1] == UInt8(ascii: "\n") { return index + 2 }
      index += 1
    }
    return nil
  }

  /// Nil, which asks for more, unless so many bytes are too many.
  private func incomplete(_ length: Int, _ start: Int) throws(RESPDecodingError) -> ScannedReply? {
    guard length <= maximumReplyBytes else {
      throw RESPDecodingError(.replyTooLarge(limit: maximumReplyBytes), offset: start)
    }
    return nil
  }
}
