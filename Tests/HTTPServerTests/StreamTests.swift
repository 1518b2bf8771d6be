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
    let released: Shared<Bool>
    init(_ released: Shared<Bool>) { self.released = released }
    deinit { released.value = true }
  }

  @Test func `what a stream holds is released when its client leaves`() async throws {
    let released = Shared(false)
    let route = Route(path: "/stream") { _ in
      let held = Held(released)
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
      let held = Held(released)
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
}
