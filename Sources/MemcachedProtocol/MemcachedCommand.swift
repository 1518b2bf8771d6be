/// A command of Memcached.
public struct MemcachedCommand: Sendable, Hashable {
  enum Content: Sendable, Hashable {
    case greeting
    case line(String)
    case login(username: String, password: String)
    case store(key: String, value: [UInt8], seconds: Int)
  }

  let content: Content

  /// Asks for nothing but whether a login is needed: `version`, or the mechanisms of SASL where the binary protocol is spoken.
  public static var greeting: MemcachedCommand { MemcachedCommand(.greeting) }

  private init(_ content: Content) { self.content = content }

  /// A line without data, such as `stats settings`; a control character in it is a programmer's error.
  public init(_ line: String) {
    precondition(line.utf8.allSatisfy { $0 >= 32 && $0 != 127 }, "a command is one line of printable text")
    content = .line(line)
  }

  /// The login of a server that was started with an authentication file, or with SASL where the binary protocol is spoken. In the
  /// text protocol it is a `set` of any key, whose value is the user name, a blank and the password.
  public init(login username: String, password: String) {
    content = .login(username: username, password: password)
  }

  /// `set`: stores a value for so many seconds, at most 30 days. The key has no blanks and no control characters.
  public init(storing value: [UInt8], at key: String, seconds: Int) {
    precondition(key.utf8.allSatisfy { $0 > 32 && $0 != 127 }, "a key is one word")
    content = .store(key: key, value: value, seconds: seconds)
  }

  /// The bytes on the wire of the text protocol, with the end of the line.
  public var encoded: [UInt8] {
    switch content {
    case .greeting: Array("version\r\n".utf8)
    case .line(let line): Array("\(line)\r\n".utf8)
    case .login(let username, let password):
      Self.set("login", Array("\(username) \(password)".utf8), seconds: 0)
    case .store(let key, let value, let seconds): Self.set(key, value, seconds: seconds)
    }
  }

  private static func set(_ key: String, _ value: [UInt8], seconds: Int) -> [UInt8] {
    Array("set \(key) 0 \(seconds) \(value.count)\r\n".utf8) + value + Array("\r\n".utf8)
  }
}
