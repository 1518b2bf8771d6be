import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct DeadlineTests {
  /// Sends a byte now and then until the server closes; false if it never does.
  private static func trickle(_ client: borrowing RawClient) -> Bool {
    for _ in 0..<1000 {
      if client.isClosed(within: 20) { return true }
      do { try client.send("x") } catch { return true }
    }
    return false
  }

  @Test(arguments: [
    "", "GET /", "GET /page HTTP/1.1\r\nHost: t\r\nX: ",
    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9999\r\n\r\n",
  ])
  func `a request that trickles in is cut at the absolute deadline`(start: String) async throws {
    try await withServer(standardRoutes(), configure: { $0.requestDeadline = .milliseconds(200) }) { server, port in
      let wasCut = try await onThread {
        let client = try RawClient(port: port)
        try client.send(start)
        return Self.trickle(client)
      }
      #expect(wasCut)
      #expect(server.statistics.connectionsCutByDeadline == 1)
      #expect(await eventually { server.statistics.openConnections == 0 })
    }
  }

  @Test(arguments: ["G", "GET /page HTTP/1.1\r\nX: "])
  func `a second request that trickles in on a kept connection is cut`(start: String) async throws {
    let configure = { (configuration: inout HTTPServerConfiguration) in
      configuration.requestDeadline = .milliseconds(200)
      configuration.idleTimeout = .seconds(1)
    }
    try await withServer(standardRoutes(), configure: configure) { server, port in
      let wasCut = try await onThread {
        var client = try RawClient(port: port)
        _ = try client.get("/page")
        try client.send(start)
        return Self.trickle(client)
      }
      #expect(wasCut)
      #expect(server.statistics.connectionsCutByDeadline == 1)
    }
  }

  @Test func `slow clients that fill every place lose them and a scraper is served`() async throws {
    let configure = { (configuration: inout HTTPServerConfiguration) in
      configuration.requestDeadline = .milliseconds(300)
      configuration.maximumConnections = 8
    }
    try await withServer(standardRoutes(), configure: configure) { server, port in
      async let slow = withTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask { (try? await onThread { Self.trickle(try RawClient(port: port)) }) ?? false }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(await eventually { server.statistics.acceptedConnections == 8 })
      let response = try await onThread {
        var client = try RawClient(port: port)
        return try client.get("/page")
      }
      #expect(response.status == 200)
      #expect(await slow == 8)
    }
  }

  @Test func `requests that are never finished make room for a scraper long before their deadline`() async throws {
    try await expectRoom { port, _ in
      let client = try RawClient(port: port)
      try client.send("GET /page HTTP/1.1\r\nHost: t\r\nX-Slow: ")
      return client
    }
  }

  @Test func `a silent kept connection ends at the idle timeout`() async throws {
    try await withServer(standardRoutes(), configure: { $0.idleTimeout = .seconds(1) }) { server, port in
      let rest = try await onThread {
        var client = try RawClient(port: port)
        _ = try client.get("/page")
        return try client.readToEnd()
      }
      #expect(rest.isEmpty)
      #expect(server.statistics.connectionsCutByDeadline == 0)
    }
  }

  @Test func `idle connections that fill every place make room for a scraper`() async throws {
    try await expectRoom { port, number in
      var client = try RawClient(port: port)
      // Some have never asked for anything.
      if number.isMultiple(of: 2) { _ = try? client.get("/page") }
      return client
    }
  }

  @Test func `clients that never read and fill every place make room for a scraper long before their deadline`()
    async throws
  {
    try await expectRoom { port, _ in
      let greedy = try RawClient(port: port, receiveBuffer: 4096)
      try greedy.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
      return greedy
    }
  }

  /// A scraper is answered while eight such clients, each with its number, hold the only eight places and no deadline is near.
  private func expectRoom(_ client: @escaping @Sendable (_ port: UInt16, _ number: Int) throws -> RawClient)
    async throws
  {
    let large = HTTPResponse(bytes: [UInt8](repeating: 0x61, count: 16 << 20))
    let routes = standardRoutes() + [Route(path: "/large") { _ in large }]
    let configure = { (configuration: inout HTTPServerConfiguration) in
      configuration.maximumConnections = 8
      configuration.requestDeadline = .seconds(600)
      configuration.responseDeadline = .seconds(600)
      configuration.idleTimeout = .seconds(600)
    }
    try await withServer(routes, configure: configure) { server, port in
      let isServed = Shared(false)
      async let held = withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<8 {
          group.addTask { try await onThread { try client(port, number).hold { isServed.value } } }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(await eventually { server.statistics.acceptedConnections == 8 })
      let response = try await onThread {
        var scraper = try RawClient(port: port)
        return try scraper.get("/page")
      }
      isServed.value = true
      #expect(response.status == 200)
      #expect(try await held == 8)
      #expect(server.statistics.connectionsEvicted > 0)
    }
  }

  @Test func `a client that never reads blocks nobody and is cut`() async throws {
    let large = HTTPResponse(bytes: [UInt8](repeating: 0x61, count: 32 << 20))
    let routes = standardRoutes() + [Route(path: "/large") { _ in large }]
    try await withServer(routes, configure: { $0.responseDeadline = .milliseconds(500) }) { server, port in
      let (text, wasCut) = try await onThread {
        let greedy = try RawClient(port: port, receiveBuffer: 4096)
        try greedy.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
        var client = try RawClient(port: port)
        let text = try client.get("/page").text
        return (text, greedy.hold { server.statistics.connectionsCutByDeadline == 1 })
      }
      #expect(text == "hello\n")
      #expect(wasCut)
      #expect(await eventually { server.statistics.openConnections == 0 })
      #expect(server.statistics.bodyBytesSent == 6)
    }
  }

  @Test func `a handler past its deadline is cancelled, its client told 504, the connection kept`() async throws {
    let wasCancelled = Shared(false)
    try await withServer(
      standardRoutes() + [
        Route(
          path: "/stuck",
          asyncHandler: { _ in
            try? await Task.sleep(for: .seconds(600))
            wasCancelled.value = Task.isCancelled
            return .text(200, "too late")
          })
      ], configure: { $0.handlerDeadline = .milliseconds(100) }
    ) { server, port in
      let responses = try await onThread {
        var client = try RawClient(port: port)
        return [try client.get("/stuck"), try client.get("/page")]
      }
      #expect(responses.map(\.status) == [504, 200])
      #expect(responses.last?.text == "hello\n")
      #expect(await eventually { wasCancelled.value })
      #expect(server.statistics.connectionsCutByDeadline == 0)
    }
  }

  @Test func `a client that leaves while its answer is made is no error`() async throws {
    let mayAnswer = Shared(false)
    let routes =
      standardRoutes() + [
        Route(
          path: "/gate",
          asyncHandler: { _ in
            _ = await eventually { mayAnswer.value }
            return .text(200, "open")
          })
      ]
    try await withServer(routes) { server, port in
      try await onThread {
        let client = try RawClient(port: port)
        try client.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n")
      }
      #expect(await eventually { server.statistics.acceptedConnections == 1 })
      mayAnswer.value = true
      #expect(await eventually { server.statistics.openConnections == 0 })
      let response = try await onThread {
        var client = try RawClient(port: port)
        return try client.get("/gate")
      }
      #expect(response.text == "open\n")
    }
  }
}
