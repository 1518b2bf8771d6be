import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server"))) struct `A bad day` {
  @Test func `Redis killed and back: seen within three seconds each, history kept`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url, "--poll-interval", "500ms", "--poll-timeout", "30s"])
    #expect(await eventually { gauge.metric("cache_up") == 1 })
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= 5 })
    server.kill()
    #expect(await eventually(within: 3) { gauge.metric("cache_up") == 0 })
    let metrics = try gauge.metrics()
    #expect(metrics["redis_up"] == 0)
    #expect(metrics["redis_memory_used_bytes"] == nil)
    #expect(metrics.keys.contains { $0.hasPrefix("cache_failure_info{cause=") })
    let health = try gauge.get("/api/cache/health")
    #expect(health.status == 503)
    let document = try JSON(parsing: health.body)
    #expect(document["redis_available"] == .bool(false))
    #expect(document["cache"] == .string("disconnected"))
    #expect(document["status"] == .string("unhealthy"))
    #expect(document["warnings"].items.contains { $0["code"] == .string("target_down") })
    let history = try gauge.json("/api/cache/series?metric=redis_connected_clients&last=10s&step=1s")
    #expect(history["points"].items.contains { $0[1].number != nil })

    try server.restart()
    #expect(await eventually(within: 3) { gauge.metric("cache_up") == 1 })
    #expect(await eventually(within: 3) { (try? gauge.get("/api/cache/health"))?.status == 200 })
  }

  @Test func `a black hole costs one deadline, and delays no other target and no scrape`() async throws {
    let server = try RedisServer()
    let hole = try LoopbackListener()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets:
          - { name: good, url: "\(server.url)" }
          - { name: hole, url: "redis://127.0.0.1:\(hole.port)", poll: { timeout: 150ms } }
        """)
    #expect(await eventually { (gauge.metric("cache_polls_total{target=\"hole\"}") ?? 0) >= 3 })
    let before = try gauge.metrics()
    let clock = ContinuousClock()
    let start = clock.now
    #expect(await eventually { (gauge.metric("cache_polls_total{target=\"good\"}") ?? 0) >= 20 })
    let after = try gauge.metrics()
    #expect(before["cache_up{target=\"hole\"}"] == 0)
    #expect(after["cache_up{target=\"good\"}"] == 1)
    #expect(after["cache_failure_info{target=\"hole\",cause=\"timeout\"}"] == 1)
    #expect((after["cache_poll_failures_total{target=\"hole\",cause=\"timeout\"}"] ?? 0) >= 3)
    // Twenty polls of the good target, 200 ms apart, have not waited for the hole's deadlines.
    #expect(clock.now - start < .seconds(9))
    #expect(try gauge.get("/api/cache/health?target=good").status == 200)
    #expect(try gauge.get("/api/cache/health?target=hole").status == 503)
    #expect(try gauge.get("/metrics?target=none").status == 404)
  }

  @Test func `an ACL user who may do little loses only what is forbidden`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("ACL", "SETUSER", "monitor", "on", ">pw", "resetkeys", "+info", "+client|setname")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets: [ { url: "\(server.url)", username: monitor, password: pw } ]
        """)
    #expect(
      await eventually {
        gauge.metric("cachegauge_collector_disabled{collector=\"config\"}") == 1
      })
    let metrics = try gauge.metrics()
    #expect(metrics["cache_up"] == 1)
    #expect(metrics["cachegauge_collector_success{collector=\"info\"}"] == 1)
    #expect(metrics["cachegauge_collector_disabled{collector=\"slowlog\"}"] == 1)
    #expect(gauge.log.split(separator: "\n").count { $0.contains("collector slowlog") } == 1)
    #expect(!gauge.log.contains("pw "))
  }

  @Test func `counters that are no numbers are told once, and cost only their namespace`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("HSET", "stats:a", "hits", "many")
    try redis.call("HSET", "stats:b", "hits", "3", "misses", "1")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets:
          - url: \(server.url)
            namespaces:
              - { name: a, keys: ["a:*"], counters: { hash: "stats:a", hits: hits, misses: misses } }
              - { name: b, keys: ["b:*"], counters: { hash: "stats:b", hits: hits, misses: misses } }
        """)
    #expect(await eventually { gauge.metric("cache_namespace_hits_total{namespace=\"b\"}") == 3 })
    let polls = gauge.metric("cache_polls_total") ?? 0
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= polls + 3 })
    #expect(
      gauge.log.split(separator: "\n").count { $0.contains("the counters of namespace a can't be read") } == 1)
    #expect(gauge.metric("cache_namespace_hits_total{namespace=\"a\"}") == nil)
    try redis.call("HSET", "stats:a", "hits", "5")
    #expect(await eventually { gauge.metric("cache_namespace_hits_total{namespace=\"a\"}") == 5 })
    #expect(await eventually { gauge.log.contains("the counters of namespace a can be read again") })
  }
}
