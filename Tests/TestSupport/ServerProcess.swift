public import Glibc
import Locked

/// What can go wrong when a test starts a server.
public struct ServerError: Error, CustomStringConvertible {
  /// What happened.
  public let description: String

  /// An error with its explanation.
  public init(_ description: String) {
    self.description = description
  }
}

/// A server started by a test: ends when it is told to, when it is released, and when the test process dies.
///
/// A small shell stands between: it starts the server and waits on a pipe whose other end only this process holds,
/// so that not even a SIGKILL of the tests leaves a server behind.
public final class ServerProcess: Sendable {
  /// The server's own process id.
  public let pid: pid_t
  private let shell: pid_t
  private let keepAlive: Locked<Int32?>

  /// Starts `arguments[0]`, found in PATH or /usr/sbin, with its output in the file `log`.
  public init(_ arguments: [String], log: String) throws {
    let script =
      #"PATH="$PATH:/usr/sbin"; log=$1; shift; "$@" >"$log" 2>&1 & p=$!; echo $p; exec 1>&-; cat >/dev/null; kill -9 $p 2>/dev/null; wait $p 2>/dev/null"#
    let input = try Pipe()
    let output = try Pipe()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input.readEnd, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.writeEnd, 1)
    let words = ["/bin/sh", "-c", script, "sh", log] + arguments
    var argv: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe argv.indices { unsafe free(argv[index]) } }
    var shell: pid_t = 0
    let status = unsafe posix_spawn(&shell, "/bin/sh", &actions, nil, &argv, environ)
    close(input.readEnd)
    close(output.writeEnd)
    guard status == 0 else { throw ServerError("can't start /bin/sh: errno \(status)") }
    self.shell = shell
    keepAlive = Locked(input.writeEnd)
    guard let pid = pid_t(readLine(from: output.readEnd)) else { throw ServerError("can't start \(arguments[0])") }
    self.pid = pid
    close(output.readEnd)
  }

  deinit { end() }

  /// Whether the server is still there.
  public var isRunning: Bool { Glibc.kill(pid, 0) == 0 }

  /// Sends a signal to the server.
  public func signal(_ number: Int32) { Glibc.kill(pid, number) }

  /// Ends the server at once, and waits for it to be gone.
  public func end() {
    let descriptor = keepAlive.withLock { held in
      defer { held = nil }
      return held
    }
    guard let descriptor else { return }
    Glibc.kill(pid, SIGKILL)
    close(descriptor)
    var status: Int32 = 0
    unsafe waitpid(shell, &status, 0)
  }
}

/// A pipe that no other child inherits. Its ends are closed by whoever made it.
public struct Pipe: Sendable {
  /// Where bytes come out; above 19, so that it does not collide with the descriptors that a child expects.
  public let readEnd: Int32
  /// Where bytes go in; above 19 too.
  public let writeEnd: Int32

  /// A new pipe.
  public init() throws {
    var ends: [Int32] = [0, 0]
    // A socket pair, since it can be closed on exec from its first moment: other tests start servers meanwhile.
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw ServerError("no pipe: errno \(errno)") }
    (readEnd, writeEnd) = (fcntl(ends[0], F_DUPFD_CLOEXEC, 20), fcntl(ends[1], F_DUPFD_CLOEXEC, 20))
    for end in ends { close(end) }
  }
}

/// The first line that comes through a descriptor, without its end; empty when none comes.
private func readLine(from descriptor: Int32) -> String {
  var bytes: [UInt8] = []
  var byte: UInt8 = 0
  while unsafe read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
  return String(decoding: bytes, as: UTF8.self)
}

/// Whether a program is installed. With `REQUIRE_SERVERS=1` a missing one is not skipped but fails the test.
public func isInstalled(_ program: String) -> Bool {
  if unsafe getenv("REQUIRE_SERVERS") != nil { return true }
  let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
  return (path.split(separator: ":").map(String.init) + ["/usr/sbin"]).contains { directory in
    unsafe access("\(directory)/\(program)", X_OK) == 0
  }
}
