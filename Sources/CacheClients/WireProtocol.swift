/// What a kept connection must know of a server's protocol beside sockets, TLS, deadlines and backoff.
///
/// A value without state: what a connection has read so far is in its decoder.
public protocol WireProtocol: Sendable {
  /// One question.
  associatedtype Command: Sendable
  /// Its answer; a refusal is an answer too.
  associatedtype Reply: Sendable, Equatable
  /// Finds answers in the stream of one connection.
  associatedtype Decoder: ReplyDecoder where Decoder.Reply == Reply

  /// A decoder for a new connection.
  func makeDecoder() -> Decoder
  /// The bytes to send.
  func encode(_ command: Command) -> [UInt8]
  /// What to send next on a new connection, given all replies so far; nothing when the connection is ready. Throws when
  /// the replies say that it is of no use.
  func introduction(after replies: [Reply], password: String?) throws(ClientError) -> [Command]
  /// What a reply says of the whole connection; nil when it concerns its command alone.
  func failureOfConnection(_ reply: Reply) -> ClientError?
  /// How a server that answers nothing at all is asked whether it speaks another protocol; nil where there is none to think of.
  var probe: ProtocolProbe? { get }
}

extension WireProtocol {
  /// None.
  public var probe: ProtocolProbe? { nil }
}

/// Turns the bytes of one connection into replies.
public protocol ReplyDecoder {
  /// What it finds.
  associatedtype Reply

  /// Takes bytes that have come.
  mutating func feed(_ bytes: Span<UInt8>)
  /// The next complete reply; nil until more bytes come. After an error the stream is of no use.
  mutating func next() throws -> Reply?
}
