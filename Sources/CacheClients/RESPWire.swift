import CacheModel
public import NIOCore
public import RESP

extension RESPDecoder: ReplyDecoder {}

/// The protocol of Redis and its relatives.
public struct RESPWire: WireProtocol {
  private let username: String?
  private let database: Int
  private let clientName: String
  private let limits: RESPLimits

  init(endpoint: CacheEndpoint, clientName: String, limits: RESPLimits) {
    username = endpoint.username
    database = endpoint.database
    self.clientName = clientName
    self.limits = limits
  }

  /// A decoder with the client's limits.
  public func makeDecoder() -> RESPDecoder { RESPDecoder(limits: limits) }

  /// As hiredis formats it.
  public func encode(_ command: RESPCommand) -> [UInt8] { command.encoded }

  /// Logs in, names the connection and selects the database, in one round trip.
  public func introduction(after replies: [RESPValue], password: String?) throws(ClientError) -> [RESPCommand] {
    guard replies.isEmpty else {
      try check(replies, hasPassword: password != nil)
      return []
    }
    var commands: [RESPCommand] = []
    if let password {
      let words = ["AUTH"] + [username].compactMap(\.self) + [password]
      commands.append(RESPCommand(words.map { Array($0.utf8) }))
    }
    commands.append(RESPCommand("CLIENT", "SETNAME", clientName))
    if database != 0 { commands.append(RESPCommand("SELECT", "\(database)")) }
    return commands
  }

  /// The name is a courtesy that an ACL may forbid; login and database are not.
  private func check(_ replies: [RESPValue], hasPassword: Bool) throws(ClientError) {
    for reply in replies {
      if let error = failureOfConnection(reply) { throw error }
    }
    if hasPassword, let reply = replies.first?.error {
      throw ClientError(.authenticationFailed, "the server refuses the user name or password (\(reply.code))")
    }
    if database != 0, let reply = replies.last?.error {
      // ERR is what it says of a number that it does not have, or of any but 0 in a cluster.
      throw ClientError(
        reply.code == "ERR" ? .databaseOutOfRange : .serverError,
        "can't select database \(database) (\(reply.code))")
    }
  }

  /// Refusals of the client itself.
  public func failureOfConnection(_ reply: RESPValue) -> ClientError? {
    guard let error = reply.error else { return nil }
    switch error.code {
    case "NOAUTH":
      return ClientError(.authenticationFailed, "the server asks for a password and none is configured")
    case "WRONGPASS": return ClientError(.authenticationFailed, "the server refuses the user name or password")
    case "DENIED":
      return ClientError(.permissionDenied, "the server is in protected mode and takes local connections only")
    default:
      guard error.message.contains("max number of clients") else { return nil }
      return ClientError(.tooManyClients, "the server has reached its maxclients")
    }
  }
}

/// One kept connection to one server of the Redis family.
public typealias RedisClient = CacheClient<RESPWire>

extension RedisClient {
  /// A client that is not connected yet.
  ///
  /// - Parameters:
  ///   - clientName: What `CLIENT LIST` and the slow log show; no spaces.
  ///   - group: One of its loops is the client's; the client does not shut it down.
  public init(
    endpoint: CacheEndpoint, clientName: String = "cachegauge", limits: RESPLimits = RESPLimits(),
    group: any EventLoopGroup
  ) {
    self.init(endpoint: endpoint, clientName: clientName, limits: limits, group: group, tap: nil)
  }

  /// A client whose connections also bring what no command asked for.
  init(
    endpoint: CacheEndpoint, clientName: String, limits: RESPLimits = RESPLimits(), group: any EventLoopGroup,
    tap: ConnectionTap?
  ) {
    self.init(
      wire: RESPWire(endpoint: endpoint, clientName: clientName, limits: limits), endpoint: endpoint, group: group,
      tap: tap)
  }
}
