import Foundation
import RESP
import TestSupport
import Testing

/// What less memory would cost, from idle times that are asked without a trace.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `Idle times` {
  private static func configuration(_ server: RedisServer) -> String {
    """
    targets:
      - name: shop
        url: \(server.url)
        poll: { interval: 200ms, timeout: 30s }
        census: { share: 20%, interval: 1s, idle_times: true }
    """
  }

  /// Of 2000 keys 500 are read; the others were not for half an hour.
  private static func fill(_ redis: RawRedis) throws {
    try redis.call("SET", "one", String(repeating: "x", count: 2000))
    guard case .bulk(let dump) = try redis.call("DUMP", "one") else { throw ServerError("no dump") }
    try redis.call("DEL", "one")
    for number in 0..<2000 {
      let name = number < 500 ? "hot:\(number)" : "cold:\(number)"
      let words = ["RESTORE", name, "0"].map { Array($0.utf8) } + [dump]
      let idle = ["IDLETIME", number < 500 ? "1" : "\(1800 + number)"].map { Array($0.utf8) }
      #expect(try redis.pipeline([RESPCommand(words + idle)])[0].string == "OK")
    }
  }

  @Test func `tell that a cache could be smaller, are in no counter and stay as they were`() async throws {
    let server = try RedisServer("--enable-debug-command", "local")
    let redis = try server.connect()
    try Self.fill(redis)
    let before = try redis.info("keyspace_hits").flatMap { Int($0) } ?? 0
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    var reads = 0
    let isTold = try await eventually(within: 120) {
      try redis.pipeline((0..<500).map { ["GET", "hot:\($0)"] })
      reads += 500
      try await Task.sleep(for: .milliseconds(200))
      let census = try gauge.json("/api/cache/report")["targets"][0]["census"]
      return census["less_memory"].items.count == 3
    }
    #expect(isTold, "\(gauge.log)")
    #expect(try redis.info("keyspace_hits") == "\(before + reads)" && redis.info("keyspace_misses") == "0")
    for number in [500, 1000, 1999] {
      let idle = try redis.call("OBJECT", "IDLETIME", "cold:\(number)").integer ?? 0
      #expect(idle >= 1800 + Int64(number), "cold:\(number) was touched")
    }
    let report = try gauge.json("/api/cache/report")["targets"][0]
    let idle = report["census"]["idle_times"]
    #expect(idle["obstacle"] == .null && idle["sampled_keys"].number == 2000 && idle["hit_rate"].number == 1)
    let quarters = report["census"]["less_memory"][1]
    #expect(quarters["factor"].number == 0.75 && quarters["policy"].string == "allkeys-lru")
    #expect(quarters["hit_rate"].number == 1)
    let advice = report["advice"].items.first { $0["kind"].string == "less_memory" }
    #expect(advice?["namespace"] == .null)
    #expect(advice?["message"].string?.hasPrefix("shop could do with ") == true)
  }

  @Test func `that the server refuses are told of once, with what to do, and polls go on`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.pipeline((0..<50).map { ["SET", "key:\($0)", "x"] })
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await eventually(within: 60) { gauge.metric("cache_census_walks_total{target=\"shop\"}") ?? 0 >= 3 })
    let isTold = try await eventually {
      let census = try gauge.json("/api/cache/report")["targets"][0]["census"]
      return census["idle_times"]["obstacle"].string == "debug_refused"
    }
    #expect(isTold)
    let report = try gauge.json("/api/cache/report")["targets"][0]
    #expect(report["census"]["idle_times"]["message"].string?.contains("enable-debug-command local") == true)
    #expect(report["census"]["less_memory"].items.isEmpty)
    #expect(gauge.log.components(separatedBy: "what less memory would cost can't be told").count == 2)
    #expect(gauge.metric("cache_up{target=\"shop\"}") == 1)
  }
}
