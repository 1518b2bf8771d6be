import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct StopTests {
  private static func server(
    drain: Duration, _ routes: [Route]
  ) throws -> (server: HTTPServer, port: UInt16) {
    var configuration = HTTPServerConfiguration()
    configuration.drainDeadline = drain
    let server = HTTPServer(configuration: configuration, router: Router(standardRoutes() + routes))
    try server.start()
    return (server, try #require(server.boundPort))
  }

  /// A route that answers when it may, and tells when it was entered.
  private final class Gate: Sendable {
    let entered = Shared(false)
    let mayAnswer = Shared(false)

    var route: Route {
      Route(
        path: "/gate",
        asyncHandler: { [self] _ in
          entered.value = true
          while !mayAnswer.value, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(2))
          }
          return .text(200, "open")
        })
    }
  }

  @Test func `a running request is answered and new connections are refused`() async throws {
    let gate = Gate()
    let (server, port) = try Self.server(drain: .seconds(60), [gate.route])
    async let answer = onThread {
      var client = try RawClient(port: port)
      let response = try client.get("/gate")
      return (response.text, try client.readToEnd().count)
    }
    #expect(await eventually { gate.entered.value })
    async let stopped: Void = server.stop()
    #expect(await eventually { server.boundPort == nil })
    let refusal = await eventually {
      do {
        _ = try RawClient(port: port)
        return false
      } catch { return true }
    }
    #expect(refusal)
    gate.mayAnswer.value = true
    let (text, trailing) = try await answer
    #expect(text == "open\n")
    #expect(trailing == 0)
    await stopped
    #expect(server.statistics.openConnections == 0)
  }

  @Test func `a handler that does not end in time is cancelled and stop returns`() async throws {
    let gate = Gate()
    let (server, port) = try Self.server(drain: .milliseconds(100), [gate.route])
    async let bytes = onThread {
      var client = try RawClient(port: port)
      try client.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n")
      return try client.readToEnd()
    }
    #expect(await eventually { gate.entered.value })
    await server.stop()
    let text = String(decoding: try await bytes, as: UTF8.self)
    #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 503 "))
  }

  @Test func `an idle kept connection does not delay stop`() async throws {
    let (server, port) = try Self.server(drain: .seconds(600), [])
    async let rest = onThread {
      var client = try RawClient(port: port)
      _ = try client.get("/page")
      return try client.readToEnd().count
    }
    #expect(await eventually { server.statistics.requests.first?.count == 1 })
    await server.stop()
    #expect(try await rest == 0)
  }

  @Test func `a client that never reads delays stop by the drain deadline only`() async throws {
    let large = HTTPResponse(bytes: [UInt8](repeating: 0x61, count: 32 << 20))
    let (server, port) = try Self.server(drain: .milliseconds(100), [Route(path: "/large") { _ in large }])
    let isStopped = Shared(false)
    async let wasStopped = onThread {
      let greedy = try RawClient(port: port, receiveBuffer: 4096)
      try greedy.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
      return greedy.hold { isStopped.value }
    }
    #expect(await eventually { server.statistics.requests.first?.count == 1 })
    await server.stop()
    isStopped.value = true
    #expect(try await wasStopped)
    #expect(server.statistics.openConnections == 0)
  }

  @Test(arguments: 0..<5)
  func `stopping amid requests never truncates an answer`(round: Int) async throws {
    let page = HTTPResponse(bytes: [UInt8](repeating: UInt8(0x30 + round), count: 50_000))
    let (server, port) = try Self.server(drain: .seconds(5), [Route(path: "/big") { _ in page }])
    let answered = await withTaskGroup(of: Int.self) { group in
      for number in 0..<16 {
        group.addTask { await Self.hammer(port: port, target: number.isMultiple(of: 4) ? "/slow" : "/big") }
      }
      #expect(await eventually { (server.statistics.requests.first?.count ?? 0) > 100 })
      await server.stop()
      return await group.reduce(0, +)
    }
    #expect(answered > 100)
    #expect(server.statistics.openConnections == 0)
  }

  /// Answers until the server leaves; -1_000_000 if it left amid an answer.
  private static func hammer(port: UInt16, target: String) async -> Int {
    let count = try? await onThread {
      var count = 0
      var client = try RawClient(port: port)
      while true {
        do { try client.send("GET \(target) HTTP/1.1\r\nHost: t\r\n\r\n") } catch { return count }
        do {
          _ = try client.response()
          count += 1
        } catch ClientError.closed {
          return client.hasUnreadBytes ? -1_000_000 : count
        } catch { return count }
      }
    }
    return count ?? 0
  }

  @Test func `a released server frees its port`() async throws {
    var held: HTTPServer?
    let port: UInt16
    (held, port) = try Self.server(drain: .seconds(1), [])
    try await onThread {
      var client = try RawClient(port: port)
      _ = try client.get("/page")
    }
    #expect(held?.boundPort == port)
    held = nil
    let next = HTTPServer(configuration: HTTPServerConfiguration(port: port), router: Router([]))
    try next.start()
    await next.stop()
  }
}
