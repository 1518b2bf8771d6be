import CacheModel
public import NIOCore
import RESP

/// Watches all commands of a server for some milliseconds, on a connection of its own that is closed right after: that
/// ends MONITOR, whatever happens to this process.
public actor CommandBurst {
  private let client: RedisClient
  private let clock = ContinuousClock()

  /// - Parameter byteBudget: what one burst may bring before its connection is closed.
  public init(
    endpoint: CacheEndpoint, receiver: any CommandReceiver, byteBudget: Int = 8 << 20, group: any EventLoopGroup
  ) {
    client = RedisClient(
      endpoint: endpoint, clientName: "cachegauge-sample", group: group,
      tap: ConnectionTap(readsInGulps: false) { CommandFilter(receiver: receiver, budget: byteBudget) })
  }

  /// One burst; answers how long MONITOR was on. Throws when the server refuses, or the burst brought too much.
  public func run(
    for duration: Duration, databases: Int, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> Duration {
    await client.disconnect()
    _ = try await client.pipeline([RESPCommand("PING")], deadline: deadline)
    let start = clock.now
    // Subscribed after MONITOR: a subscriber may not ask for MONITOR, but a monitor may subscribe.
    let channels = (0..<max(1, databases)).map { KeyEventChannel.name(.keymiss, database: $0) }
    let commands = [RESPCommand("MONITOR")] + channels.map { RESPCommand("SUBSCRIBE", $0) }
    let replies: [RESPValue]
    do throws(ClientError) {
      replies = try await client.pipeline(commands, deadline: deadline)
    } catch {
      await client.disconnect()
      throw error
    }
    if replies.allSatisfy({ $0.error == nil }) {
      try? await clock.sleep(for: duration, tolerance: .milliseconds(1))
    }
    let isWhole = await client.isConnected
    await client.disconnect()
    for case .error(let reply) in replies {
      throw ClientError(
        reply.code == "NOPERM" ? .permissionDenied : .serverError, "MONITOR is refused (\(reply.code))")
    }
    guard isWhole else { throw ClientError(.replyTooLarge, "a burst of MONITOR brought too much") }
    return clock.now - start
  }
}
