import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The report` {
  private func report(_ arguments: String...) throws -> CommandResult {
    try run([Cachegauge.executable, "report"] + arguments)
  }

  @Test func `of a period comes from a running cachegauge, in each format`() async throws {
    let server = try RedisServer("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    let redis = try server.connect()
    try redis.call("HSET", "stats:menu", "hits", "0", "misses", "0")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - name: shop
            url: \(server.url)
            namespaces:
              - name: menu
                keys: ["menu:*"]
                target: { hit_rate: 0.9, critical: 0.5 }
                miss_cost: { seconds: 0.5 }
                counters: { hash: "stats:menu", hits: hits, misses: misses }
        """)
    try redis.call("HSET", "stats:menu", "hits", "300", "misses", "100")
    let url = "http://127.0.0.1:\(gauge.port)"
    #expect(
      await eventually(within: 30) {
        (try? report("--url", url, "--last", "1h", "--json").output.contains("\"misses\": 100,")) == true
      })
    // What is wrong holds from now on; it is down for a while, which is a warning that has an end.
    server.kill()
    #expect(
      await eventually(within: 30) {
        (try? gauge.get("/api/cache/report?last=1h"))?.body.contains("target_down") == true
      })
    try server.restart()
    let ended = "\"code\": \"target_down\", \"severity\": \"critical\", \"namespace\": null, \"from\": \"20"
    let hasEnded = try await eventually(within: 30) {
      let answer = try report("--url", url, "--last", "1h", "--format", "json").output
      guard let start = answer.firstRange(of: ended) else { return false }
      return answer[start.upperBound...].prefix(80).contains("\"to\": \"20")
    }
    #expect(hasEnded)
    for (format, row) in [("text", "menu          75.0 %  90.0 %"), ("markdown", "| menu | 75.0 % | 90.0 % |")] {
      let result = try report("--url", url, "--last", "1h", "--format", format)
      #expect(result.exitCode == 0)
      #expect(result.output.contains(row), "\(result.output)")
      #expect(result.output.contains("2.5 min"))
    }
  }

  @Test func `of a place where no cachegauge is says where and what to do`() throws {
    let dead = try freePort()
    let nobody = try report("--url", "127.0.0.1:\(dead)")
    #expect(nobody.exitCode != 0)
    #expect(nobody.output.contains("no cachegauge answers at http://127.0.0.1:\(dead)/: nobody listens there"))
    #expect(nobody.output.contains("cachegauge serve"))
    let server = try RedisServer()
    let other = try report("--url", "127.0.0.1:\(server.port)")
    #expect(other.output.contains("see that --url names cachegauge's own port"), "\(other.output)")
  }

  @Test func `of now needs no other cachegauge, and what is wrong with a question is told`() throws {
    let server = try RedisServer()
    let result = try report(server.url, "--for", "1s", "--format", "markdown")
    #expect(result.exitCode == 0)
    #expect(result.output.hasPrefix("# cachegauge "))
    #expect(try report(server.url, "--format", "xml").exitCode == 64)
    let nobody = try report("--url", "http://me:secret@127.0.0.1:\(freePort())", "--last", "1h")
    #expect(nobody.exitCode != 0)
    #expect(nobody.output.contains("no cachegauge answers"))
    #expect(!nobody.output.contains("secret"))
  }

  @Test(.enabled(if: isInstalled("openssl")))
  func `and the terminal view are had over TLS from a server that is trusted`() async throws {
    let redis = try RedisServer()
    let gauge = try await Cachegauge([redis.url])
    let directory = try TemporaryDirectory()
    let (key, certificate) = ("\(directory.path)/key.pem", "\(directory.path)/certificate.pem")
    let made = try run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
      certificate,
    ])
    try #require(made.exitCode == 0, "\(made.output)")
    // A server of files, one of which is what a cachegauge has answered.
    try #require(run(["mkdir", "-p", "\(directory.path)/api/cache"]).exitCode == 0)
    try directory.write(gauge.get("/api/cache/report").body, to: "api/cache/report")
    let port = try freePort()
    let server = try ServerProcess(
      [
        "/bin/sh", "-c",
        "cd \(directory.path) && exec openssl s_server -accept 127.0.0.1:\(port) -key key.pem -cert certificate.pem -WWW",
      ], log: "\(directory.path)/log")
    let top = { (host: String, trust: [String]) in
      try run([Cachegauge.executable, "top", "--url", "https://\(host):\(port)"] + trust)
    }
    let isServed = try await eventually(within: 30) {
      try top("127.0.0.1", ["--ca-file", certificate]).exitCode == 0
    }
    #expect(isServed)
    #expect(try top("localhost", ["--ca-file", certificate]).output.hasPrefix("cachegauge: "))
    #expect(try top("127.0.0.1", []).exitCode != 0)
    #expect(try top("127.0.0.1", ["--ca-file", "/nonexistent"]).exitCode == 64)
    server.end()
  }
}
