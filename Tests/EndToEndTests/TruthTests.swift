import RESP
import TestSupport
import Testing

/// An application with namespaces that counts its own lookups into hashes, and knows the truth.
private struct Application {
  let redis: RawRedis
  private(set) var hits: [String: Int] = [:]
  private(set) var misses: [String: Int] = [:]

  init(_ server: RedisServer) throws {
    redis = try server.connect()
  }

  /// Looks `lookups` keys of a namespace up; those below `present` are there.
  mutating func work(_ namespace: String, lookups: Int, present: Int) throws {
    for number in 0..<lookups {
      let reply = try redis.call("GET", "\(namespace):\(number)")
      let isHit = reply != .null
      if isHit { hits[namespace, default: 0] += 1 } else { misses[namespace, default: 0] += 1 }
      try redis.call("HINCRBY", "stats:\(namespace)", isHit ? "hits" : "misses", "1")
    }
  }
}

private func configuration(_ server: RedisServer, extra: String = "") -> String {
  """
  poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
  targets:
    - url: \(server.url)
      namespaces:
        - { name: menu, keys: ["menu:*"], target: { hit_rate: 0.85, critical: 0.1 }, counters: { hash: "stats:menu", hits: hits, misses: misses } }
        - { name: search, keys: ["search:*"], target: { hit_rate: 0.60, critical: 0.1 }, counters: { hash: "stats:search", hits: hits, misses: misses } }
        - { name: idle, keys: ["idle:*"], target: { hit_rate: 0.60, critical: 0.1 }, counters: { hash: "stats:idle", hits: hits, misses: misses } }
  \(extra)
  """
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The truth of an application` {
  @Test func `namespaces, totals and warnings equal what it did itself`() async throws {
    let server = try RedisServer()
    var application = try Application(server)
    for number in 0..<90 { try application.redis.call("SET", "menu:\(number)", "x", "EX", "1000") }
    for number in 0..<10 { try application.redis.call("SET", "search:\(number)", "x", "EX", "1000") }
    let gauge = try await Cachegauge([], configuration: configuration(server))
    #expect(try gauge.json("/api/cache/health")["warnings"].items.allSatisfy { $0["namespace"] == .null })

    for _ in 0..<8 {
      try application.work("menu", lookups: 100, present: 90)
      try application.work("search", lookups: 100, present: 10)
    }
    // One more poll than the last lookup, and the totals are complete.
    let polls = gauge.metric("cache_polls_total") ?? 0
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= polls + 2 })
    let metrics = try gauge.metrics()
    for name in ["menu", "search"] {
      #expect(
        metrics["cache_namespace_hits_total{namespace=\"\(name)\"}"] == application.hits[name].map(Double.init))
      let misses = "cache_namespace_misses_total{namespace=\"\(name)\",cause=\"unknown\"}"
      #expect(metrics[misses] == application.misses[name].map(Double.init))
    }
    #expect(metrics["cache_hits_total"] == Double(application.hits.values.reduce(0, +)))
    #expect(metrics["cache_misses_total"] == Double(application.misses.values.reduce(0, +)))
    #expect((metrics["redis_keyspace_misses_total"] ?? 0) > (metrics["cache_misses_total"] ?? 0))
    #expect(metrics["cache_namespace_hits_total{namespace=\"idle\"}"] == 0)

    #expect(
      await eventually(within: 30) {
        let warnings = (try? gauge.json("/api/cache/health"))?["warnings"].items ?? []
        return warnings.contains { $0["code"] == .string("hit_rate_below_target") }
      })
    let health = try gauge.json("/api/cache/health")
    let blamed = health["warnings"].items.filter { $0["code"].string?.hasPrefix("hit_rate") == true }
    #expect(Set(blamed.compactMap { $0["namespace"].string }) == ["search"])
    #expect(health["status"] == .string("degraded"))
    #expect(health["stats_summary"]["menu_hit_rate"].number.map { abs($0 - 0.9) < 0.001 } == true)
    #expect(health["stats_summary"]["idle_hit_rate"] == .null)
    let namespaces = health["targets"][0]["namespaces"]
    #expect(namespaces["menu"]["status"] == .string("healthy"))
    #expect(namespaces["search"]["status"] == .string("degraded"))
    #expect(namespaces["idle"]["status"] == .string("unknown"))
  }

  @Test func `the statistics may be reset and the server restarted: totals stay exact`() async throws {
    let server = try RedisServer()
    let application = try server.connect()
    let gauge = try await Cachegauge([], configuration: configuration(server))
    func settle() async throws {
      let polls = gauge.metric("cache_polls_total") ?? 0
      #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= polls + 2 })
    }
    try application.call("SET", "k", "v")
    for _ in 0..<7 { try application.call("GET", "k") }
    try await settle()
    #expect(gauge.metric("cache_hits_total") == 7)
    try application.call("CONFIG", "RESETSTAT")
    for _ in 0..<3 { try application.call("GET", "none") }
    try await settle()
    #expect(gauge.metric("cache_hits_total") == 0)
    #expect(gauge.metric("cache_misses_total") == 3)
    server.kill()
    try server.restart()
    let again = try server.connect()
    for _ in 0..<5 { try again.call("GET", "none") }
    #expect(await eventually { gauge.metric("cache_up") == 1 })
    try await settle()
    #expect(gauge.metric("cache_misses_total") == 5)
  }

  @Test func `idle times are the same with and without cachegauge`() async throws {
    let watched = try RedisServer()
    let alone = try RedisServer()
    let servers = try [watched, alone].map { try $0.connect() }
    for redis in servers { for number in 0..<20 { try redis.call("SET", "menu:\(number)", "x") } }
    let gauge = try await Cachegauge([], configuration: configuration(watched))
    // Redis' clock for idle times has a resolution of a second.
    #expect(try await eventually { (try servers[1].call("OBJECT", "IDLETIME", "menu:0").integer ?? 0) >= 3 })
    for number in 0..<20 {
      let idle = try servers.map { try $0.call("OBJECT", "IDLETIME", "menu:\(number)").integer ?? -9 }
      #expect(abs(idle[0] - idle[1]) <= 1)
    }
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) > 3 })
  }

  @Test func `what comes from INFO equals INFO`() async throws {
    let server = try RedisServer("--maxmemory", "64mb")
    let redis = try server.connect()
    for database in ["0", "3"] {
      try redis.call("SELECT", database)
      for number in 0..<50 { try redis.call("SET", "k\(number)", "v", "EX", "1000") }
    }
    try redis.call("LPUSH", "k1", "wrong type")
    let gauge = try await Cachegauge([server.url, "--poll-interval", "200ms", "--poll-timeout", "30s"])
    let metrics = try gauge.metrics()
    let same = [
      ("maxmemory", "redis_memory_max_bytes"), ("keyspace_hits", "redis_keyspace_hits_total"),
      ("keyspace_misses", "redis_keyspace_misses_total"), ("evicted_keys", "redis_evicted_keys_total"),
      ("expired_keys", "redis_expired_keys_total"), ("used_memory_startup", "redis_memory_used_startup_bytes"),
      ("connected_slaves", "redis_connected_slaves"), ("hz", "redis_hz"), ("process_id", "redis_process_id"),
      ("maxclients", "redis_max_clients"), ("total_system_memory", "redis_total_system_memory_bytes"),
      ("rdb_changes_since_last_save", "redis_rdb_changes_since_last_save"),
      ("repl_backlog_size", "redis_replication_backlog_bytes"), ("aof_enabled", "redis_aof_enabled"),
      ("total_error_replies", "redis_info_field{section=\"stats\",field=\"total_error_replies\"}"),
    ]
    for (field, series) in same {
      #expect(metrics[series] == (try redis.info(field)).flatMap { Double($0) }, "\(field)")
    }
    #expect(metrics["redis_db_keys{db=\"db3\"}"] == 50)
    #expect(
      metrics["redis_db_keys_expiring{db=\"db0\"}"] == 49 || metrics["redis_db_keys_expiring{db=\"db0\"}"] == 50)
    #expect(metrics["redis_db_keys{db=\"db15\"}"] == 0)
    #expect(metrics["redis_commands_total{cmd=\"set\"}"] == 100)
    #expect(metrics["redis_errors_total{err=\"WRONGTYPE\"}"] == 1)
    #expect(metrics["redis_up"] == 1)
  }

  @Test func `a wild count is left out, said so, and spoils no window`() async throws {
    let server = try RedisServer()
    var application = try Application(server)
    try application.redis.call("SET", "menu:0", "x")
    try application.work("menu", lookups: 40, present: 1)
    let gauge = try await Cachegauge([], configuration: configuration(server))
    let series = "cache_namespace_hits_total{namespace=\"menu\"}"
    #expect(gauge.metric(series) == 1)
    try application.redis.call("HSET", "stats:menu", "hits", "9223372036854775807")
    #expect(await eventually { gauge.metric(series) == nil })
    #expect(gauge.log.contains("implausible_value"))
    try application.redis.call("HSET", "stats:menu", "hits", "3")
    #expect(await eventually { gauge.metric(series) == 3 })
    let query = "metric=cache_namespace_hits_total%7Bnamespace%3D%22menu%22%7D&last=1m&step=10s&function=increase"
    let history = try gauge.get("/api/cache/series?\(query)")
    #expect(history.status == 200 && history.body.contains("menu") && !history.body.contains("922337"))
    #expect(try !gauge.get("/api/cache/report").body.contains("922337"))
  }
}
