import Glibc

/// The shell that keeps the demo's server, and the line to it whose end is the server's end.
struct Keeper: Sendable {
  private let process: pid_t
  /// Our end of a socket pair, whose other end is the shell's standard input; closed in every other child.
  private let line: Int32

  /// Reads one line. `stop` asks for SIGTERM; the end of input means that cachegauge is gone, and SIGKILL is right for a
  /// server that has nothing to save. SIGUSR1 hastens a server that does not end.
  private static let script = """
    directory=$1; shift
    "$@" </dev/null >"$directory/server.log" 2>&1 &
    server=$!
    trap 'kill -KILL "$server" 2>/dev/null' USR1
    trap 'kill -KILL "$server" 2>/dev/null; wait "$server"; rm -rf "$directory"; exit' HUP INT TERM
    word=
    read -r word
    if [ "$word" = stop ]; then kill -TERM "$server"; else kill -KILL "$server"; fi 2>/dev/null
    wait "$server"; wait "$server"
    rm -rf "$directory"
    """

  /// Starts `command` under a shell, both in a process group of their own.
  static func start(_ command: [String], directory: String) throws(DemoError) -> Keeper {
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .system(call: "socketpair", code: errno) }
    defer { close(ends[0]) }
    var process: pid_t = 0
    let arguments = ["sh", "-c", script, "cachegauge-demo", directory] + command
    let code = spawn("/bin/sh", arguments, standardInput: ends[0], process: &process)
    guard code == 0 else {
      close(ends[1])
      throw .system(call: "posix_spawn", code: code)
    }
    return Keeper(process: process, line: ends[1])
  }

  /// Asks for SIGTERM.
  func askToStop() {
    let word = Array("stop\n".utf8)
    _ = unsafe word.withUnsafeBytes { unsafe send(line, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  /// Asks for SIGKILL.
  func askToKill() { kill(process, SIGUSR1) }

  /// Whether server and directory are gone. True once only: the process is waited for.
  func hasEnded() -> Bool {
    var status: Int32 = 0
    let result = unsafe waitpid(process, &status, WNOHANG)
    return result == process || (result < 0 && errno != EINTR)
  }

  /// Hangs up; a server that still runs ends then.
  func release() { close(line) }
}

/// `posix_spawn` with a process group of its own, default signals, and `/dev/null` but for standard input. 0 or an error code.
private func spawn(
  _ path: String, _ arguments: [String], standardInput: Int32, process: inout pid_t
) -> Int32 {
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
  for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
    unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
  }
  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe posix_spawnattr_setsigmask(&attributes, &signals)
  unsafe sigfillset(&signals)
  unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
  let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
  unsafe posix_spawnattr_setpgroup(&attributes, 0)
  unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
  let copies = unsafe arguments.map { unsafe strdup($0) }
  defer { unsafe copies.forEach { unsafe free($0) } }
  return unsafe posix_spawn(&process, path, &actions, &attributes, copies + [nil], environ)
}
