import Glibc
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server")))
struct `Misses that an application counts and notifications tell of` {
  @Test func `they are as many as it counts, with the causes that were heard; own lookups are none of them`()
    async throws
  {
    let server = try RedisServer()
    let redis = try server.connect()
    let state = try TemporaryDirectory()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - url: \(server.url)
            observe: { events: true, manage: true, state_directory: "\(state.path)" }
            namespaces:
              - { name: menu, keys: ["menu:*"], counters: { hash: "stats:menu", hits: h, misses: m } }
              - { name: all, keys: ["*"] }
        """)
    func causes(_ namespace: String) -> [Double?] {
      ["cold", "expired", "evicted", "invalidated", "unknown"].map {
        gauge.metric("cache_namespace_misses_total{namespace=\"\(namespace)\",cause=\"\($0)\"}")
      }
    }
    func twoPolls() async {
      let polls = gauge.metric("cache_polls_total") ?? 0
      #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= polls + 2 })
    }
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
    // The hash does not exist, and is looked for at each poll.
    await twoPolls()
    #expect(causes("all") == [0, 0, 0, 0, 0])
    for number in 0..<20 { try redis.call("GET", "menu:\(number)") }
    try redis.call("GET", "other:1")
    #expect(await eventually { causes("all") == [1, 0, 0, 0, 0] })
    #expect(causes("menu") == [0, 0, 0, 0, 0])
    // Most of what it counts is no miss of Redis.
    try redis.call("HSET", "stats:menu", "h", "500", "m", "2000")
    #expect(await eventually { causes("menu") == [20, 0, 0, 0, 1980] })
    #expect(gauge.metric("cache_namespace_hits_total{namespace=\"menu\"}") == 500)
    #expect(await eventually { gauge.metric("cache_events_difference_misses") == 0 })
    #expect(causes("all") == [1, 0, 0, 0, 0])
    let menu = try gauge.json("/api/cache/report")["targets"][0]["namespaces"]["menu"]
    #expect(menu["misses"] == .number(2000))
    #expect(menu["observed"]["misses"] == .number(2000))
    #expect(menu["observed"]["causes"]["cold"]["misses"] == .number(20))
  }

  /// Prometheus takes what a series rose by between two scrapes as counted, and all of one that fell.
  private static func increase(_ series: String, over scrapes: [[String: Double]]) -> Double {
    let values = scrapes.compactMap { $0[series] }
    return zip(values, values.dropFirst()).reduce(0) { $0 + ($1.1 < $1.0 ? $1.1 : $1.1 - $1.0) }
  }

  @Test(arguments: [false, true])
  func `over a restart and a reset no rate of hits, misses or causes is false, with and without history in files`(
    _ isKept: Bool
  ) async throws {
    let server = try RedisServer("--notify-keyspace-events", "Emxeg")
    let redis = try server.connect()
    let directory = try TemporaryDirectory()
    let history = isKept ? "history: { path: \"\(directory.path)/history\", fsync: 100ms }\n" : ""
    func start() async throws -> Cachegauge {
      let gauge = try await Cachegauge(
        [],
        configuration: history + """
          poll: { interval: 200ms, timeout: 30s }
          targets:
            - url: \(server.url)
              observe: { events: true }
              namespaces:
                - { name: menu, keys: ["menu:{tenant}:*"], counters: { hash: "stats:menu", hits: h, misses: m } }
          """)
      #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
      return gauge
    }
    let hits = "cache_namespace_hits_total{namespace=\"menu\"}"
    func misses(_ cause: String) -> String { "cache_namespace_misses_total{namespace=\"menu\",cause=\"\(cause)\"}" }
    let (cold, unknown) = (misses("cold"), misses("unknown"))
    var counts = (hits: 3_000_000, misses: 1_000_000)
    func write() throws {
      try redis.call("HSET", "stats:menu", "h", "\(counts.hits)", "m", "\(counts.misses)")
    }
    func heard(_ gauge: Cachegauge) throws -> Double {
      try gauge.metrics().reduce(0) { $1.key.hasPrefix("cache_namespace_tenant_misses") ? $0 + $1.value : $0 }
    }
    /// New keys are missed, so many that nobody hears of as well, and three times as many are hits. Counted when the misses are heard.
    func work(_ count: Int, unheard: Int = 0, _ gauge: Cachegauge? = nil) async throws {
      let before = try gauge.map(heard) ?? 0
      for number in 0..<count { try redis.call("GET", "menu:\(counts.misses):\(number)") }
      if let gauge { #expect(try await eventually { try heard(gauge) == before + Double(count) }) }
      counts = (counts.hits + 3 * (count + unheard), counts.misses + count + unheard)
      try write()
    }
    try write()
    var gauge = try await start()
    var scrapes = [try gauge.metrics()]
    func scrape(_ told: [String: Double]) async throws {
      let isTold = try await eventually {
        let metrics = try gauge.metrics()
        return told.allSatisfy { metrics[$0.key] == $0.value }
      }
      scrapes.append(try gauge.metrics())
      #expect(isTold, "\(told): \(scrapes.last?.filter { $0.key.hasPrefix("cache_namespace_") } ?? [:])")
    }
    try await scrape([hits: 0, cold: 0, unknown: 0])
    try await work(20, unheard: 5, gauge)
    try await scrape([hits: 75, cold: 20, unknown: 5])
    gauge.process.signal(SIGTERM)
    let first = gauge
    #expect(await eventually { !first.process.isRunning })

    try await work(100)
    gauge = try await start()
    // Also where history was read back: after a crash it would not have what was told last.
    try await scrape([hits: 0, cold: 0, unknown: 0])
    // cachegauge's own lookups of its earlier life are hits to the server; history knows how many they were.
    #expect(!isKept || gauge.metric("cache_hits_total") == 0)
    try await work(10, gauge)
    try await scrape([hits: 30, cold: 10, unknown: 0])

    // The application's key is deleted, and it begins anew.
    try redis.call("DEL", "stats:menu")
    let polls = try #require(gauge.metric("cache_polls_total"))
    #expect(try await eventually { try gauge.metrics()["cache_polls_total"] ?? 0 >= polls + 2 })
    try await scrape([hits: 30, cold: 10, unknown: 0])
    counts = (0, 0)
    try await work(7, gauge)
    try await scrape([hits: 51, cold: 17, unknown: 0])

    // Three of four lookups hit, whoever asks.
    #expect(Self.increase(hits, over: scrapes) == 126)
    #expect(Self.increase(cold, over: scrapes) == 37)
    #expect(Self.increase(unknown, over: scrapes) == 5)
    for cause in ["expired", "evicted", "invalidated"] { #expect(Self.increase(misses(cause), over: scrapes) == 0) }
    let menu = try gauge.json("/api/cache/report")["targets"][0]["namespaces"]["menu"]
    #expect(menu["hits"].number == 51)
    #expect(menu["misses"].number == menu["hits"].number.map { $0 / 3 })
    #expect(menu["hit_rate"] == .number(0.75))
    #expect(menu["observed"]["misses"] == menu["misses"])
    let own = "/api/cache/series?metric=cache_namespace_hits_total&function=last&last=1m&step=1s"
    #expect(
      try await eventually { try gauge.json(own)["points"].items.last?[1].number == 51 })
  }
}
