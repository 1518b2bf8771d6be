import CacheModel
import Glibc
public import NIOCore
import NIOPosix
public import RESP

/// One kept connection to one Redis server: pipelines in, replies out, each call under one deadline.
///
/// Connects on the first call and again after a failure, at the pace of an exponential backoff. Calls are served one
/// at a time; a call that comes while another is under way is a programmer's error.
///
/// Runs on the thread of its connection's event loop, as should its callers: ``executor`` is for
/// their actors and tasks.
public actor RedisClient {
  /// Where its socket lives and the client itself runs.
  public nonisolated let executor: EventLoopExecutor
  /// Connections opened so far.
  public private(set) var connectionsOpened: Int64 = 0

  private let endpoint: RedisEndpoint
  private let factory: ChannelFactory
  private let clock = ContinuousClock()
  private let origin: ContinuousClock.Instant
  private let clientName: String
  private var channel: (any Channel)?
  private var end = EndOfConnection()
  private var backoff = Backoff()
  private var lastFailure: ClientError?

  /// A client that is not connected yet.
  ///
  /// - Parameters:
  ///   - clientName: What `CLIENT LIST` and the slow log show; no spaces.
  ///   - group: One of its loops is the client's; the client does not shut it down.
  public init(
    endpoint: RedisEndpoint, clientName: String = "cachegauge", limits: RESPLimits = RESPLimits(),
    group: any EventLoopGroup
  ) {
    self.init(endpoint: endpoint, clientName: clientName, limits: limits, group: group, tap: nil)
  }

  /// A client whose connections also bring what no command asked for.
  init(
    endpoint: RedisEndpoint, clientName: String, limits: RESPLimits = RESPLimits(), group: any EventLoopGroup,
    tap: ConnectionTap?
  ) {
    self.endpoint = endpoint
    self.clientName = clientName
    executor = EventLoopExecutor(group.next())
    factory = ChannelFactory(endpoint: endpoint, limits: limits, group: executor.loop, tap: tap)
    origin = clock.now
  }

  /// The event loop's, which this holds: it lives as long as the reference to it is used.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Sends the commands in one write and answers their replies in order; an error reply to one command is a value.
  ///
  /// - Parameter deadline: For everything: name resolution, connecting, TLS, authentication, all replies. When it
  ///   passes the connection is closed, so that a late reply is never taken for another's.
  public func pipeline(_ commands: [RESPCommand], deadline: ContinuousClock.Instant) async throws(ClientError)
    -> [RESPValue]
  {
    if commands.isEmpty { return [] }
    if channel?.isActive != true { try await connect(deadline: deadline) }
    guard let channel else { preconditionFailure("connect either sets the channel or throws") }
    do throws(ClientError) {
      let replies = try await exchange(commands, on: channel, deadline: deadline)
      for case .error(let reply) in replies {
        if let error = ClientError(connectionWide: reply) { throw error }
      }
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
      let opened = try await open(deadline: deadline)
      channel = opened
      connectionsOpened += 1
      try await introduce(on: opened, deadline: deadline)
      backoff.succeeded()
      lastFailure = nil
    } catch {
      disconnect()
      throw note(error)
    }
  }

  private func open(deadline: ContinuousClock.Instant) async throws(ClientError) -> any Channel {
    let remaining = self.remaining(until: deadline)
    guard remaining > .zero else { throw ClientError(.timeout, "the deadline passed before connecting") }
    let end = EndOfConnection()
    self.end = end
    let connecting = try factory.connect(timeout: remaining, end: end)
    let connected = connecting.eventLoop.makePromise(of: (any Channel).self)
    let timer = connecting.eventLoop.scheduleTask(in: remaining) {
      connected.fail(ClientError(.timeout, "no connection within the deadline"))
    }
    connecting.whenComplete { result in
      timer.cancel()
      connected.completeWith(result)
    }
    // A connection that comes about after the deadline has no owner.
    connected.futureResult.whenFailure { _ in connecting.whenSuccess { $0.close(promise: nil) } }
    do { return try await connected.futureResult.get() } catch { throw Self.classified(error) }
  }

  /// Logs in, names the connection and selects the database, in one round trip.
  private func introduce(on channel: any Channel, deadline: ContinuousClock.Instant) async throws(ClientError) {
    var commands: [RESPCommand] = []
    if let password = try password() {
      let words = ["AUTH"] + [endpoint.username].compactMap(\.self) + [password]
      commands.append(RESPCommand(words.map { Array($0.utf8) }))
    }
    let authenticates = !commands.isEmpty
    commands.append(RESPCommand("CLIENT", "SETNAME", clientName))
    if endpoint.database != 0 { commands.append(RESPCommand("SELECT", "\(endpoint.database)")) }
    let replies = try await exchange(commands, on: channel, deadline: deadline)
    for case .error(let reply) in replies {
      if let error = ClientError(connectionWide: reply) { throw error }
    }
    if authenticates, let reply = replies.first?.error {
      throw ClientError(.authenticationFailed, "the server refuses the user name or password (\(reply.code))")
    }
    // The name is a courtesy that an ACL may forbid; the database is not.
    if endpoint.database != 0, let reply = replies.last?.error {
      // ERR is what it says of a number that it does not have, or of any but 0 in a cluster.
      throw ClientError(
        reply.code == "ERR" ? .databaseOutOfRange : .serverError,
        "can't select database \(endpoint.database) (\(reply.code))")
    }
  }

  private func exchange(
    _ commands: [RESPCommand], on channel: any Channel, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> [RESPValue] {
    var bytes = channel.allocator.buffer(capacity: 64 * commands.count)
    for command in commands { bytes.writeBytes(command.encoded) }
    let promise = channel.eventLoop.makePromise(of: [RESPValue].self)
    let timer = channel.eventLoop.scheduleTask(in: max(.zero, remaining(until: deadline))) { [hint = timeoutHint] in
      promise.fail(ClientError(.timeout, "no complete reply within the deadline\(hint)"))
      channel.close(promise: nil)
    }
    promise.futureResult.whenComplete { _ in timer.cancel() }
    let request = PipelineRequest(bytes: bytes, count: commands.count, replies: promise)
    channel.writeAndFlush(request).whenFailure { [end] in promise.fail(end.reason ?? Self.classified($0)) }
    do {
      return try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: {
        promise.fail(ClientError(.timeout, "the call was cancelled"))
        channel.close(promise: nil)
      }
    } catch { throw Self.classified(error) }
  }

  /// TLS towards a port without TLS gets no answer at all: Redis waits for the end of a line.
  private var timeoutHint: String {
    endpoint.tls != nil && connectionsOpened <= 1 ? "; does this port speak TLS?" : ""
  }

  private func password() throws(ClientError) -> String? {
    switch endpoint.password {
    case nil: return nil
    case .text(let text): return text
    case .file(let path): return try contentsOfPasswordFile(at: path)
    }
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

  private func remaining(until deadline: ContinuousClock.Instant) -> TimeAmount {
    let (seconds, attoseconds) = (deadline - clock.now).components
    return .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
