public import Glibc

/// A real redis-server on a free loopback port, without persistence, in a directory of its own.
public final class RedisServer {
  /// Its port; stays the same over ``restart()``.
  public let port: UInt16
  /// Its directory: holds its log, and `redis.sock` when it was asked for a socket.
  public let directory: TemporaryDirectory
  private let arguments: [String]
  private var process: ServerProcess

  /// `redis://127.0.0.1:PORT`.
  public var url: String { "redis://127.0.0.1:\(port)" }
  /// The path of its Unix socket.
  public var socketPath: String { "\(directory.path)/redis.sock" }
  /// Its process id.
  public var pid: pid_t { process.pid }

  /// Starts a server with more of redis-server's options, such as `"--maxmemory", "4mb"`, and waits until it answers.
  public convenience init(_ arguments: String...) throws { try self.init(arguments) }

  /// The same with a list of options.
  public init(_ arguments: [String]) throws {
    port = try freePort()
    directory = try TemporaryDirectory()
    self.arguments =
      [
        "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", directory.path,
        "--unixsocket", "\(directory.path)/redis.sock",
      ] + arguments
    process = try ServerProcess(self.arguments, log: "\(directory.path)/redis.log")
    try waitUntilReady()
  }

  /// A connection to it.
  public func connect() throws -> RawRedis { try RawRedis(port: port) }

  /// Ends it with SIGKILL.
  public func kill() { process.end() }

  /// Starts it again on the same port after ``kill()``.
  public func restart() throws {
    process.end()
    process = try ServerProcess(arguments, log: "\(directory.path)/redis.log")
    try waitUntilReady()
  }

  /// Stops it without ending it: it accepts connections in the kernel and answers nothing.
  public func freeze() { process.signal(SIGSTOP) }

  /// Lets it go on.
  public func thaw() { process.signal(SIGCONT) }

  private func waitUntilReady() throws {
    for _ in 0..<1000 {
      if let connection = try? RawRedis(port: port), (try? connection.call("PING")) != nil { return }
      usleep(10_000)
    }
    throw ServerError("redis-server does not answer: \((try? readFile("\(directory.path)/redis.log")) ?? "no log")")
  }
}
