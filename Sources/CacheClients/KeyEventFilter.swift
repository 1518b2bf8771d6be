public import CacheModel
import NIOCore
import RESP

/// Takes the keyspace notifications of a connection.
public protocol KeyEventReceiver: Sendable {
  /// Events in the order in which they happened; keys are ranges of `bytes`, which are valid during the call only.
  ///
  /// `waited` says for how many milliseconds the first of them may have lain unread: much when this process was held up.
  /// Called on the connection's event loop, which waits: microseconds, not milliseconds.
  func receive(_ events: [KeyEvent], in bytes: Span<UInt8>, waited: Int64)
}

/// Takes a subscription's messages out of the stream and leaves the other replies to the next handler.
///
/// Reads in large, rare gulps: each write of the server's costs it a system call, and while its socket's buffer fills it
/// makes fewer of them. Memory is bounded by one gulp and one incomplete reply. Lives on its channel's event loop only.
final class KeyEventFilter: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let receiver: any KeyEventReceiver
  private let pause: TimeAmount
  private let scanner = ReplyScanner(maximumReplyBytes: 16 << 20)
  private var events: [KeyEvent] = []
  private var rest = UnfinishedRead()
  private var nextRead: Scheduled<Void>?
  private var delay = ReadDelay()

  /// - Parameter pause: between two reads.
  init(receiver: any KeyEventReceiver, pause: TimeAmount) {
    self.receiver = receiver
    self.pause = pause
  }

  func read(context: ChannelHandlerContext) {
    guard nextRead == nil else { return }
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    let filter = NIOLoopBound(self, eventLoop: context.value.eventLoop)
    nextRead = context.value.eventLoop.scheduleTask(in: pause) {
      filter.value.nextRead = nil
      filter.value.delay.ask(at: Self.now)
      context.value.read()
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let read = unwrapInboundIn(data)
    let waited = delay.take(read.readableBytes, at: Self.now)
    var buffer = rest.joined(with: read)
    do {
      try take(&buffer, waited: waited, context)
    } catch {
      context.fireErrorCaught(error)
      return
    }
    rest.keep(buffer, context.channel.allocator)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    delay.end()
    context.fireChannelReadComplete()
  }

  func handlerRemoved(context: ChannelHandlerContext) { nextRead?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    nextRead?.cancel()
    context.fireChannelInactive()
  }

  /// Takes every whole reply out of `buffer`.
  private func take(
    _ buffer: inout ByteBuffer, waited: Int64, _ context: ChannelHandlerContext
  ) throws(RESPDecodingError) {
    let (end, others) = try scan(buffer.readableBytesUInt8Span, waited: waited)
    context.leave(others, of: buffer)
    buffer.moveReaderIndex(forwardBy: end)
  }

  /// Hands the events over; answers where the last whole reply ends, and the replies that are no messages.
  private func scan(
    _ bytes: Span<UInt8>, waited: Int64
  ) throws(RESPDecodingError) -> (end: Int, others: [Range<Int>]) {
    var position = 0
    var others: [Range<Int>] = []
    events.removeAll(keepingCapacity: true)
    while position < bytes.count, let reply = try scanner.next(in: bytes, from: position) {
      switch reply {
      case .message(let channel, let payload, let end):
        if let (kind, database) = KeyEventChannel.parse(bytes, channel) {
          events.append(KeyEvent(kind: kind, database: database, key: payload))
        }
        position = end
      case .other(let range):
        others.append(range)
        position = range.upperBound
      }
    }
    if !events.isEmpty { receiver.receive(events, in: bytes, waited: waited) }
    return (position, others)
  }

  /// Milliseconds of the steady clock.
  private static var now: Int64 { Int64(clamping: NIODeadline.now().uptimeNanoseconds / 1_000_000) }
}
