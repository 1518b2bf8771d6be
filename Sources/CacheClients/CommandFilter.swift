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
  private let enough: NIOLockedValueBox<Bool>
  private var rest = UnfinishedRead()

  /// - Parameters:
  ///   - budget: bytes that one connection may bring.
  ///   - wanted: lines after which no more are.
  ///   - enough: turns true when they came, just before the connection is closed for it.
  init(receiver: any CommandReceiver, budget: Int, wanted: Int, enough: NIOLockedValueBox<Bool>) {
    self.receiver = receiver
    self.budget = budget
    self.wanted = wanted
    self.enough = enough
    scanner = ReplyScanner(maximumReplyBytes: budget)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard wanted > 0 else { return }
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
    enough.withLockedValue { $0 = true }
    context.close(promise: nil)
  }

  private func scan(_ bytes: Span<UInt8>) throws(RESPDecodingError) -> (end: Int, others: [Range<Int>]) {
    var position = 0
    var others: [Range<Int>] = []
    while wanted > 0, position < bytes.count, let reply = try scanner.next(in: bytes, from: position) {
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
        }
        position = range.upperBound
      }
    }
    return (position, others)
  }
}
