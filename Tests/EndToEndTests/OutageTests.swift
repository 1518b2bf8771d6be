import Foundation
import Locked
import RESP
import TestSupport
import Testing

/// The lookups that an application of the test's own counts in Redis, at rates that the test sets.
private final class Traffic: Sendable {
  private let rates: Locked<[String: Int]>
  private let task: Task<Void, Never>

  /// `rates` are hits among 100 lookups, by namespace; each namespace looks up 1,000 times a second.
  init(_ rates: [String: Int], port: UInt16) {
    let rates = Locked(rates)
    self.rates = rates
    task = Task {
      var redis: RawRedis?
      while !Task.isCancelled {
        if redis == nil { redis = try? RawRedis(port: port) }
        let commands = rates.withLock { $0 }.flatMap { name, hits in
          [
            ["HINCRBY", "stats:\(name)", "hits", "\(hits)"],
            ["HINCRBY", "stats:\(name)", "misses", "\(100 - hits)"],
          ]
        }
        if (try? redis?.pipeline(commands)) == nil { redis = nil }
        try? await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  func set(_ namespace: String, to hits: Int) { rates.withLock { $0[namespace] = hits } }

  deinit { task.cancel() }
}

@Suite(.enabled(if: isInstalled("prometheus") && isInstalled("redis-server"))) struct `A scripted outage` {
  /// A minute of the rules lasts a second.
  private static let pace = 1.0 / 60

  @Test func `fires each alert that it should within its time, and no other`() async throws {
    let server = try RedisServer("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    let traffic = Traffic(["menu": 95, "search": 75, "ledger": 99, "quiet": 95], port: server.port)
    let configuration = """
      poll: { interval: 500ms, timeout: 400ms }
      targets:
        - name: shop
          url: \(server.url)
          namespaces:
            - { name: menu, keys: ["menu:*"], target: { hit_rate: 0.85, critical: 0.5 }, counters: { hash: "stats:menu" } }
            - { name: search, keys: ["search:*"], target: { hit_rate: 0.60, critical: 0.4 }, counters: { hash: "stats:search" } }
            - { name: ledger, keys: ["ledger:*"], target: { hit_rate: 0.95, critical: 0.3 }, counters: { hash: "stats:ledger" } }
            - { name: quiet, keys: ["quiet:*"], target: { hit_rate: 0.90, critical: 0.5 }, counters: { hash: "stats:none" } }
      """
    let gauge = try await Cachegauge([], configuration: configuration)
    let rules = try run([
      Cachegauge.executable, "rules", "--config", "\(gauge.directory.path)/cachegauge.yml", "--pace",
      "\(Self.pace)",
    ])
    try #require(rules.exitCode == 0, "\(rules.output)")
    let file = try gauge.directory.write("groups: []", to: "rules.yml")
    let prometheus = try await Prometheus(
      configuration: """
        global: { scrape_interval: 500ms, scrape_timeout: 400ms, evaluation_interval: 500ms }
        rule_files: ["\(file)"]
        scrape_configs: [ { job_name: cachegauge, static_configs: [ { targets: ["127.0.0.1:\(gauge.port)"] } ] } ]
        """, directory: gauge.directory)

    // Prometheus takes seconds, minutes of the rules, before it scrapes at all.
    #expect(await eventually(within: 30) { prometheus.value("up") == 1 })
    try writeFile(rules.output, to: file)
    prometheus.reload()

    // Health first: long enough for every window, and for the quarter of an hour in which namespaces warm up.
    #expect(
      await eventually(within: 60) { prometheus.value("count(cache_namespace_hits_total offset 31s)") ?? 0 >= 3 })
    let early = try Self.fired(prometheus)
    #expect(early == [])

    // 10 % of one namespace's lookups hit: critical after 5 + 3 minutes, below target after at most 30 + 5. Half of another's, which
    // allows ten times fewer misses: its budget burns fast after 5 + 3, and steadily when the hour is spoilt.
    traffic.set("search", to: 10)
    traffic.set("ledger", to: 50)
    #expect(await Self.fires("CacheHitRateCritical search", minutes: 8, prometheus))
    #expect(await Self.fires("CacheMissBudgetBurnsFast ledger", minutes: 8, prometheus))
    for alert in [
      "CacheHitRateBelowTarget search", "CacheHitRateBelowTarget ledger", "CacheMissBudgetBurnsSlowly ledger",
    ] {
      #expect(await Self.fires(alert, minutes: 35, prometheus))
    }
    traffic.set("search", to: 75)
    traffic.set("ledger", to: 99)
    #expect(await eventually(within: 60) { (try? Self.active(prometheus)) == [] })

    // Every operation counts as slow, clients find no place, the master is gone: each is told at once or after a minute.
    let redis = try server.connect()
    try redis.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
    #expect(await Self.fires("CacheSlowOperations", minutes: 5, prometheus))
    try redis.call("CONFIG", "SET", "slowlog-log-slower-than", "10000000")
    try redis.call("CONFIG", "SET", "maxclients", "2")
    for _ in 0..<8 { _ = try? server.connect().call("PING") }
    try redis.call("CONFIG", "SET", "maxclients", "10000")
    #expect(await Self.fires("CacheConnectionsRejected", minutes: 5, prometheus))
    try redis.call("REPLICAOF", "127.0.0.1", "1")
    #expect(await Self.fires("CacheReplicationLinkDown", minutes: 1, prometheus))
    try redis.call("REPLICAOF", "NO", "ONE")
    // Memory is full, and nothing may be evicted.
    try redis.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
    try redis.call("CONFIG", "SET", "maxmemory", "500kb")
    #expect(await Self.fires("CacheMemoryFull", minutes: 1, prometheus))
    #expect(await Self.fires("CacheMemoryNearLimit", minutes: 5, prometheus))
    #expect(await Self.fires("CacheEvictionPolicyUnsuitable", minutes: 5, prometheus))
    try redis.call("CONFIG", "SET", "maxmemory", "100mb")
    try redis.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    #expect(await eventually(within: 60) { (try? Self.active(prometheus)) == [] })

    // The cache dies: a minute. What it counted before is no news.
    server.kill()
    #expect(await Self.fires("CacheDown", minutes: 1, prometheus))
    try server.restart()
    #expect(await eventually(within: 60) { (try? Self.active(prometheus)) == [] })

    // A replica comes and goes.
    let replica = try RedisServer("--replicaof", "127.0.0.1", "\(server.port)")
    #expect(await eventually(within: 60) { prometheus.value("redis_connected_slaves") == 1 })
    replica.kill()
    #expect(await Self.fires("CacheReplicaLost", minutes: 5, prometheus))

    // cachegauge dies: 2 minutes, and 5 until no other is known.
    gauge.process.end()
    #expect(await Self.fires("CachegaugeDown", minutes: 2, prometheus))
    #expect(await Self.fires("CachegaugeAbsent", minutes: 5, prometheus))

    #expect(
      try Self.fired(prometheus) == [
        "CacheConnectionsRejected", "CacheDown", "CacheEvictionPolicyUnsuitable", "CacheHitRateBelowTarget ledger",
        "CacheHitRateBelowTarget search", "CacheHitRateCritical search", "CacheMemoryFull", "CacheMemoryNearLimit",
        "CacheMissBudgetBurnsFast ledger", "CacheMissBudgetBurnsSlowly ledger", "CacheReplicaLost",
        "CacheReplicationLinkDown", "CacheSlowOperations", "CachegaugeAbsent", "CachegaugeDown",
      ])
    #expect(prometheus.log.contains("err=") == false, "\(prometheus.log)")
  }

  /// Waits until an alert fires: so many of the rules' minutes, and what scraping and evaluating take on a machine that is much
  /// busier than it should be. How long each takes to the minute is shown in simulated time, by `alerts/tests`.
  private static func fires(_ alert: String, minutes: Double, _ prometheus: Prometheus) async -> Bool {
    await eventually(within: minutes * 60 * pace + 30) { (try? active(prometheus).contains(alert)) == true }
  }

  /// The alerts that fire now, by name and namespace, sorted.
  private static func active(_ prometheus: Prometheus) throws -> [String] {
    try names("ALERTS{alertstate=\"firing\"}", prometheus)
  }

  /// Those that have ever fired.
  private static func fired(_ prometheus: Prometheus) throws -> [String] {
    try names("max_over_time(ALERTS{alertstate=\"firing\"}[1h])", prometheus)
  }

  private static func names(_ query: String, _ prometheus: Prometheus) throws -> [String] {
    try Set(
      prometheus.query(query).map { result in
        [result["metric"]["alertname"].string, result["metric"]["namespace"].string].compactMap(\.self)
          .joined(separator: " ")
      }
    ).sorted()
  }
}
