import CacheModel
import NIOCore
import NIOPosix

/// One kept connection to one server: pipelines in, replies out, each call under one deadline.
///
/// Connects on the first call and again after a failure, at the pace of an exponential backoff. Calls are served one
/// at a time; a call that comes while another is under way is a programmer's error.
///
/// Runs on the thread of its connection's event loop, as should its callers: ``executor`` is for
/// their actors and tasks.
public actor CacheClient<Wire: WireProtocol> {
  /// Where its socket lives and the client itself runs.
  public nonisolated let executor: EventLoopExecutor
  /// Connections opened so far.
  public private(set) var connectionsOpened: Int64 = 0
  /// How long the last complete pipeline took, from its first byte out to its last reply.
  public private(set) var lastExchange = Duration.zero

  private let wire: Wire
  private let endpoint: CacheEndpoint
  private let factory: ChannelFactory
  private let tap: ConnectionTap?
  private let clock = ContinuousClock()
  private let origin: ContinuousClock.Instant
  private var channel: (any Channel)?
  private var end = EndOfConnection()
  private var backoff = Backoff()
  private var lastFailure: ClientError?
  /// Whether the server did not answer when it was greeted last.
  private var wasSilent = false
  /// Whether it then answered in another protocol.
  private var answeredProbe = false

  /// A client that is not connected yet. One of the group's loops is the client's.
  init(
    wire: Wire, endpoint: CacheEndpoint, group: any EventLoopGroup, tap: ConnectionTap? = nil,
    lookups: NameLookups = .shared
  ) {
    self.wire = wire
    self.endpoint = endpoint
    executor = EventLoopExecutor(group.next())
    self.tap = tap
    factory = ChannelFactory(
      endpoint: endpoint, loop: executor.loop, readsInGulps: tap?.readsInGulps == true, lookups: lookups)
    origin = clock.now
  }

  /// The event loop's, which this holds: it lives as long as the reference to it is used.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Sends the commands in one write and answers their replies in order; an error reply to one command is a value.
  ///
  /// - Parameter deadline: For everything: name resolution, connecting, TLS, authentication, all replies. When it
  ///   passes the connection is closed, so that a late reply is never taken for another's.
  public func pipeline(
    _ commands: [Wire.Command], deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> [Wire.Reply] {
    if commands.isEmpty { return [] }
    if channel?.isActive != true { try await connect(deadline: deadline) }
    guard let channel else { preconditionFailure("connect either sets the channel or throws") }
    do throws(ClientError) {
      let replies = try await exchange(commands, on: channel, deadline: deadline)
      try throwFailureOfConnection(replies)
      return replies
    } catch {
      disconnect()
      throw note(error)
    }
  }

  /// Closes the connection; the next call opens another.
  public func close() {
    disconnect()
    backoff.succeeded()
    lastFailure = nil
  }

  private func connect(deadline: ContinuousClock.Instant) async throws(ClientError) {
    disconnect()
    if let lastFailure, !backoff.allowsTry(at: seconds) { throw lastFailure }
    do throws(ClientError) {
      if wasSilent, let probe = wire.probe {
        let half = TimeAmount(remaining: deadline).nanoseconds / 2
        answeredProbe = await factory.isAnswered(probe, within: .nanoseconds(half))
      }
      let opened = try await open(deadline: deadline)
      channel = opened
      connectionsOpened += 1
      try await introduce(on: opened, deadline: deadline)
      backoff.succeeded()
      lastFailure = nil
      (wasSilent, answeredProbe) = (false, false)
    } catch {
      disconnect()
      throw note(await factory.explained(error, deadline: deadline))
    }
  }

  private func open(deadline: ContinuousClock.Instant) async throws(ClientError) -> any Channel {
    let end = EndOfConnection()
    self.end = end
    let (wire, tap) = (self.wire, self.tap)
    return try await factory.open(within: TimeAmount(remaining: deadline)) { pipeline in
      if let tap { try pipeline.addHandler(tap.make()) }
      try pipeline.addHandler(PipelineHandler(wire: wire, end: end))
    }
  }

  private func introduce(on channel: any Channel, deadline: ContinuousClock.Instant) async throws(ClientError) {
    let password = try endpoint.password?.text()
    var replies: [Wire.Reply] = []
    while case let commands = try wire.introduction(after: replies, password: password), !commands.isEmpty {
      do throws(ClientError) {
        replies += try await exchange(commands, on: channel, deadline: deadline)
      } catch {
        throw replies.isEmpty ? silence(error) : error
      }
    }
  }

  /// A server that does not answer the very first question may speak another protocol, for which it is asked the next time: the
  /// deadline leaves no time for that now.
  private func silence(_ error: ClientError) -> ClientError {
    guard error.cause == .timeout, let probe = wire.probe else { return error }
    defer { wasSilent = true }
    return answeredProbe ? ClientError(.protocolError, probe.advice) : error
  }

  private func throwFailureOfConnection(_ replies: [Wire.Reply]) throws(ClientError) {
    for reply in replies {
      if let error = wire.failureOfConnection(reply) { throw error }
    }
  }

  private func exchange(
    _ commands: [Wire.Command], on channel: any Channel, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> [Wire.Reply] {
    var bytes = channel.allocator.buffer(capacity: 64 * commands.count)
    for command in commands { bytes.writeBytes(wire.encode(command)) }
    let promise = channel.eventLoop.makePromise(of: [Wire.Reply].self)
    let start = clock.now
    let timer = channel.eventLoop.scheduleTask(in: max(.zero, TimeAmount(remaining: deadline))) {
      [hint = timeoutHint] in
      promise.fail(ClientError(.timeout, "no complete reply within the deadline\(hint)"))
      channel.close(promise: nil)
    }
    promise.futureResult.whenComplete { _ in timer.cancel() }
    let request = PipelineRequest(bytes: bytes, count: commands.count, replies: promise)
    channel.writeAndFlush(request).whenFailure { [end] in promise.fail(end.reason ?? Self.classified($0)) }
    do {
      let replies = try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: {
        promise.fail(ClientError(.timeout, "the call was cancelled"))
        channel.close(promise: nil)
      }
      lastExchange = clock.now - start
      return replies
    } catch { throw Self.classified(error) }
  }

  /// TLS towards a port without TLS gets no answer at all: a server waits for the end of a line.
  private var timeoutHint: String {
    endpoint.tls != nil && connectionsOpened <= 1 ? "; does this port speak TLS?" : ""
  }

  /// Whether there is a connection.
  var isConnected: Bool { channel?.isActive == true }

  /// Waits for the end of the present connection; answers why it ended.
  func closed() async -> ClientError {
    let end = self.end
    try? await channel?.closeFuture.get()
    return end.reason ?? ClientError(.closedByPeer, "the connection was closed")
  }

  /// Closes the connection; the next call opens another when it may.
  func disconnect() {
    channel?.close(promise: nil)
    channel = nil
  }

  private func note(_ error: ClientError) -> ClientError {
    backoff.failed(at: seconds, random: Double.random(in: 0...1))
    lastFailure = error
    return error
  }

  private static func classified(_ error: any Error) -> ClientError { ClientError(classifying: error) }

  private var seconds: Double {
    let (seconds, attoseconds) = (clock.now - origin).components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}

extension TimeAmount {
  /// How long it is until `deadline`; below zero where it has passed.
  init(remaining deadline: ContinuousClock.Instant) {
    let (seconds, attoseconds) = (deadline - .now).components
    self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
