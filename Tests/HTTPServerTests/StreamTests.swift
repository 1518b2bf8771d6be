import HTTPServer
import Testing

/// Content of so many pieces of the same size, that notes how many were asked for.
private func stream(_ count: Int, of size: Int = 10_000, deadline: Duration? = nil, asked: Shared<Int>)
  -> HTTPResponse
{
  let piece = [UInt8](repeating: UInt8(ascii: "~"), count: size)
  return HTTPResponse(
    contentType: "text/plain", deadline: deadline,
    streaming: {
      asked.withLock { asked in
        asked += 1
        return asked <= count ? piece : nil
      }
    })
}

@Suite(.timeLimit(.minutes(2))) struct StreamTests {
  @Test func `a stream comes whole, in chunks or up to the connection's end, and is counted`() async throws {
    let asked = Shared(0)
    let route = Route(path: "/stream") { _ in
      asked.value = 0
      return stream(100, asked: asked)
    }
    try await withServer([route]) { server, port in
      let old = try await onThread {
        var client = try RawClient(port: port)
        try client.send("GET /stream HTTP/1.0\r\n\r\n")
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(old.hasSuffix("\r\n\r\n" + String(repeating: "~", count: 1_000_000)))
      #expect(asked.value == 101)
      #expect(await eventually { server.statistics.bodyBytesSent == 1_000_000 })
      let new = try await onThread {
        var client = try RawClient(port: port)
        try client.send(
          "GET /stream HTTP/1.1\r\nHost: t\r\n\r\nGET /stream HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(new.contains("Transfer-Encoding: chunked"))
      #expect(new.utf8.count { $0 == UInt8(ascii: "~") } == 2_000_000)
      #expect(await eventually { server.statistics.bodyBytesSent == 3_000_000 })
    }
  }

  @Test func `HEAD makes no content, and a stream without content is an empty answer`() async throws {
    let asked = Shared(0)
    try await withServer([Route(path: "/stream") { _ in stream(0, asked: asked) }]) { _, port in
      let head = try await onThread {
        var client = try RawClient(port: port)
        try client.send("HEAD /stream HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(head.hasPrefix("HTTP/1.1 200"))
      #expect(asked.value == 0)
      let empty = try await onThread {
        var client = try RawClient(port: port)
        try client.send("GET /stream HTTP/1.0\r\n\r\n")
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(empty.hasSuffix("\r\n\r\n"))
      #expect(asked.value == 1)
    }
  }

  @Test
  func `a client that does not read costs a few pieces, holds up nobody, and is cut at the stream's deadline`()
    async throws
  {
    let asked = Shared(0)
    let routes =
      standardRoutes() + [
        Route(path: "/stream") { _ in stream(100_000, deadline: .milliseconds(600), asked: asked) }
      ]
    try await withServer(routes, configure: { $0.requestDeadline = .seconds(2) }) { server, port in
      try await onThread {
        let silent = try RawClient(port: port, receiveBuffer: 4096)
        try silent.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(silent.hold { asked.value > 0 })
        var other = try RawClient(port: port)
        #expect(try other.get("/page").status == 200)
        #expect(silent.hold { server.statistics.connectionsCutByDeadline == 1 })
      }
      // A billion bytes were there to be had; the sockets' buffers take a few million.
      #expect(asked.value < 2000)
      #expect(server.statistics.bodyBytesSent < 100)
    }
  }

  @Test func `the server's own deadline holds for a stream that brings none`() async throws {
    let asked = Shared(0)
    let route = Route(path: "/stream") { _ in stream(100_000, asked: asked) }
    try await withServer([route], configure: { $0.responseDeadline = .milliseconds(200) }) { server, port in
      try await onThread {
        let silent = try RawClient(port: port, receiveBuffer: 4096)
        try silent.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(silent.hold { server.statistics.connectionsCutByDeadline == 1 })
      }
    }
  }

  private final class Held: Sendable {
    let release: @Sendable () -> Void
    init(_ release: @escaping @Sendable () -> Void) { self.release = release }
    deinit { release() }
  }

  @Test func `what a stream holds is released when its client leaves`() async throws {
    let released = Shared(false)
    let route = Route(path: "/stream") { _ in
      let held = Held { released.value = true }
      let piece = [UInt8](repeating: 0, count: 10_000)
      return HTTPResponse(
        contentType: "text/plain",
        streaming: {
          _ = held; return piece
        })
    }
    try await withServer([route]) { _, port in
      try await onThread {
        let client = try RawClient(port: port, receiveBuffer: 4096)
        try client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n")
        _ = client.isClosed(within: 2000)
      }
      #expect(await eventually { released.value })
    }
  }

  @Test func `a stream under way ends with the server, when its drain deadline has passed`() async throws {
    let released = Shared(false)
    let asked = Shared(0)
    let route = Route(path: "/stream") { _ in
      let held = Held { released.value = true }
      let piece = [UInt8](repeating: 0, count: 10_000)
      return HTTPResponse(
        contentType: "text/plain", deadline: .seconds(600),
        streaming: {
          _ = held
          asked.withLock { $0 += 1 }
          return piece
        })
    }
    let client = Shared<Bool>(false)
    try await withServer([route], configure: { $0.drainDeadline = .milliseconds(100) }) { server, port in
      async let isCut = onThread {
        let silent = try RawClient(port: port, receiveBuffer: 4096)
        try silent.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n")
        return silent.hold { client.value }
      }
      #expect(await eventually { asked.value > 0 })
      await server.stop()
      #expect(await eventually { released.value })
      client.value = true
      let wasHeld = try await isCut
      #expect(wasHeld)
    }
  }

  /// A stream that waits until its bell has rung, and then has one line for each ring.
  private struct Bells: Sendable {
    let rings = Shared<[StreamBell]>([])
    let lines = Shared(0)
    let asked = Shared(0)
    let made = Shared(0)
    let released = Shared(0)

    var route: Route {
      Route(path: "/bell") { _ in
        let bell = StreamBell()
        rings.withLock { $0.append(bell) }
        let held = Held { released.withLock { $0 += 1 } }
        let seen = Shared(0)
        return HTTPResponse(contentType: "text/plain", deadline: .seconds(60), bell: bell) {
          _ = held
          asked.withLock { $0 += 1 }
          let lines = lines.value
          guard seen.value < lines else { return .wait }
          seen.value = lines
          made.withLock { $0 += 1 }
          return .piece(Array("line \(lines)\n".utf8))
        }
      }
    }

    func ring() {
      lines.withLock { $0 += 1 }
      for bell in rings.value { bell.ring() }
    }
  }

  @Test func `a stream may wait: it costs nothing then, and goes on when its bell has rung`() async throws {
    let bells = Bells()
    try await withServer([bells.route] + standardRoutes()) { server, port in
      let text = Shared("")
      async let client: Void = onThread {
        var client = try RawClient(port: port)
        try client.send("GET /bell HTTP/1.0\r\n\r\n")
        text.value = String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      for line in 1...3 {
        // Rings that come close together may be answered as one: here each is waited for.
        #expect(await eventually { !bells.rings.value.isEmpty })
        bells.ring()
        #expect(await eventually { bells.made.value == line })
      }
      let other = try await onThread {
        var other = try RawClient(port: port)
        return try other.get("/page").status
      }
      #expect(other == 200)
      // Who waits is not asked in vain.
      #expect(bells.asked.value < 50)
      await server.stop()
      try await client
      #expect(text.value.hasSuffix("line 1\nline 2\nline 3\n"))
    }
    #expect(await eventually { bells.released.value == 1 })
  }

  @Test func `the end of a client that waits is noticed when its bell rings, whoever rings and how often`()
    async throws
  {
    let bells = Bells()
    try await withServer([bells.route]) { _, port in
      for count in 1...8 {
        try await onThread {
          let client = try RawClient(port: port)
          try client.send("GET /bell HTTP/1.1\r\nHost: t\r\n\r\n")
          _ = client.hold { bells.asked.value == count }
          // It goes away here, while it waits.
        }
      }
      await withTaskGroup { group in
        for _ in 0..<4 { group.addTask { for _ in 0..<200 { bells.ring() } } }
      }
      #expect(
        await eventually {
          bells.ring()
          return bells.released.value == 8
        })
    }
  }

  @Test func `a server that stops ends the streams that wait, at once and in order`() async throws {
    let bells = Bells()
    let clock = ContinuousClock()
    try await withServer([bells.route], configure: { $0.drainDeadline = .seconds(30) }) { server, port in
      async let text = onThread {
        var client = try RawClient(port: port)
        try client.send("GET /bell HTTP/1.1\r\nHost: t\r\n\r\n")
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(await eventually { bells.asked.value > 0 })
      let start = clock.now
      await server.stop()
      #expect(clock.now - start < .seconds(20))
      // The last chunk: nothing was cut off.
      let answer = try await text
      #expect(answer.hasSuffix("\r\n0\r\n\r\n"))
    }
  }
}
