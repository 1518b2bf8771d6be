import HTTPServer
import Locked
import Logging

/// What the files of `web` say: TLS, users, the token. Read at the start, where a fault ends the process, and again whenever one
/// of them says something else, where a fault leaves in force what was read before.
final class WebAccess: Sendable {
  private struct State {
    var contents: WebContents
    var isCurrent = true
  }

  private let configuration: WebSettings
  private let log: Logger
  private let state: Locked<State>
  /// Stands before every route.
  let gate: WebGate

  /// Reads the files. Blocks. Throws why they can't be used.
  init(_ configuration: WebSettings, metricsPath: String = "/metrics", log: Logger) throws(WebContents.Problem) {
    self.configuration = configuration
    self.log = log
    let contents = try WebContents(configuration)
    state = Locked(State(contents: contents))
    gate = WebGate(contents.rules, metricsPaths: Routes.metricsPaths(metricsPath))
  }

  /// What the server proves itself with; nil for plain HTTP.
  var identity: TLSIdentity? { state.withLock { $0.contents.identity } }

  /// Whether the files could be used when they were read last; nil where there are none.
  var isCurrent: Bool? { configuration.isEmpty ? nil : state.withLock { $0.isCurrent } }

  /// What came of reading the files again.
  enum Change {
    case none
    /// Other users, token or headers: in force already.
    case rules
    /// Another identity, which a server takes at its start only.
    case identity(TLSIdentity?)
  }

  /// Reads the files again: a few small ones, each second. Blocks.
  func refresh() -> Change {
    if configuration.isEmpty { return .none }
    let before = state.withLock { $0 }
    do throws(WebContents.Problem) {
      let contents = try WebContents(configuration)
      state.withLock { $0 = State(contents: contents) }
      if contents.rules != before.contents.rules { gate.replace(contents.rules) }
      if contents != before.contents || !before.isCurrent { log.notice("the files of web access were read again") }
      if contents.identity != before.contents.identity { return .identity(contents.identity) }
      return contents.rules == before.contents.rules ? .none : .rules
    } catch {
      refuse("\(error.sentence); what was read before stays in force")
      return .none
    }
  }

  /// The identity that was read can't be used: the server keeps the one that it has.
  func refuse(_ sentence: String, keeping identity: TLSIdentity?) {
    state.withLock { $0.contents.identity = identity }
    refuse(sentence)
  }

  private func refuse(_ sentence: String) {
    let wasCurrent = state.withLock { state in
      defer { state.isCurrent = false }
      return state.isCurrent
    }
    if wasCurrent { log.error("\(sentence)") }
  }
}
