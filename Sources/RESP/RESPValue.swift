/// One reply of a server that speaks RESP2.
public enum RESPValue: Sendable, Hashable {
  /// `+OK`.
  case simpleString(String)
  /// `-ERR …`: the server's answer to one command, not a failure of the connection.
  case error(RESPErrorReply)
  /// `:1`.
  case integer(Int64)
  /// `$3 foo`: any bytes.
  case bulk([UInt8])
  /// `*2 …`.
  case array([RESPValue])
  /// `$-1` or `*-1`.
  case null

  /// The text of a simple string or a bulk string, with bytes that are not UTF-8 replaced; nil for anything else.
  /// Costs a copy.
  public var string: String? {
    switch self {
    case .simpleString(let text): text
    case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// An integer reply, or a bulk string that holds a plain decimal integer; nil for anything else.
  public var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .bulk(let bytes): String(validating: bytes, as: UTF8.self).flatMap { Int64($0) }
    default: nil
    }
  }

  /// The elements of an array; nil for anything else.
  public var array: [RESPValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The error; nil for anything else.
  public var error: RESPErrorReply? {
    if case .error(let error) = self { error } else { nil }
  }
}

/// An error reply: a code in capitals by convention, then free text.
public struct RESPErrorReply: Sendable, Hashable {
  /// The first word: `ERR`, `NOAUTH`, `WRONGTYPE`, `LOADING`, …
  public let code: String
  /// The whole line after the `-`, code included. Free text that may repeat arguments: for logs at most.
  public let message: String

  /// Splits an error line into its code and the rest.
  public init(line: String) {
    message = line
    code = line.split(separator: " ", maxSplits: 1).first.map(String.init) ?? ""
  }
}
