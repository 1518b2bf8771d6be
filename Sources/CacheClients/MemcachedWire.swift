import CacheModel
public import MemcachedProtocol
public import NIOCore

/// Finds replies in whichever of Memcached's protocols is spoken.
public struct MemcachedReplyDecoder: ReplyDecoder {
  private var text: MemcachedDecoder
  private var binary: MemcachedBinaryDecoder?

  init(maximumReplyBytes: Int, isBinary: Bool) {
    text = MemcachedDecoder(maximumReplyBytes: maximumReplyBytes)
    binary = isBinary ? MemcachedBinaryDecoder(maximumReplyBytes: maximumReplyBytes) : nil
  }

  /// Takes bytes that have come.
  public mutating func feed(_ bytes: Span<UInt8>) {
    if binary == nil { text.feed(bytes) } else { binary?.feed(bytes) }
  }

  /// The next complete reply; nil until more bytes come.
  public mutating func next() throws -> MemcachedReply? {
    binary == nil ? try text.next() : try binary?.next()
  }
}

/// Memcached's text protocol, or its binary one, which a server that was started with SASL (`-S`) asks for.
public struct MemcachedWire: WireProtocol {
  private let username: String
  private let maximumReplyBytes: Int
  private let isBinary: Bool

  init(endpoint: CacheEndpoint, maximumReplyBytes: Int, isBinary: Bool = false) {
    username = endpoint.username ?? ""
    self.maximumReplyBytes = maximumReplyBytes
    self.isBinary = isBinary
  }

  /// A decoder with the client's limit.
  public func makeDecoder() -> MemcachedReplyDecoder {
    MemcachedReplyDecoder(maximumReplyBytes: maximumReplyBytes, isBinary: isBinary)
  }

  /// The command's line, or packet.
  public func encode(_ command: MemcachedCommand) -> [UInt8] { isBinary ? command.binary : command.encoded }

  /// Each protocol asks for the other: a server with SASL does not answer in text at all, one without the binary protocol not in that.
  public var probe: ProtocolProbe? {
    let version = MemcachedCommand("version")
    return isBinary
      ? ProtocolProbe(
        question: version.encoded, answers: ["VERSION ", "ERROR", "CLIENT_ERROR "].map { Array($0.utf8) },
        advice: "the server speaks only the text protocol: remove sasl: true")
      : ProtocolProbe(
        question: version.binary, answers: [[0x81]],
        advice: "the server speaks only the binary protocol: write memcached: { sasl: true }")
  }

  /// Logs in to a server that has an authentication file, or SASL. The login of the text protocol is a `set`, which a server without
  /// such a file would store, password and all: so it is sent only to one that asks for it. Whether it does is asked for also without
  /// a password, since such a server answers but the first of several commands.
  public func introduction(after replies: [MemcachedReply], password: String?) throws(ClientError)
    -> [MemcachedCommand]
  {
    switch replies.count {
    case 0: return [.greeting]
    case 1 where isBinary: return try login(replies[0], password)
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

  /// The login of a server that offers mechanisms of SASL; one that has none asks for no login.
  private func login(_ offer: MemcachedReply, _ password: String?) throws(ClientError) -> [MemcachedCommand] {
    guard case .status(let mechanisms) = offer else { return [] }
    guard let password else {
      throw ClientError(.authenticationFailed, "the server asks for a login and none is configured")
    }
    guard mechanisms.split(separator: " ").contains("PLAIN") else {
      throw ClientError(.authenticationFailed, "the server does not offer SASL's mechanism PLAIN")
    }
    return [MemcachedCommand(login: username, password: password)]
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
  ///   - isBinary: Whether the binary protocol is spoken, as a server with SASL asks for.
  ///   - group: One of its loops is the client's; the client does not shut it down.
  public init(
    endpoint: CacheEndpoint, maximumReplyBytes: Int = 16 << 20, isBinary: Bool = false, group: any EventLoopGroup
  ) {
    self.init(
      wire: MemcachedWire(endpoint: endpoint, maximumReplyBytes: maximumReplyBytes, isBinary: isBinary),
      endpoint: endpoint, group: group)
  }
}
