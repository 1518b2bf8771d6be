import HTTPServer
import Testing

@Suite struct ListeningTests {
  @Test func `port 0 takes a free port and tells it`() async throws {
    try await withServer(standardRoutes()) { server, port in
      #expect(port != 0)
      #expect(server.boundPort == port)
    }
  }

  @Test(arguments: [("127.0.0.1", false), ("localhost", false), ("0.0.0.0", false), ("::1", true), ("[::1]", true)])
  func `it serves on the address it was given`(address: String, v6: Bool) async throws {
    try await withServer(standardRoutes(), configure: { $0.address = address }) { _, port in
      let response = try await onThread {
        var client = try RawClient(port: port, v6: v6)
        return try client.get("/client")
      }
      #expect(response.text == (v6 ? "::1\n" : "127.0.0.1\n"))
    }
  }

  @Test func `the unspecified IPv6 address serves IPv4 too`() async throws {
    try await withServer(standardRoutes(), configure: { $0.address = "::" }) { _, port in
      let texts = try await onThread {
        var four = try RawClient(port: port)
        var six = try RawClient(port: port, v6: true)
        return [try four.get("/client").text, try six.get("/client").text]
      }
      #expect(texts == ["127.0.0.1\n", "::1\n"])
    }
  }

  @Test func `a port in use is a typed error that names it`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let second = HTTPServer(
        configuration: HTTPServerConfiguration(port: port), router: Router(standardRoutes()))
      #expect(throws: HTTPServerError.addressInUse(address: "127.0.0.1", port: port)) { try second.start() }
      #expect(second.boundPort == nil)
      #expect("\(HTTPServerError.addressInUse(address: "::1", port: 80))".contains("[::1]:80"))
    }
  }

  @Test(arguments: ["", "nonsense", "256.1.1.1", "[]", "cache.example"])
  func `a name is not an address`(address: String) {
    let server = HTTPServer(configuration: HTTPServerConfiguration(address: address), router: Router([]))
    #expect(throws: HTTPServerError.invalidAddress(address)) { try server.start() }
  }

  @Test func `an address of another machine is a typed error`() {
    let server = HTTPServer(configuration: HTTPServerConfiguration(address: "192.0.2.1"), router: Router([]))
    #expect(throws: HTTPServerError.addressNotAvailable(address: "192.0.2.1")) { try server.start() }
  }

  @Test func `a server starts once and its port is free again after stop`() async throws {
    let port = try await withServer(standardRoutes()) { server, port in
      #expect(throws: HTTPServerError.alreadyStarted) { try server.start() }
      return port
    }
    let next = HTTPServer(configuration: HTTPServerConfiguration(port: port), router: Router(standardRoutes()))
    try next.start()
    await next.stop()
    #expect(throws: HTTPServerError.alreadyStarted) { try next.start() }
    await next.stop()
  }
}
