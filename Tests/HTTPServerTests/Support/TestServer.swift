import HTTPServer

/// Runs `body` with a started server on a free loopback port, and stops it afterwards.
func withServer<T: Sendable>(
  _ routes: [Route], configure: (inout HTTPServerConfiguration) -> Void = { _ in },
  _ body: (HTTPServer, UInt16) async throws -> T
) async throws -> T {
  var configuration = HTTPServerConfiguration()
  configuration.drainDeadline = .seconds(2)
  configure(&configuration)
  let server = HTTPServer(configuration: configuration, router: Router(routes))
  try server.start()
  guard let port = server.boundPort else { throw ClientError.malformed("no port") }
  do {
    let result = try await body(server, port)
    await server.stop()
    return result
  } catch {
    await server.stop()
    throw error
  }
}

/// Routes that most tests need.
func standardRoutes() -> [Route] {
  let page = HTTPResponse(contentType: "text/plain; charset=utf-8", bytes: Array("hello\n".utf8))
  return [
    Route(path: "/page") { _ in page },
    Route(path: "/echo", methods: ["POST", "PUT"]) { HTTPResponse(contentType: "text/plain", bytes: $0.body) },
    Route(path: "/query") { request in
      .text(200, request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|"))
    },
    Route(path: "/header") { .text(200, $0.header("accept") ?? "none") },
    Route(path: "/client") { .text(200, $0.remoteAddress) },
    Route(
      path: "/slow",
      asyncHandler: { request in
        try? await Task.sleep(for: .milliseconds(20))
        return .text(200, "slow \(request.query("n") ?? "")")
      }),
  ]
}
