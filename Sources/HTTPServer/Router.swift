/// A path and what answers it.
public struct Route: Sendable {
  enum Handler: Sendable {
    case immediate(@Sendable (HTTPRequest) -> HTTPResponse)
    case deferred(@Sendable (HTTPRequest) async -> HTTPResponse)
  }

  let path: String
  let methods: [String]
  let handler: Handler

  /// `path` is compared exactly with the decoded request path, but that a `*` between two slashes stands for any one
  /// part of it. `HEAD` is answered wherever `GET` is, without the body. `handler` runs on the server's one thread: while it runs no other client is served, so it must not wait.
  public init(
    path: String, methods: [String] = ["GET"], handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) {
    self.path = path
    self.methods = methods
    self.handler = .immediate(handler)
  }

  /// For answers that take time: `asyncHandler` runs in a task of its own while the server serves others. After
  /// ``HTTPServerConfiguration/handlerDeadline`` the client is told 504 and the task is cancelled. A client that has
  /// left meanwhile is no error. Costs a task and a wake-up of the server's thread for each request.
  public init(
    path: String, methods: [String] = ["GET"], asyncHandler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) {
    self.path = path
    self.methods = methods
    self.handler = .deferred(asyncHandler)
  }
}

/// Chooses the route of a request; immutable, so any thread may use it.
public struct Router: Sendable {
  /// What to do with a request, and the bounded label that counts it.
  struct Match {
    var handler: Route.Handler
    /// Index into ``labels``.
    var label: Int
  }

  /// The routes' paths, each once, and last "other" for every path that has no route.
  let labels: [String]

  private struct Entry {
    var handlers: [String: Route.Handler]
    var otherMethod: HTTPResponse
    var options: HTTPResponse
    var label: Int
  }
  private let entries: [String: Entry]
  /// The entries with a `*`: what stands before and behind it.
  private let patterns: [(before: String, behind: String, entry: Entry)]
  private let fallback: @Sendable (HTTPRequest) -> HTTPResponse
  private let anyOptions: HTTPResponse

  /// Routes may share a path if their methods differ; a repeated method is a programmer's error and traps. `fallback`
  /// answers every path without a route, on the server's thread; by default with 404.
  public init(_ routes: [Route], fallback: (@Sendable (HTTPRequest) -> HTTPResponse)? = nil) {
    var handlers: [String: [String: Route.Handler]] = [:]
    var paths: [String] = []
    for route in routes {
      if handlers[route.path] == nil { paths.append(route.path) }
      for method in route.methods {
        let earlier = handlers[route.path, default: [:]].updateValue(route.handler, forKey: method)
        precondition(earlier == nil, "two routes for \(method) \(route.path)")
      }
    }
    var entries: [String: Entry] = [:]
    for (label, path) in paths.enumerated() {
      let allow = allowedMethods(handlers[path, default: [:]].keys)
      entries[path] = Entry(
        handlers: handlers[path, default: [:]],
        otherMethod: .text(405, "405 Method Not Allowed; allowed are \(allow)", headers: [("Allow", allow)]),
        options: HTTPResponse(status: 204, headers: [("Allow", allow)]), label: label)
    }
    let notFound = HTTPResponse.text(404, "404 Not Found")
    self.entries = entries
    patterns = paths.compactMap { path in
      let parts = path.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let entry = entries[path] else { return nil }
      return (parts[0], parts[1], entry)
    }
    self.labels = paths + ["other"]
    self.fallback = fallback ?? { _ in notFound }
    let allow = allowedMethods(handlers.values.flatMap(\.keys))
    anyOptions = HTTPResponse(status: 204, headers: [("Allow", allow)])
  }

  func match(method: String, path: String) -> Match {
    let other = labels.count - 1
    if path == "*" {
      let answer = method == "OPTIONS" ? anyOptions : StandardResponses.badRequest
      return Match(handler: .immediate { _ in answer }, label: other)
    }
    guard let entry = entries[path] ?? pattern(of: path) else {
      return Match(handler: .immediate(fallback), label: other)
    }
    if let handler = entry.handlers[method] ?? (method == "HEAD" ? entry.handlers["GET"] : nil) {
      return Match(handler: handler, label: entry.label)
    }
    let answer = method == "OPTIONS" ? entry.options : entry.otherMethod
    return Match(handler: .immediate { _ in answer }, label: entry.label)
  }

  private func pattern(of path: String) -> Entry? {
    patterns.first { before, behind, _ in
      guard path.hasPrefix(before), path.hasSuffix(behind), path.utf8.count > before.utf8.count + behind.utf8.count
      else { return false }
      return !path.utf8.dropFirst(before.utf8.count).dropLast(behind.utf8.count).contains(UInt8(ascii: "/"))
    }?.entry
  }

  /// What a server would answer, without one: for tests of routes in memory. `HEAD` answers carry their bytes here.
  public func response(to request: HTTPRequest) async -> HTTPResponse {
    switch match(method: request.method, path: request.path).handler {
    case .immediate(let handler): handler(request)
    case .deferred(let handler): await handler(request)
    }
  }
}

/// Answers that do not depend on the route, made once for all servers.
enum StandardResponses {
  static let badRequest = HTTPResponse.text(400, "400 Bad Request")
  static let certificateWanted = HTTPResponse.text(403, "403 Forbidden; a client certificate is wanted")
  static let contentTooLarge = HTTPResponse.text(413, "413 Content Too Large")
  static let shuttingDown = HTTPResponse.text(503, "503 Service Unavailable; the server is shutting down")
  static let handlerTimeout = HTTPResponse.text(504, "504 Gateway Timeout; no answer in time")
}

private func allowedMethods(_ methods: some Sequence<String>) -> String {
  var allowed = Set(methods)
  if allowed.contains("GET") { allowed.insert("HEAD") }
  allowed.insert("OPTIONS")
  return allowed.sorted().joined(separator: ", ")
}
