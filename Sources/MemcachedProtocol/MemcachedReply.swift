/// What a Memcached server answers to one command.
public enum MemcachedReply: Sendable, Hashable {
  /// The lines before `END`, each with its line feed: `STAT …`, `PREFIX …`, `key=…`, or `VALUE …` and its data.
  case lines([UInt8])
  /// One line that ends a reply: `OK`, `RESET`, `STORED`, `DELETED`, `VERSION 1.6.18`, …
  case status(String)
  /// A refusal.
  case error(MemcachedErrorReply)
}

/// `ERROR`, `CLIENT_ERROR` or `SERVER_ERROR`, with the server's explanation.
public struct MemcachedErrorReply: Sendable, Hashable {
  /// Whose fault it is, in the server's view.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The server does not know the command.
    case unknown = "ERROR"
    /// The command is wrong, or not permitted.
    case client = "CLIENT_ERROR"
    /// The server can't carry it out.
    case server = "SERVER_ERROR"
  }

  /// The first word.
  public let kind: Kind
  /// The rest of the line; may be empty.
  public let message: String

  /// An error with its explanation.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// The stream is no Memcached reply, or one beyond the limits.
public struct MemcachedDecodingError: Error, Sendable, Hashable {
  /// What is wrong.
  public enum Kind: Sendable, Hashable {
    /// A line that no reply has.
    case unexpectedLine
    /// A `VALUE` whose line says no length, or whose data does not end where it says.
    case malformedValue
    /// A line longer than the limit, in bytes.
    case lineTooLong(limit: Int)
    /// A reply longer than the limit, in bytes.
    case replyTooLarge(limit: Int)
  }

  /// What is wrong.
  public let kind: Kind
  /// Where the line begins, in bytes since the connection was opened.
  public let offset: Int

  /// An error at a place of the stream.
  public init(_ kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}
