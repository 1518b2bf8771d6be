import NIOCore

/// A question in another protocol than the one that is spoken, for a server that does not answer: so that it can be told from one that
/// is slow.
public struct ProtocolProbe: Sendable {
  /// The bytes to send.
  let question: [UInt8]
  /// What answers in that protocol begin with; none is empty.
  let answers: [[UInt8]]
  /// What to tell people where it is answered.
  let advice: String
}

extension ChannelFactory {
  /// Whether the question is answered, over a connection of its own, within `time`.
  func isAnswered(_ probe: ProtocolProbe, within time: TimeAmount) async -> Bool {
    let heard = loop.makePromise(of: Bool.self)
    let timer = loop.scheduleTask(in: max(.zero, time)) { heard.succeed(false) }
    do throws(ClientError) {
      let channel = try await open(within: time) { pipeline in
        try pipeline.addHandler(ProbeHandler(probe.answers, heard))
      }
      heard.futureResult.whenComplete { _ in channel.close(promise: nil) }
      channel.writeAndFlush(ByteBuffer(bytes: probe.question), promise: nil)
    } catch {
      heard.succeed(false)
    }
    defer { timer.cancel() }
    return (try? await heard.futureResult.get()) == true
  }
}

/// Hears the begin of an answer. Lives on its channel's event loop only.
private final class ProbeHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let answers: [[UInt8]]
  private let heard: EventLoopPromise<Bool>
  private var received: [UInt8] = []

  init(_ answers: [[UInt8]], _ heard: EventLoopPromise<Bool>) {
    self.answers = answers
    self.heard = heard
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytesView
    if answers.contains(where: { received.starts(with: $0) }) {
      heard.succeed(true)
    } else if !answers.contains(where: { $0.starts(with: received) }) {
      heard.succeed(false)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    heard.succeed(false)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    heard.succeed(false)
    context.fireChannelInactive()
  }
}
