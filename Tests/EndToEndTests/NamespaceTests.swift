import RESP
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Namespaces that are found` {
  private func server() throws -> RedisServer {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.pipeline(
      (0..<400).flatMap {
        [["SET", "menu:\($0)", "x"], ["SET", "perm:user:\($0):\"roles\"", "x"], ["SET", "session-a\($0)b", "x"]]
      })
    return server
  }

  @Test func `the suggestion is a configuration that is accepted, and counts no lookup`() throws {
    let server = try server()
    let result = try run([Cachegauge.executable, "namespaces", "suggest", server.url])
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(try server.connect().info("keyspace_hits") == "0")
    #expect(try server.connect().info("keyspace_misses") == "0")
    let lines = result.output.split(separator: "\n").map { "    \($0)\n" }.joined()
    #expect(lines.contains(#"keys: ["perm:user:*:\"roles\""]"#), "\(lines)")
    let directory = try TemporaryDirectory()
    let file = try directory.write("targets:\n  - url: \(server.url)\n\(lines)", to: "found.yml")
    let check = try run([Cachegauge.executable, "config", "check", file])
    #expect(check.exitCode == 0, "\(check.output)")
    let gone = try run([Cachegauge.executable, "namespaces", "suggest", "redis://127.0.0.1:\(freePort())"])
    #expect(gone.exitCode == 64)
    #expect(gone.output.contains("Error:"))
  }

  @Test func `a server that was empty at the start has namespaces as soon as its keys tell of some`() async throws {
    let server = try RedisServer("--notify-keyspace-events", "Emxeg")
    let gauge = try await Cachegauge(
      [], configuration: "targets: [{ url: \"\(server.url)\", observe: { events: true } }]")
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
    let redis = try server.connect()
    try redis.pipeline((0..<30).map { ["GET", "early:\($0)"] })
    #expect(await eventually { gauge.metric("cache_unclassified_misses_total{cause=\"cold\"}") == 30 })
    try redis.pipeline((0..<400).flatMap { [["SET", "menu:\($0)", "x"], ["SET", "search:\($0)", "x"]] })
    let isFound = try await eventually(within: 60) {
      try redis.call("GET", "menu:none")
      return gauge.metric("cache_namespace_misses_total{namespace=\"menu\",cause=\"cold\"}") ?? 0 > 0
    }
    #expect(isFound, "\(gauge.log)")
    #expect(await eventually { gauge.log.contains("found 2 namespaces") })
    #expect(gauge.metric("cache_namespace_misses_total{namespace=\"search\",cause=\"cold\"}") == 0)
    // Whatever was heard before still counts, and nothing was missed between.
    let misses = try redis.info("keyspace_misses").flatMap(Double.init)
    #expect(await eventually { gauge.metric("cache_events_total{event=\"keymiss\"}") == misses })
    #expect(gauge.metric("cache_unclassified_misses_total{cause=\"cold\"}") ?? 0 >= 30)
    #expect(gauge.metric("cache_events_gap_seconds_total") == 0)
  }

  @Test func `a user who may not look for them is told once, and who may finds them`() async throws {
    let server = try server()
    let admin = try server.connect()
    try admin.call("CONFIG", "SET", "notify-keyspace-events", "Emxeg")
    let rights = "+subscribe +ping +info +config|get +client|setname"
    try admin.call("ACL", "SETUSER", "watch", "on", ">secret", "resetchannels", "&__keyevent@*", "-@all")
    try admin.pipeline([["ACL", "SETUSER", "watch"] + rights.split(separator: " ").map(String.init)])
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets: [{ url: "\(server.url)", username: watch, password: secret, observe: { events: true } }]
        """)
    let refusal = "namespaces can't be looked for (permission_denied): SCAN is refused (NOPERM)"
    func refused() throws -> Int64 {
      let text = try admin.call("INFO", "commandstats").string ?? ""
      return text.firstMatch(of: /cmdstat_scan:.*rejected_calls=([0-9]+)/).flatMap { Int64($0.1) } ?? 0
    }
    // The one look at the start, and two of those after it.
    #expect(try await eventually(within: 60) { try refused() >= 3 })
    #expect(gauge.log.split(separator: "\n").count { $0.contains(refusal) } == 1, "\(gauge.log)")
    try admin.call("ACL", "SETUSER", "watch", "+scan")
    #expect(await eventually(within: 60) { gauge.log.contains("found 3 namespaces") }, "\(gauge.log)")
  }

  @Test(arguments: [
    (["namespaces", "suggest", "--keys", "0", "redis://127.0.0.1:1"], "--keys: 0 is not between 1 and 50000"),
    (["namespaces", "suggest", "--keys", "50001", "redis://127.0.0.1:1"], "--keys: 50001 is not"),
    (["namespaces", "suggest", "memcached://127.0.0.1:1"], "found by SCAN, which only Redis has"),
    (["advise", "--for", "1s", "memcached://127.0.0.1:1"], "told by Redis only"),
  ])
  func `what can't be done is refused with the reason`(words: [String], reason: String) throws {
    let result = try run([Cachegauge.executable] + words)
    #expect(result.exitCode == 64)
    #expect(result.output.contains(reason), "\(result.output)")
  }

  @Test func `where none is declared and misses are observed, they are found at the start`() async throws {
    let server = try server()
    let directory = try TemporaryDirectory()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        targets:
          - url: \(server.url)
            observe: { events: true, manage: true, state_directory: \(directory.path) }
        """)
    #expect(await eventually(within: 30) { gauge.metric("cache_events_subscribed") == 1 })
    try server.connect().pipeline((0..<20).map { ["GET", "menu:none\($0)"] })
    #expect(
      await eventually(within: 30) {
        gauge.metric(#"cache_namespace_misses_total{namespace="menu",cause="cold"}"#) == 20
      })
  }
}
