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
    /// Of how long all commands were seen; nil where it ended early, and the commands' own times tell.
    public let watched: Duration?
    /// Whether it ended early, since it had seen as many commands as one may.
    public let isFull: Bool
  }

  private let client: RedisClient
  private let clock = ContinuousClock()
  private let lines: Int
  private let state = NIOLockedValueBox(State())

  /// What the connection's handler needs and finds.
  struct State: Sendable {
    /// After so many lines no more are wanted.
    var wanted = 0
    /// Whether they came.
    var isEnough = false
  }

  /// - Parameters:
  ///   - byteBudget: What one burst may bring; more is a failure.
  ///   - lines: Commands after which a burst has seen enough and ends early: on a busy server its cost is theirs, not its length's.
  public init(
    endpoint: CacheEndpoint, receiver: any CommandReceiver, byteBudget: Int = 8 << 20, lines: Int = 1000,
    group: any EventLoopGroup
  ) {
    self.lines = lines
    let state = self.state
    client = RedisClient(
      endpoint: endpoint, clientName: "cachegauge-sample", group: group,
      tap: ConnectionTap(readsInGulps: false) {
        CommandFilter(receiver: receiver, budget: byteBudget, state: state)
      })
  }

  /// One burst. Throws when the server refuses, or the burst brought too much.
  public func run(
    for duration: Duration, databases: Int, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> Outcome {
    await client.disconnect()
    // Subscribed after MONITOR: a subscriber may not ask for MONITOR, but a monitor may subscribe, and sees itself do so.
    let channels = (0..<max(1, databases)).map { KeyEventChannel.name(.keymiss, database: $0) }
    state.withLockedValue { $0 = State(wanted: lines + channels.count) }
    _ = try await client.pipeline([RESPCommand("PING")], deadline: deadline)
    let start = clock.now
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
    let began = clock.now
    let failure = await watch(for: duration, deadline: deadline)
    if let failure, !isEnough { throw failure }
    let end = clock.now
    return Outcome(held: end - start, watched: isEnough ? nil : end - began, isFull: isEnough)
  }

  private static let tooMuch = ClientError(.replyTooLarge, "a burst of MONITOR brought too much")

  private var isEnough: Bool { state.withLockedValue(\.isEnough) }

  /// Watches for so long, or until the connection ends by itself; closed it is in any case. Answers what went wrong.
  private func watch(for duration: Duration, deadline: ContinuousClock.Instant) async -> ClientError? {
    let (client, clock) = (self.client, self.clock)
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await clock.sleep(for: duration, tolerance: .milliseconds(1)) }
      group.addTask { _ = await client.closed() }
      await group.next()
      let failure = await Self.finish(client, deadline: deadline)
      await client.disconnect()
      group.cancelAll()
      return failure
    }
  }

  /// Ends a burst between two commands: a script or a transaction that began before MONITOR was not seen at all, so one that is under way
  /// now is seen whole. What it did comes before the answer to a question asked now.
  private static func finish(_ client: RedisClient, deadline: ContinuousClock.Instant) async -> ClientError? {
    guard await client.isConnected else { return tooMuch }
    let connections = await client.connectionsOpened
    do throws(ClientError) {
      _ = try await client.pipeline([RESPCommand("PING")], deadline: deadline)
    } catch {
      return error
    }
    // Where it was closed just before, the answer came over another connection.
    return await client.connectionsOpened == connections ? nil : tooMuch
  }
}
