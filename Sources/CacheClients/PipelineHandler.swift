import CacheModel
import NIOCore
import NIOSSL
import RESP

/// A pipeline to write and the promise of its replies.
struct PipelineRequest: Sendable {
  var bytes: ByteBuffer
  var count: Int
  var replies: EventLoopPromise<[RESPValue]>
}

/// Writes a pipeline in one go, decodes what comes back, and fails what is outstanding when the connection ends.
///
/// Lives on its channel's event loop only.
final class PipelineHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = PipelineRequest
  typealias OutboundOut = ByteBuffer

  private let decoder: RESPDecoder
  private var state = PipelineState()
  private var promise: EventLoopPromise<[RESPValue]>?
  private var failure: ClientError?

  init(limits: RESPLimits) {
    decoder = RESPDecoder(limits: limits)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let request = unwrapOutboundIn(data)
    if let failure {
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
    state.partial.lazy.compactMap(\.error).compactMap { ClientError(connectionWide: $0) }.first
      ?? ClientError(.closedByPeer, "the server closed the connection before its reply was complete")
  }

  private func reject(_ value: RESPValue, context: ChannelHandlerContext) {
    let reason = value.error.flatMap { ClientError(connectionWide: $0) }
    fail(reason ?? ClientError(.protocolError, "the server sent a reply that was not asked for"), context: context)
  }

  private func fail(_ error: ClientError, context: ChannelHandlerContext) {
    if failure == nil { failure = error }
    finish(with: .failure(failure ?? error))
    context.close(promise: nil)
  }

  private func finish(with result: Result<[RESPValue], any Error>) {
    let promise = self.promise
    self.promise = nil
    promise?.completeWith(result)
  }
}
