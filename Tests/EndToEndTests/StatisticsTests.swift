import Glibc
import TestSupport
import Testing

/// An HTTP answer as bytes.
private func answer(_ body: String, status: String = "200 OK", headers: String = "") -> [UInt8] {
  Array("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)".utf8)
}

private let good = #"{"caches": {"ai": {"hits": 900, "misses": 100, "memory": "1.5M"}}}"#

/// A target for each of these ports, called a, b, …
private func configuration(_ ports: [UInt16], login: String = "") -> String {
  let targets = zip("abcdefghijkl", ports).map { name, port in
    """
      - name: \(name)
        url: http://127.0.0.1:\(port)/stats?full=1
        \(login)
        json: { max_size: 4KiB, each: { hits: "/caches/{name}/hits", misses: "/caches/{name}/misses", memory: "/caches/{name}/memory" } }
        namespaces: [{ name: ai }]
    """
  }
  return "poll: { interval: 300ms, timeout: 250ms }\ntargets:\n" + targets.joined(separator: "\n")
}

@Suite struct `An endpoint of statistics` {
  @Test func `that fails in whatever way has a cause, and disturbs no other`() async throws {
    let long = String(repeating: "x", count: 10_000)
    let scripts: [([ScriptedServer.Step], String)] = [
      ([.reply(answer(good))], ""),
      ([], "timeout"),
      ([.reply(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".utf8))], "timeout"),
      ([.reply(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".utf8)), .close], "closed_by_peer"),
      ([.reply([]), .trickle(answer(good), milliseconds: 50)], "timeout"),
      ([.reply(answer(long))], "reply_too_large"),
      ([.reply(Array("HTTP/1.1 200 OK\r\n\r\n\(long)".utf8)), .close], "reply_too_large"),
      ([.reply(Array("+PONG\r\n".utf8)), .close], "protocol_error"),
      ([.reply(answer("<html>down</html>"))], "malformed_reply"),
      ([.reply(answer("no", status: "401 Unauthorized"))], "authentication_failed"),
      ([.reply(answer("", status: "302 Found", headers: "Location: http://127.0.0.1:1/\r\n"))], "server_error"),
      ([.reply(answer("oops", status: "500 Internal Server Error"))], "server_error"),
    ]
    let servers = try scripts.map { try ScriptedServer($0.0) }
    let gauge = try await Cachegauge([], configuration: configuration(servers.map(\.port)))
    let names = Array("abcdefghijkl").map(String.init)
    for (name, (_, cause)) in zip(names, scripts) where !cause.isEmpty {
      let isTold = await eventually {
        (gauge.metric("cache_poll_failures_total{target=\"\(name)\",cause=\"\(cause)\"}") ?? 0) >= 1
      }
      #expect(isTold, "\(name): \(cause)")
      #expect(gauge.metric("cache_up{target=\"\(name)\"}") == 0)
    }
    #expect(await eventually { gauge.metric("cache_up{target=\"a\"}") == 1 })
    let metrics = try gauge.metrics()
    #expect(metrics["cache_namespace_hits_total{target=\"a\",namespace=\"ai\"}"] == 900)
    #expect(metrics["cache_hits_total{target=\"a\"}"] == 900)
    #expect(metrics["cache_misses_total{target=\"a\"}"] == 100)
    #expect(metrics["cache_memory_used_bytes{target=\"a\"}"] == 1_572_864)
    #expect(metrics.keys.filter { $0.hasPrefix("cache_poll_failures_total{target=\"a\",cause=\"reply") }.isEmpty)
    let report = try gauge.json("/api/cache/report")["targets"][0]
    #expect(report["kind"].string == "json")
    #expect(report["namespaces"]["ai"]["source"].string == "json")
    #expect(report["namespaces"]["ai"]["exact"] == .bool(true))
    #expect(try gauge.json("/api/cache/health")["redis_available"] == .null)
  }

  @Test func `gets the credentials that are its own`() async throws {
    let directory = try TemporaryDirectory()
    let token = try directory.write("s3cret\n", to: "token")
    let (bearer, basic) = (try RecordingServer(), try RecordingServer())
    let first = try await Cachegauge(
      [], configuration: configuration([bearer.port], login: "password_file: \(token)"))
    let second = try await Cachegauge(
      [], configuration: configuration([basic.port], login: "username: me\n    password_file: \(token)"))
    #expect(await eventually { bearer.text.contains("\r\nAuthorization: Bearer s3cret\r\n") })
    #expect(bearer.text.hasPrefix("GET /stats?full=1 HTTP/1.1\r\nHost: 127.0.0.1:\(bearer.port)\r\n"))
    #expect(await eventually { basic.text.contains("\r\nAuthorization: Basic bWU6czNjcmV0\r\n") })
    for gauge in [first, second] {
      #expect(!gauge.log.contains("s3cret"))
      #expect(!(try gauge.get("/api/cache/report").body).contains("s3cret"))
    }
  }

  @Test func `that tells a ratio and no counts is shown, and judged by nobody`() async throws {
    let server = try ScriptedServer([.reply(answer(#"{"ai": "88.9%"}"#))])
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets:
          - url: http://127.0.0.1:\(server.port)/
            json: { namespaces: { ai: { hit_rate: { at: /ai, unit: percent } } } }
            namespaces: [{ name: ai, target: 95% }]
        """)
    #expect(await eventually { gauge.metric("cache_namespace_reported_hit_ratio{namespace=\"ai\"}") == 0.889 })
    #expect(gauge.metric("cache_namespace_hits_total{namespace=\"ai\"}") == nil)
    let told = await eventually {
      let warnings = (try? gauge.json("/api/cache/health"))?["warnings"].items ?? []
      return warnings.contains {
        $0["code"].string == "counters_unreadable" && $0["message"].string?.contains("(no_counts)") == true
      }
    }
    #expect(told)
    let ai = try gauge.json("/api/cache/report")["targets"][0]["namespaces"]["ai"]
    #expect(ai["status"].string == "unknown")
    #expect(ai["failure"].string == "no_counts")
    #expect(ai["reported_hit_rate"].number == 0.889)
  }

  @Test(arguments: [
    ("json: { hits: /h }", "needs misses beside it"),
    ("json: { hits: h, misses: /m }", "a path begins with a slash"),
    ("json: { hits: /h, misses: /m, memory: { at: /x, unit: percent } }", "is no unit of memory"),
    ("json: { each: { hits: /h, misses: /m } }", "write {name}"), ("json: {}", "names no figure"),
    ("observe: { events: true }", "is for servers"), ("preset: production", "say what is where in its answer"),
    ("json: { hits: \"/{name}\", misses: /m }", "stands for a namespace under each only"),
    ("json: { namespaces: { aj: { hits: /h, misses: /m } } }", "did you mean ai?"),
  ]) func `that is configured wrongly is told with its place`(_ line: String, _ message: String) throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(
      "targets:\n  - url: http://127.0.0.1/stats\n    namespaces: [{ name: ai }]\n    \(line)\n", to: "c.yml")
    let result = try run([Cachegauge.executable, "config", "check", file])
    #expect(result.exitCode != 0)
    #expect(result.output.contains(message), "\(result.output)")
    #expect(result.output.contains("c.yml:"), "\(result.output)")
  }
}

/// An HTTPS server of one file, `/stats`, which is a whole answer.
private struct SecureEndpoint {
  let port: UInt16
  private let process: ServerProcess

  init(_ certificates: Certificates) throws {
    port = try freePort()
    try certificates.directory.write(String(decoding: answer(good), as: UTF8.self), to: "stats")
    let words = [
      "openssl", "s_server", "-quiet", "-HTTP", "-accept", "127.0.0.1:\(port)", "-cert",
      certificates.file("server.crt"), "-key", certificates.file("server.key"),
    ]
    process = try ServerProcess(
      ["sh", "-c", "cd '\(certificates.directory.path)' && exec \"$@\"", "sh"] + words,
      log: certificates.file("log"))
  }
}

@Suite(.enabled(if: isInstalled("openssl"))) struct `An endpoint of statistics over HTTPS` {
  @Test func `is verified against its authority, its name and its validity, and each fault has its cause`()
    async throws
  {
    let good = try Certificates()
    let other = try Certificates(subjectAlternativeName: "DNS:other.example")
    let expired = try Certificates()
    try expired.renewServer(isExpired: true)
    let (right, misnamed, old) = (
      try SecureEndpoint(good), try SecureEndpoint(other), try SecureEndpoint(expired)
    )
    let targets: [(name: String, port: UInt16, tls: String)] = [
      ("right", right.port, "ca_file: \(good.file("ca.crt"))"),
      ("unsure", right.port, "server_name: localhost"),
      ("misnamed", misnamed.port, "ca_file: \(other.file("ca.crt"))"),
      ("named", misnamed.port, "ca_file: \(other.file("ca.crt")), server_name: other.example"),
      ("old", old.port, "ca_file: \(expired.file("ca.crt"))"),
    ]
    let lines = targets.map { target in
      """
        - name: \(target.name)
          url: https://localhost:\(target.port)/stats
          tls: { \(target.tls) }
          json: { each: { hits: "/caches/{name}/hits", misses: "/caches/{name}/misses" } }
          namespaces: [{ name: ai }]
      """
    }
    let gauge = try await Cachegauge(
      [], configuration: "poll: { interval: 2s, timeout: 1900ms }\ntargets:\n" + lines.joined(separator: "\n"))
    for name in ["right", "named"] {
      let hits = "cache_namespace_hits_total{target=\"\(name)\",namespace=\"ai\"}"
      #expect(await eventually { gauge.metric(hits) == 900 }, "\(name)")
    }
    for (name, cause) in [
      ("unsure", "certificate_untrusted"), ("misnamed", "certificate_name_mismatch"),
      ("old", "certificate_expired"),
    ] {
      let failures = "cache_poll_failures_total{target=\"\(name)\",cause=\"\(cause)\"}"
      #expect(await eventually { (gauge.metric(failures) ?? 0) >= 1 }, "\(name): \(cause)")
      #expect(gauge.metric("cache_up{target=\"\(name)\"}") == 0)
    }
  }
}
