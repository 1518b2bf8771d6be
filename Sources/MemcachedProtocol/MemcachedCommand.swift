/// A command of Memcached's text protocol.
public struct MemcachedCommand: Sendable, Hashable {
  /// The bytes on the wire, with the end of the line.
  public let encoded: [UInt8]

  /// A line without data, such as `stats settings`; a control character in it is a programmer's error.
  public init(_ line: String) {
    precondition(line.utf8.allSatisfy { $0 >= 32 && $0 != 127 }, "a command is one line of printable text")
    encoded = Array("\(line)\r\n".utf8)
  }

  /// The login of a server that was started with an authentication file: a `set` of any key, whose value is the user
  /// name, a blank and the password.
  public init(login username: String, password: String) {
    let credentials = Array("\(username) \(password)".utf8)
    encoded = Array("set login 0 0 \(credentials.count)\r\n".utf8) + credentials + Array("\r\n".utf8)
  }

  /// `set`: stores a value for so many seconds, at most 30 days. The key has no blanks and no control characters.
  public init(storing value: [UInt8], at key: String, seconds: Int) {
    precondition(key.utf8.allSatisfy { $0 > 32 && $0 != 127 }, "a key is one word")
    encoded = Array("set \(key) 0 \(seconds) \(value.count)\r\n".utf8) + value + Array("\r\n".utf8)
  }
}
