import CacheModel
import NIOConcurrencyHelpers
import NIOCore

/// A pipeline to write and the promise of its replies.
struct PipelineRequest<Reply: Sendable>: Sendable {
  var bytes: ByteBuffer
  var count: Int
  var replies: EventLoopPromise<[Reply]>
}

/// Why a connection ended: the first reason stays. Written on its event loop, read by the client afterwards, when the
/// channel itself can tell no more than that it is closed.
final class EndOfConnection: Sendable {
  private let first = NIOLockedValueBox<ClientError?>(nil)

  /// The reason; nil while the connection lives.
  var reason: ClientError? { first.withLockedValue { $0 } }

  func note(_ error: ClientError) {
    first.withLockedValue { if $0 == nil { $0 = error } }
  }
}

/// Writes a pipeline in one go, decodes what comes back, and fails what is outstanding when the connection ends.
///
/// Lives on its channel's event loop only.
final class PipelineHandler<Wire: WireProtocol>: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = PipelineRequest<Wire.Reply>
  typealias OutboundOut = ByteBuffer

  private let wire: Wire
  private var decoder: Wire.Decoder
  private var state = PipelineState<Wire.Reply>()
  private var promise: EventLoopPromise<[Wire.Reply]>?
  private let end: EndOfConnection

  init(wire: Wire, end: EndOfConnection) {
    self.wire = wire
    decoder = wire.makeDecoder()
    self.end = end
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let request = unwrapOutboundIn(data)
    if let failure = end.reason {
      request.replies.fail(failure)
      return
    }
    state.sent(request.count)
    self.promise = request.replies
    context.write(wrapOutboundOut(request.bytes), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    decoder.feed(buffer.readableBytesUInt8Span)
    do {
      while let value = try decoder.next() {
        switch state.received(value) {
        case .wait: break
        case .complete(let replies): finish(with: .success(replies))
        case .unsolicited(let value): reject(value, context: context)
        }
      }
    } catch {
      fail(ClientError(classifying: error), context: context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(ClientError(classifying: error), context: context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(explanationOfClose, context: context)
    context.fireChannelInactive()
  }

  /// Some servers say why before they close.
  private var explanationOfClose: ClientError {
    state.partial.lazy.compactMap(wire.failureOfConnection).first
      ?? ClientError(.closedByPeer, "the server closed the connection before its reply was complete")
  }

  private func reject(_ value: Wire.Reply, context: ChannelHandlerContext) {
    fail(
      wire.failureOfConnection(value)
        ?? ClientError(.protocolError, "the server sent a reply that was not asked for"), context: context)
  }

  private func fail(_ error: ClientError, context: ChannelHandlerContext) {
    end.note(error)
    finish(with: .failure(end.reason ?? error))
    context.close(promise: nil)
  }

  private func finish(with result: Result<[Wire.Reply], any Error>) {
    let promise = self.promise
    self.promise = nil
    promise?.completeWith(result)
  }
}
