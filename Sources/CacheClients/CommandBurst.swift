import CacheModel
import NIOConcurrencyHelpers
public import NIOCore
import RESP

/// Watches all commands of a server for some milliseconds, on a connection of its own that is closed right after: that
/// ends MONITOR, whatever happens to this process.
public actor CommandBurst {
  /// What became of a burst.
  public struct Outcome: Sendable, Hashable {
    /// How long MONITOR was on.
    public let held: Duration
    /// Whether it ended early, since it had seen as many commands as one may.
    public let isFull: Bool
  }

  private let client: RedisClient
  private let clock = ContinuousClock()
  private let enough: NIOLockedValueBox<Bool>

  /// - Parameters:
  ///   - byteBudget: What one burst may bring; more is a failure.
  ///   - lines: Commands after which a burst has seen enough and ends early: on a busy server its cost is theirs, not its length's.
  public init(
    endpoint: CacheEndpoint, receiver: any CommandReceiver, byteBudget: Int = 8 << 20, lines: Int = 1000,
    group: any EventLoopGroup
  ) {
    let enough = NIOLockedValueBox(false)
    self.enough = enough
    client = RedisClient(
      endpoint: endpoint, clientName: "cachegauge-sample", group: group,
      tap: ConnectionTap(readsInGulps: false) {
        CommandFilter(receiver: receiver, budget: byteBudget, wanted: lines, enough: enough)
      })
  }

  /// One burst. Throws when the server refuses, or the burst brought too much.
  public func run(
    for duration: Duration, databases: Int, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> Outcome {
    await client.disconnect()
    _ = try await client.pipeline([RESPCommand("PING")], deadline: deadline)
    enough.withLockedValue { $0 = false }
    let start = clock.now
    // Subscribed after MONITOR: a subscriber may not ask for MONITOR, but a monitor may subscribe.
    let channels = (0..<max(1, databases)).map { KeyEventChannel.name(.keymiss, database: $0) }
    let commands = [RESPCommand("MONITOR")] + channels.map { RESPCommand("SUBSCRIBE", $0) }
    do throws(ClientError) {
      let replies = try await client.pipeline(commands, deadline: deadline)
      for case .error(let reply) in replies {
        throw ClientError(
          reply.code == "NOPERM" ? .permissionDenied : .serverError, "MONITOR is refused (\(reply.code))")
      }
    } catch {
      await client.disconnect()
      guard isEnough else { throw error }
    }
    let isWhole = await staysConnected(for: duration)
    guard isWhole || isEnough else { throw ClientError(.replyTooLarge, "a burst of MONITOR brought too much") }
    return Outcome(held: clock.now - start, isFull: isEnough)
  }

  private var isEnough: Bool { enough.withLockedValue { $0 } }

  /// Whether the connection lasts for so long. Closed it is in any case, and as soon as it ends by itself this is over.
  private func staysConnected(for duration: Duration) async -> Bool {
    let (client, clock) = (self.client, self.clock)
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await clock.sleep(for: duration, tolerance: .milliseconds(1)) }
      group.addTask { _ = await client.closed() }
      await group.next()
      let stays = await client.isConnected
      await client.disconnect()
      group.cancelAll()
      return stays
    }
  }
}
