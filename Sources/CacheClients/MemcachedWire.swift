import CacheModel
public import MemcachedProtocol
public import NIOCore

extension MemcachedDecoder: ReplyDecoder {}

/// Memcached's text protocol.
public struct MemcachedWire: WireProtocol {
  private let username: String
  private let maximumReplyBytes: Int

  init(endpoint: CacheEndpoint, maximumReplyBytes: Int) {
    username = endpoint.username ?? ""
    self.maximumReplyBytes = maximumReplyBytes
  }

  /// A decoder with the client's limit.
  public func makeDecoder() -> MemcachedDecoder { MemcachedDecoder(maximumReplyBytes: maximumReplyBytes) }

  /// The command's line.
  public func encode(_ command: MemcachedCommand) -> [UInt8] { command.encoded }

  /// Logs in to a server that has an authentication file. The login is a `set`, which a server without such a file
  /// would store, password and all: so it is sent only to one that asks for it. Whether it does is asked for also without
  /// a password, since such a server answers but the first of several commands.
  public func introduction(after replies: [MemcachedReply], password: String?) throws(ClientError)
    -> [MemcachedCommand]
  {
    switch replies.count {
    case 0: return [MemcachedCommand("version")]
    case 1:
      guard let error = failureOfConnection(replies[0]) else { return [] }
      guard error.cause == .authenticationFailed, let password else { throw error }
      return [MemcachedCommand(login: username, password: password)]
    default:
      if case .error(let error) = replies[1] {
        throw ClientError(
          .authenticationFailed, "the server refuses the user name or password (\(error.kind.rawValue))")
      }
      return []
    }
  }

  /// Refusals of the client itself.
  public func failureOfConnection(_ reply: MemcachedReply) -> ClientError? {
    guard case .error(let error) = reply else { return nil }
    let message = error.message.lowercased()
    if message.contains("unauthenticated") {
      return ClientError(.authenticationFailed, "the server asks for a login and none is configured")
    }
    if message.contains("authentication failure") {
      return ClientError(.authenticationFailed, "the server refuses the user name or password")
    }
    if message.contains("too many open connections") {
      return ClientError(.tooManyClients, "the server has reached its limit of connections (-c)")
    }
    return nil
  }
}

/// One kept connection to one Memcached server.
public typealias MemcachedClient = CacheClient<MemcachedWire>

extension MemcachedClient {
  /// A client that is not connected yet.
  ///
  /// - Parameters:
  ///   - maximumReplyBytes: A longer reply fails its call with `reply_too_large`.
  ///   - group: One of its loops is the client's; the client does not shut it down.
  public init(endpoint: CacheEndpoint, maximumReplyBytes: Int = 16 << 20, group: any EventLoopGroup) {
    self.init(
      wire: MemcachedWire(endpoint: endpoint, maximumReplyBytes: maximumReplyBytes), endpoint: endpoint,
      group: group)
  }
}
