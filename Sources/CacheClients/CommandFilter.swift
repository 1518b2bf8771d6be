import NIOConcurrencyHelpers
import NIOCore
import RESP

/// Takes what a burst of MONITOR brings.
public protocol CommandReceiver: Sendable {
  /// A line without its `+` and its end. Called on the connection's event loop; `line` is valid during the call only.
  func receive(line: Span<UInt8>)
  /// The key of a miss, right before the line of its command.
  func receive(miss key: Span<UInt8>)
}

/// Takes MONITOR's lines and notifications of misses out of the stream and leaves the other replies to the next handler.
/// Closes the connection when a burst has brought enough, or more than it may. Lives on its channel's event loop only.
final class CommandFilter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let receiver: any CommandReceiver
  private let scanner: ReplyScanner
  private var budget: Int
  private var wanted: Int
  private let state: NIOLockedValueBox<CommandBurst.State>
  private var isOver = false
  private var rest = UnfinishedRead()

  /// - Parameters:
  ///   - budget: bytes that one connection may bring.
  ///   - state: how many lines are wanted; told when they came, just before the connection is closed for it.
  init(receiver: any CommandReceiver, budget: Int, state: NIOLockedValueBox<CommandBurst.State>) {
    self.receiver = receiver
    self.budget = budget
    self.state = state
    wanted = state.withLockedValue(\.wanted)
    scanner = ReplyScanner(maximumReplyBytes: budget)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard wanted > 0, !isOver else { return }
    var buffer = unwrapInboundIn(data)
    budget -= buffer.readableBytes
    guard budget >= 0 else {
      context.close(promise: nil)
      return
    }
    buffer = rest.joined(with: buffer)
    do {
      let (end, others) = try scan(buffer.readableBytesUInt8Span)
      context.leave(others, of: buffer)
      buffer.moveReaderIndex(forwardBy: end)
    } catch {
      context.fireErrorCaught(error)
      return
    }
    rest.keep(buffer, context.channel.allocator)
    guard wanted <= 0 else { return }
    state.withLockedValue { $0.isEnough = true }
    context.close(promise: nil)
  }

  private func scan(_ bytes: Span<UInt8>) throws(RESPDecodingError) -> (end: Int, others: [Range<Int>]) {
    var position = 0
    var others: [Range<Int>] = []
    while wanted > 0, !isOver, position < bytes.count, let reply = try scanner.next(in: bytes, from: position) {
      switch reply {
      case .message(_, let payload, let end):
        receiver.receive(miss: bytes.extracting(payload))
        position = end
      case .other(let range):
        // Of the replies that begin with `+` only MONITOR's begin with a time.
        if range.count > 3, bytes[range.lowerBound] == UInt8(ascii: "+"), bytes[range.lowerBound + 1] <= 0x39 {
          receiver.receive(line: bytes.extracting((range.lowerBound + 1)..<(range.upperBound - 2)))
          wanted -= 1
        } else {
          others.append(range)
          isOver = Self.isPong(bytes.extracting(range))
        }
        position = range.upperBound
      }
    }
    return (position, others)
  }

  /// The answer to the question that ends a burst, as a subscriber gets it; that to the one before it is no array.
  private static func isPong(_ reply: Span<UInt8>) -> Bool {
    let pong: StaticString = "*2\r\n$4\r\npong\r\n"
    return reply.count >= pong.utf8CodeUnitCount
      && pong.withUTF8Buffer { text in text.indices.allSatisfy { unsafe text[$0] == reply[$0] } }
  }
}
