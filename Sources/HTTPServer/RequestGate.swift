/// Whether a request may pass, before any route sees it.
public enum GateDecision: Sendable {
  /// It may.
  case admitted
  /// It may not; this is the answer.
  case refused(HTTPResponse)
  /// That takes time to find out: runs in a task of its own, and gives the answer to a request that may not pass, nil where it may.
  case undecided(@Sendable () async -> HTTPResponse?)
}

/// What stands before every route: decides, and adds headers to every answer of a route.
///
/// Both are called on the server's one thread for each request, and must not wait.
public struct RequestGate: Sendable {
  let decide: @Sendable (HTTPRequest) -> GateDecision
  let headers: @Sendable () -> [(String, String)]

  /// A gate; by default it adds nothing.
  public init(
    decide: @escaping @Sendable (HTTPRequest) -> GateDecision,
    headers: @escaping @Sendable () -> [(String, String)] = { [] }
  ) {
    self.decide = decide
    self.headers = headers
  }
}
