/// Why the demo's server does not run.
public enum DemoError: Error, Sendable, Hashable {
  /// There is no redis-server (nor valkey-server) in `PATH`.
  case notInstalled
  /// A call of the operating system failed.
  case system(call: String, code: Int32)
  /// The server ended, or was not ready in time; with the last line of its log.
  case notReady(log: String)
}

extension DemoError: CustomStringConvertible {
  /// One sentence, with what to do.
  public var description: String {
    switch self {
    case .notInstalled:
      "the demo needs redis-server, which is not in PATH; install it with: sudo apt-get install redis-server"
    case .system(let call, let code):
      "the demo's redis-server can't be started: \(call) failed with error \(code)"
    case .notReady(let log):
      "the demo's redis-server did not become ready; its log ends with: \(log)"
    }
  }
}
