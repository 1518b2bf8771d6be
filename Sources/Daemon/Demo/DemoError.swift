/// Why a server of the demo does not run.
public enum DemoError: Error, Sendable, Hashable {
  /// There is no program of this name, or one that stands in for it, in `PATH`.
  case notInstalled(String)
  /// A call of the operating system failed.
  case system(call: String, code: Int32)
  /// The server ended, or was not ready in time; with the last line of its log.
  case notReady(log: String)
}

extension DemoError: CustomStringConvertible {
  /// One sentence, with what to do.
  public var description: String {
    switch self {
    case .notInstalled(let name):
      "the demo needs \(name), which is not in PATH; install it with: sudo apt-get install \(name)"
    case .system(let call, let code):
      "the demo's server can't be started: \(call) failed with error \(code)"
    case .notReady(let log):
      "the demo's server did not become ready; its log ends with: \(log)"
    }
  }
}
