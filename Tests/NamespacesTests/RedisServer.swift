import Foundation
import Glibc
import Testing

/// A private server for tests that ask Redis itself.
enum RedisServer {
  /// Whether these tests run: always where servers are required, else only where one is installed.
  static var isWanted: Bool {
    ProcessInfo.processInfo.environment["REQUIRE_SERVERS"] == "1" || run("command -v redis-server >/dev/null")
  }

  /// Starts a server on a socket in a temporary directory, sends it the commands, one a line as redis-cli reads them,
  /// ends it, and answers what redis-cli printed, by line.
  static func answers(to commands: [String]) throws -> [String] {
    let directory = FileManager.default.temporaryDirectory.appending(path: "cachegauge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let question = directory.appending(path: "question")
    try Data((commands.joined(separator: "\n") + "\n").utf8).write(to: question)
    try #require(run("cd '\(directory.path)' || exit 1\n\(script)"), "redis-server did not answer")
    let answer = try Data(contentsOf: directory.appending(path: "answer"))
    return String(decoding: answer, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast().map(String.init)
  }

  private static let script = """
    redis-server --port 0 --unixsocket ./socket --save '' >/dev/null 2>&1 & pid=$!
    until redis-cli -s ./socket PING >/dev/null 2>&1; do kill -0 $pid || exit 1; done
    redis-cli -s ./socket <question >answer
    kill $pid
    wait $pid
    """

  /// Runs a script in a shell and waits for it; whether it succeeded.
  ///
  /// A test's thread blocks nearly every signal, and what it starts inherits that: a shell would never hear that its
  /// child ended. So none is blocked while the shell starts.
  private static func run(_ script: String) -> Bool {
    var none = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    return unsafe system(script) == 0
  }

  /// `bytes` as redis-cli reads them between quotes.
  static func quoted(_ bytes: [UInt8]) -> String {
    "\"" + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\""
  }
}
