public import Glibc

/// A real memcached on a free loopback port, with 64 MiB unless it is told otherwise.
public final class MemcachedServer {
  /// Its port; stays the same over ``restart()``.
  public let port: UInt16
  /// Its directory: holds its log, and files that the test gives it.
  public let directory: TemporaryDirectory
  private let arguments: [String]
  private let isBinary: Bool
  private var process: ServerProcess

  /// `memcached://127.0.0.1:PORT`.
  public var url: String { "memcached://127.0.0.1:\(port)" }
  /// Its process id.
  public var pid: pid_t { process.pid }

  /// Starts a server and waits until it answers. `arguments` are more of memcached's options, such as `"-m", "8"`;
  /// `files` are texts by name, put into its directory, where `@name` in an argument stands for the path.
  ///
  /// With a `saslUser`, whose password is `secret`, it asks for SASL and speaks the binary protocol only.
  public init(_ arguments: String..., files: [String: String] = [:], saslUser: String? = nil) throws {
    let directory = try TemporaryDirectory()
    for (name, text) in files { try directory.write(text, to: name) }
    var environment: [String] = []
    if let saslUser { environment = try Self.makeUser(saslUser, in: directory) }
    isBinary = saslUser != nil
    port = try freePort()
    self.directory = directory
    // Root, as which tests may run in containers, is refused without a user.
    let user = geteuid() == 0 ? ["-u", "root"] : []
    self.arguments =
      environment + ["memcached", "-l", "127.0.0.1", "-p", "\(port)", "-U", "0", "-t", "2"] + user
      + (saslUser == nil ? [] : ["-S"])
      + arguments.map { $0.hasPrefix("@") ? "\(directory.path)/\($0.dropFirst())" : $0 }
    process = try ServerProcess(self.arguments, log: "\(directory.path)/memcached.log")
    try waitUntilReady()
  }

  /// A user in a database of Cyrus SASL; answers what comes in front of the command that is to use it.
  private static func makeUser(_ name: String, in directory: TemporaryDirectory) throws -> [String] {
    let database = "\(directory.path)/sasldb"
    try directory.write(
      "mech_list: plain\npwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: \(database)\n",
      to: "memcached.conf")
    let made = try run([
      "sh", "-c", "echo secret | PATH=$PATH:/usr/sbin saslpasswd2 -c -p -a memcached -f '\(database)' '\(name)'",
    ])
    guard made.exitCode == 0 else { throw ServerError("saslpasswd2: \(made.output)") }
    return ["env", "SASL_CONF_PATH=\(directory.path)"]
  }

  /// A connection to it.
  public func connect() throws -> RawMemcached { try RawMemcached(port: port) }

  /// Ends it with SIGKILL.
  public func kill() { process.end() }

  /// Starts it again on the same port after ``kill()``.
  public func restart() throws {
    process.end()
    process = try ServerProcess(arguments, log: "\(directory.path)/memcached.log")
    try waitUntilReady()
  }

  private func waitUntilReady() throws {
    for _ in 0..<1000 {
      if let connection = try? RawMemcached(port: port), isBinary || (try? connection.call("version")) != nil {
        return
      }
      usleep(10_000)
    }
    throw ServerError(
      "memcached does not answer: \((try? readFile("\(directory.path)/memcached.log")) ?? "no log")")
  }
}

/// A blocking connection to a Memcached server for tests: no deadline, no retry, no cleverness.
public final class RawMemcached {
  private let descriptor: Int32
  private var received: [UInt8] = []

  /// Connects to a port of 127.0.0.1.
  public init(port: UInt16) throws {
    descriptor = try connectToLoopback(port: port)
  }

  deinit { Glibc.close(descriptor) }

  /// One command of one line and its reply as text, the last line included.
  @discardableResult
  public func call(_ line: String) throws -> String {
    try write("\(line)\r\n")
    var text = ""
    while true {
      let next = try readLine()
      text += next + "\n"
      let isPart = ["STAT ", "PREFIX ", "VALUE "].contains { next.hasPrefix($0) }
      if next.hasPrefix("VALUE ") { text += try readLine() + "\n" }
      if !isPart { return text }
    }
  }

  /// Whether a key is found by the classic `get`.
  public func get(_ key: String) throws -> Bool { try call("get \(key)").hasPrefix("VALUE") }

  /// Whether a key is found by the meta command `mg`.
  public func metaGet(_ key: String) throws -> Bool {
    try write("mg \(key) v\r\n")
    let head = try readLine()
    guard head.hasPrefix("VA") else { return false }
    _ = try readLine()
    return true
  }

  /// Stores a value.
  public func set(_ key: String, _ value: String, ttl: Int = 0) throws {
    try write("set \(key) 0 \(ttl) \(value.utf8.count)\r\n\(value)\r\n")
    let reply = try readLine()
    guard reply == "STORED" else { throw ServerError("set: \(reply)") }
  }

  private func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe send(descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw ServerError("the connection broke while writing") }
      sent += count
    }
  }

  private func readLine() throws -> String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let feed = received.firstIndex(of: UInt8(ascii: "\n")) {
        let line = received[..<feed]
        received.removeSubrange(...feed)
        return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
      }
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ServerError("the connection broke while reading") }
      received += buffer.prefix(count)
    }
  }
}
