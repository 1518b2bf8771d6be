@testable import HTTPServer
import Testing

@Suite struct ServingTests {
  @Test func `two requests share one connection and neither answer closes it`() async throws {
    try await withServer(standardRoutes()) { server, port in
      let responses = try await onThread {
        var client = try RawClient(port: port)
        return [try client.get("/page"), try client.get("/page")]
      }
      for response in responses {
        #expect(response.statusLine == "HTTP/1.1 200 OK")
        #expect(response.text == "hello\n")
        #expect(response.header("Connection") == nil)
      }
      #expect(server.statistics.acceptedConnections == 1)
    }
  }

  @Test func `every answer of ours carries the default security headers`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let responses = try await onThread {
        var client = try RawClient(port: port)
        return [
          try client.get("/page"), try client.get("/missing"), try client.get("/echo"), try client.get("/%zz"),
        ]
      }
      #expect(responses.map(\.status) == [200, 404, 405, 400])
      for response in responses {
        #expect(response.header("X-Content-Type-Options") == "nosniff")
        #expect(response.header("Cache-Control") == "no-store")
        #expect(response.header("Date") != nil)
      }
    }
  }

  @Test func `HEAD has GET's headers and no body`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let (head, get) = try await onThread {
        var client = try RawClient(port: port)
        try client.send("HEAD /page HTTP/1.1\r\nHost: t\r\n\r\n")
        let head = try client.response(toHead: true)
        // If a body had come, this would not parse.
        return (head, try client.get("/page"))
      }
      #expect(head.status == 200)
      #expect(head.header("Content-Length") == "6")
      let comparable = { (response: RawResponse) in
        response.headers.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }.sorted()
      }
      #expect(comparable(head) == comparable(get))
    }
  }

  @Test(arguments: [
    ("DELETE", "/page", 405, "GET, HEAD, OPTIONS"), ("GET", "/echo", 405, "OPTIONS, POST, PUT"),
    ("OPTIONS", "/page", 204, "GET, HEAD, OPTIONS"), ("OPTIONS", "*", 204, "GET, HEAD, OPTIONS, POST, PUT"),
    ("get", "/page", 405, "GET, HEAD, OPTIONS"),
  ])
  func `a method that a path lacks is answered with Allow`(
    method: String, path: String, status: Int, allow: String
  ) async throws {
    try await withServer(standardRoutes()) { _, port in
      let response = try await onThread {
        var client = try RawClient(port: port)
        try client.send("\(method) \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
        return try client.response()
      }
      #expect(response.status == status)
      #expect(response.header("Allow") == allow)
    }
  }

  @Test func `an HTTP 1_0 client gets its answer and then the end`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let text = try await onThread {
        var client = try RawClient(port: port)
        try client.send("GET /page HTTP/1.0\r\n\r\n")
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") || text.hasPrefix("HTTP/1.0 200 OK\r\n"))
      #expect(text.hasSuffix("\r\n\r\nhello\n"))
    }
  }

  @Test func `pipelined requests are answered in order, deferred ones too`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let texts = try await onThread {
        var client = try RawClient(port: port)
        let targets = ["/slow?n=1", "/page", "/slow?n=2", "/query?a=b"]
        try client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: t\r\n\r\n" }.joined())
        var texts: [String] = []
        for _ in targets { texts.append(try client.response().text) }
        return texts
      }
      #expect(texts == ["slow 1\n", "hello\n", "slow 2\n", "a=b\n"])
    }
  }

  @Test(arguments: [
    ("/query?metric=a%20b&x=1+2&x=%2B&empty&=v", "metric=a b|x=1 2|x=+|empty=|=v\n"),
    ("/query", "\n"), ("/qu%65ry?a=1", "a=1\n"), ("http://host:1/query?a=1", "a=1\n"),
    ("/query?&&a=1=2&", "a=1=2\n"),
  ])
  func `a handler sees the decoded query`(target: String, expected: String) async throws {
    try await withServer(standardRoutes()) { _, port in
      let response = try await onThread {
        var client = try RawClient(port: port)
        return try client.get(target)
      }
      #expect(response.text == expected)
    }
  }

  @Test func `repeated headers are joined and names ignore case`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let response = try await onThread {
        var client = try RawClient(port: port)
        return try client.get("/header", headers: "ACCEPT: a/b\r\naccept: c/d\r\n")
      }
      #expect(response.text == "a/b, c/d\n")
    }
  }

  @Test(arguments: [
    "Content-Length: 5\r\n\r\nabcde", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
  ])
  func `a body reaches the handler and leaves the connection usable`(rest: String) async throws {
    try await withServer(standardRoutes()) { _, port in
      let responses = try await onThread {
        var client = try RawClient(port: port)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\n\(rest)")
        let echo = try client.response()
        // A body that no route wants is read all the same.
        try client.send("POST /page HTTP/1.1\r\nHost: t\r\n\(rest)")
        return [echo, try client.response(), try client.get("/page")]
      }
      #expect(responses.map(\.status) == [200, 405, 200])
      #expect(responses.first?.text == "abcde")
    }
  }

  @Test func `a response's own headers replace the defaults and cannot be split`() async throws {
    let response = HTTPResponse(
      contentType: "text/html", bytes: [], headers: [("cache-control", "max-age=9"), ("X-A", "b\r\nEvil: 1")])
    try await withServer([Route(path: "/") { _ in response }]) { _, port in
      let received = try await onThread {
        var client = try RawClient(port: port)
        return try client.get("/")
      }
      #expect(received.headers.filter { $0.name.lowercased() == "cache-control" }.map(\.value) == ["max-age=9"])
      #expect(received.header("X-A") == "b  Evil: 1")
      #expect(received.header("Evil") == nil)
    }
  }

  @Test func `statistics count by route and class, and unknown paths as other`() async throws {
    try await withServer(standardRoutes()) { server, port in
      let received = try await onThread {
        var client = try RawClient(port: port)
        let targets = ["/page", "/page", "/a", "/b", "/%zz", "/echo"]
        let bytes = try targets.map { try client.get($0).body.count }.reduce(0, +)
        try client.send("HEAD /page HTTP/1.1\r\nHost: t\r\n\r\n")
        _ = try client.response(toHead: true)
        return bytes
      }
      #expect(await eventually { server.statistics.openConnections == 0 })
      let statistics = server.statistics
      #expect(
        statistics.requests == [
          .init(route: "/echo", statusClass: 4, count: 1), .init(route: "/page", statusClass: 2, count: 3),
          .init(route: "other", statusClass: 4, count: 3),
        ])
      #expect(statistics.bodyBytesSent == UInt64(received))
      #expect(statistics.requestsWithoutAnswer == 0)
    }
  }
}
