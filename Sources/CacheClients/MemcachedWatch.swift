import CacheModel
public import MemcachedProtocol
public import NIOCore

/// A connection of its own to one Memcached server that takes its log (`watch`).
///
/// ``open(deadline:)``, then ``ended()``, and again. A connection that watches takes no further command: whether a silent one is
/// still alive can't be asked over it.
public actor MemcachedWatch {
  private let client: MemcachedClient

  /// A watch that is not open yet.
  public init(endpoint: CacheEndpoint, receiver: any MemcachedLogReceiver, group: any EventLoopGroup) {
    client = MemcachedClient(
      wire: MemcachedWire(endpoint: endpoint, maximumReplyBytes: 1 << 20), endpoint: endpoint, group: group,
      tap: ConnectionTap(readsInGulps: true) { MemcachedLogFilter(receiver: receiver) })
  }

  /// Connects and asks for the log of lookups, stores and evictions. Answers the server's reply to `stats`, made immediately before.
  ///
  /// Throws `permission_denied` where the server was told to allow no watching (`-W`), `too_many_clients` where 20 others watch.
  public func open(deadline: ContinuousClock.Instant) async throws(ClientError) -> MemcachedReply {
    await client.disconnect()
    // By itself: `watch` must not stand behind another command.
    let stats = try await client.pipeline([MemcachedCommand("stats")], deadline: deadline)
    let replies = try await client.pipeline(
      [MemcachedCommand("watch fetchers mutations evictions")], deadline: deadline)
    guard replies == [.status("OK")] else {
      await client.disconnect()
      throw Self.refusal(replies[0])
    }
    return stats[0]
  }

  /// Waits until the connection is lost, or the task is cancelled, which closes it; answers why.
  public func ended() async -> ClientError {
    let client = self.client
    return await withTaskCancellationHandler {
      await client.closed()
    } onCancel: {
      Task { await client.disconnect() }
    }
  }

  /// Closes the connection.
  public func close() async { await client.disconnect() }

  private static func refusal(_ reply: MemcachedReply) -> ClientError {
    switch reply {
    case .error(let error) where error.message.contains("not allowed"):
      ClientError(.permissionDenied, "the server allows no watch (-W)")
    case .status("WATCHER_TOO_MANY log watcher limit reached"):
      ClientError(.tooManyClients, "the server has as many watchers as it takes")
    case .error(let error) where error.kind == .unknown:
      ClientError(.unknownCommand, "the server knows no watch")
    default: ClientError(.serverError, "watch is refused")
    }
  }
}
