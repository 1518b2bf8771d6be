public import CacheModel
import MemcachedProtocol
import NIOCore

/// Takes the log of a Memcached server.
public protocol MemcachedLogReceiver: Sendable {
  /// Lines as they came; keys are ranges of `keys`, which are valid during the call only.
  ///
  /// Called on the connection's event loop, which waits: microseconds, not milliseconds.
  func receive(_ entries: [LogEntry], keys: Span<UInt8>)
  /// The server left out so many lines, since this connection was too slow for it.
  func skipped(_ lines: Int64)
}

/// Takes the log's lines out of the stream and leaves the replies to the next handler.
///
/// Memory is bounded by one read of the socket and one incomplete line. Lives on its channel's event loop only.
final class MemcachedLogFilter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// The longest line of the log: a key of 250 bytes, each as three, and what else there is.
  private static let maximumLineBytes = 4096

  private let receiver: any MemcachedLogReceiver
  private var entries: [LogEntry] = []
  private var keys: [UInt8] = []
  private var rest = UnfinishedRead()
  /// Whether the server has begun to send its log; before that all lines are replies.
  private var isLogging = false

  init(receiver: any MemcachedLogReceiver) { self.receiver = receiver }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = rest.joined(with: unwrapInboundIn(data))
    let (end, replies) = take(buffer.readableBytesUInt8Span)
    context.leave(replies, of: buffer)
    buffer.moveReaderIndex(forwardBy: end)
    let longest = isLogging ? Self.maximumLineBytes : MemcachedDecoder.maximumLineBytes
    guard buffer.readableBytes <= longest else {
      context.fireErrorCaught(ClientError(.protocolError, "a line has no end"))
      return
    }
    rest.keep(buffer, context.channel.allocator)
  }

  /// Hands the log's lines over; answers where the last whole line ends, and the lines that are none of the log.
  private func take(_ bytes: Span<UInt8>) -> (end: Int, replies: [Range<Int>]) {
    var replies: [Range<Int>] = []
    var start = 0
    entries.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
    for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
      let line = bytes.extracting(start..<index)
      if let entry = MemcachedLogLine.parse(line, keys: &keys) {
        isLogging = true
        take(entry)
      } else if !isLogging {
        replies.append(start..<index + 1)
      }
      start = index + 1
    }
    if !entries.isEmpty {
      let keys = keys
      receiver.receive(entries, keys: keys.span)
    }
    return (start, replies)
  }

  private func take(_ line: MemcachedLogLine) {
    let kind: LogEntry.Kind
    switch line.kind {
    case .skipped(let lines): return receiver.skipped(lines)
    case .lookup(.found): kind = .found
    case .lookup(.absent): kind = .absent
    case .lookup(.flushed): kind = .flushed
    case .lookup(.expired): kind = .expired
    case .store(.stored, let seconds): kind = .stored(seconds: seconds)
    case .store(.refused, _): kind = .refused
    case .store(.unstorable, _): kind = .unstorable
    case .eviction: kind = .evicted
    }
    entries.append(
      LogEntry(
        kind: kind, number: line.number, milliseconds: line.milliseconds, connection: line.connection,
        key: line.key))
  }
}
