import Glibc
import TestSupport
import Testing

/// Secrets are planted wherever bytes come from, and looked for wherever bytes go to.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `A secret` {
  private static let mark = "planted"

  /// Everything that is served, in every form.
  private static let pages = [
    "/", "/metrics", "/metrics?format=openmetrics", "/api/cache/health", "/api/cache/stats", "/api/cache/report",
    "/api/cache/report?format=text", "/api/cache/report?format=markdown", "/api/cache/report?last=1m&format=text",
    "/api/cache/series?metric=cache_up&last=1m", "/api/cache/export?last=1m", "/api/cache/discovery",
    "/api/v1/label/__name__/values", "/api/v1/series?match[]=%7B__name__%3D~%22.%2B%22%7D", "/-/ready",
    "/nowhere?a=b",
    "/scrape?target=redis://u:p@h:1", "/api/cache/health?target=none",
  ]

  private func configuration(_ server: RedisServer, _ liar: ScriptedServer) -> String {
    """
    log: { level: trace }
    poll: { interval: 100ms, timeout: 90ms, slow_interval: 200ms }
    targets:
      - name: right
        url: "\(server.url)"
        username: planted-user
        password: planted-password
        namespaces: [{ name: menu, keys: ["menu:*"] }]
      - { name: wrong, url: "redis://planted-stranger:planted-guess@127.0.0.1:\(server.port)/1" }
      - { name: missing, url: "\(server.url)/2", password_file: "/nonexistent/file" }
      - { name: liar, url: "redis://127.0.0.1:\(liar.port)" }
    """
  }

  @Test func `in a password, URL, key, argument, client's name or error is in no answer and no line of the log`()
    async throws
  {
    let server = try RedisServer("--slowlog-log-slower-than", "0")
    let redis = try server.connect()
    try redis.call("ACL", "SETUSER", "planted-user", "on", ">planted-password", "~*", "&*", "+@all")
    try redis.call("CLIENT", "SETNAME", "planted-client")
    let liar = try ScriptedServer([
      .reply(Array("-ERR planted-reply\r\n".utf8)), .reply(Array("-ERR planted-reply\r\n$3\r\nabc\r\n".utf8)),
      .close,
    ])
    let gauge = try await Cachegauge([], configuration: configuration(server, liar))
    for round in 0..<20 {
      try redis.call("SET", "menu:planted-key\(round)", "planted-value")
      try redis.call("GET", "menu:planted-key\(round)")
      try redis.call("PLANTEDX", "planted-argument")
      try redis.call("EVAL", "return redis.error_reply('ERR planted-error')", "0")
    }
    // The server keeps the latest slow operations: those that a busy machine does not ask for in time are gone.
    let slow = "cache_slow_operations_total{target=\"right\",namespace=\"menu\",command=\"get\"}"
    #expect(
      try await eventually {
        try redis.call("GET", "menu:planted-key0")
        return gauge.metric(slow) ?? 0 >= 20
      })
    #expect(await Symptoms(gauge: gauge, target: "wrong").goesDown("authentication_failed"))
    #expect(await Symptoms(gauge: gauge, target: "missing").goesDown("missing_file"))
    #expect(await eventually { gauge.metric("cache_up{target=\"liar\"}") == 0 })
    for page in Self.pages {
      let answer = try gauge.get(page)
      #expect(!answer.body.contains(Self.mark), "\(page): \(Self.place(answer.body))")
      #expect(!answer.headers.values.contains { $0.contains(Self.mark) }, "\(page)")
    }
    #expect(!gauge.log.contains(Self.mark), "\(Self.place(gauge.log))")
    let shown = try run([
      Cachegauge.executable, "config", "show", "--config", "\(gauge.directory.path)/cachegauge.yml",
    ])
    for secret in ["planted-password", "planted-guess"] {
      #expect(!shown.output.contains(secret))
    }
    // No core can hold one either.
    let limits = try readFile("/proc/\(gauge.process.pid)/limits")
    #expect(
      limits.contains { $0 == "\n" }
        && limits.split(separator: "\n").contains {
          $0.hasPrefix("Max core file size") && $0.split(separator: " ")[4] == "0"
        })
  }

  @Test func `goes only to the place that it belongs to, never to another that a scrape names`()
    async throws
  {
    let server = try RedisServer("--requirepass", "planted-password")
    let other = try RecordingServer()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 100ms, timeout: 90ms }
        targets: [{ name: right, url: "\(server.url)", password: planted-password }]
        """)
    for path in [
      "/scrape?target=redis://127.0.0.1:\(other.port)", "/scrape?target=127.0.0.1:\(other.port)",
      "/probe?target=//127.0.0.1:\(other.port)",
    ] {
      #expect(try gauge.get(path).status >= 400)
    }
    #expect(!other.text.contains(Self.mark))
    #expect(other.connections == 0)
  }

  /// What stands around the mark, for the test's message.
  private static func place(_ text: String) -> String {
    guard let range = text.firstRange(of: mark) else { return "" }
    let start = text.index(range.lowerBound, offsetBy: -120, limitedBy: text.startIndex) ?? text.startIndex
    let end = text.index(range.upperBound, offsetBy: 60, limitedBy: text.endIndex) ?? text.endIndex
    return String(text[start..<end])
  }
}
