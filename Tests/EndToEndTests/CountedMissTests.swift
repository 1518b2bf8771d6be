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
}
