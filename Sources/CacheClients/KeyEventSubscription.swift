import CacheModel
public import NIOCore
public import RESP

/// A connection of its own to one server that listens to the keyspace notifications.
///
/// ``open(databases:deadline:)``, then ``ended()``, and again: each connection is subscribed once.
public actor KeyEventSubscription {
  private let client: RedisClient
  private let pingInterval: Duration
  private let pingTimeout: Duration

  /// A subscription that is not open yet.
  ///
  /// - Parameters:
  ///   - readPause: Between two reads of the socket; events come that late at most, and the server's buffer grows
  ///     meanwhile.
  ///   - pingInterval: Between two checks that the server still answers, which a silent network would hide.
  public init(
    endpoint: CacheEndpoint, receiver: any KeyEventReceiver, readPause: Duration = .milliseconds(20),
    pingInterval: Duration = .seconds(5), pingTimeout: Duration = .seconds(5), group: any EventLoopGroup
  ) {
    let pause = TimeAmount(readPause)
    client = RedisClient(
      endpoint: endpoint, clientName: "cachegauge-events", group: group,
      tap: ConnectionTap(readsInGulps: true) { KeyEventFilter(receiver: receiver, pause: pause) })
    self.pingInterval = pingInterval
    self.pingTimeout = pingTimeout
  }

  /// The channels that it listens to, of so many databases.
  public static func channels(databases: Int) -> [String] {
    (0..<max(1, databases)).flatMap { database in
      KeyEventKind.allCases.map { KeyEventChannel.name($0, database: database) }
    }
  }

  /// Connects and subscribes to every event of the databases 0..<`databases`.
  ///
  /// Answers the server's reply to `INFO`, made immediately before: every miss that it counts later is an event
  /// of this connection. Throws when any channel is refused.
  public func open(databases: Int, deadline: ContinuousClock.Instant) async throws(ClientError) -> RESPValue {
    await client.disconnect()
    var commands = [RESPCommand("INFO", "everything")]
    commands += Self.channels(databases: databases).map { RESPCommand("SUBSCRIBE", $0) }
    let replies = try await client.pipeline(commands, deadline: deadline)
    for case .error(let reply) in replies.dropFirst() {
      await client.disconnect()
      throw ClientError(
        reply.code == "NOPERM" ? .permissionDenied : .serverError, "SUBSCRIBE is refused (\(reply.code))")
    }
    return replies[0]
  }

  /// Waits until the connection is lost, or the task is cancelled, which closes it; answers why.
  public func ended() async -> ClientError {
    let client = self.client
    let interval = pingInterval
    let timeout = pingTimeout
    return await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          while (try? await Task.sleep(for: interval)) != nil, await client.isConnected {
            guard (try? await client.pipeline([RESPCommand("PING")], deadline: .now.advanced(by: timeout))) != nil
            else { break }
          }
        }
        let reason = await client.closed()
        group.cancelAll()
        return reason
      }
    } onCancel: {
      Task { await client.disconnect() }
    }
  }

  /// Whether there is a connection.
  public var isOpen: Bool { get async { await client.isConnected } }

  /// Closes the connection.
  public func close() async { await client.disconnect() }
}
