import CacheModel
import RESP
import Testing
import TimeSeries

@testable import Collectors

@Suite struct TierTests {
  @Test func `the slow tier runs with the first poll, then every slow interval, and is carried in between`() {
    var redis = FakeRedis()
    redis.replies["CONFIG GET maxmemory"] = .array([.text("maxmemory"), .text("1000")])
    redis.replies["CONFIG GET maxclients"] = .array([.text("maxclients"), .text("7")])
    redis.replies["CONFIG GET slowlog-log-slower-than"] = .array([.text("slowlog-log-slower-than"), .text("10000")])
    var collection = RedisCollection()
    for second in 0..<31 {
      let collected = collection.poll(at: Int64(second)) { redis.answer($0) }
      #expect(collected["redis_config_maxmemory"] == FixedPoint(1000))
      #expect(collected.facts.maximumMemory == 1000)
      #expect(collected.facts.maximumClients == 7)
      #expect(collected.slowThreshold == 10_000)
      #expect(collected.status("config")?.lastSuccess == UnixTime(seconds: Int64(second / 15 * 15)))
    }
    #expect(redis.asked.count { $0 == "CONFIG GET maxmemory" } == 3)
    #expect(redis.asked.count { $0 == "INFO" } == 31)
  }

  @Test func `targets of another phase run the slow tier at other polls, after the first`() {
    var redis = FakeRedis()
    redis.replies["LATENCY LATEST"] = .array([])
    var options = RedisCollectionOptions()
    options.slow = SlowPace(interval: 15, phase: 0.4)
    var collection = RedisCollection(options: options)
    var runs: [Int] = []
    for second in 0..<40 {
      let before = redis.asked.count
      _ = collection.poll(at: Int64(second)) { redis.answer($0) }
      if redis.asked.dropFirst(before).contains("LATENCY LATEST") { runs.append(second) }
    }
    #expect(runs == [0, 6, 21, 36])
  }

  @Test func `what a slow collector brought goes when it fails`() {
    var redis = FakeRedis()
    redis.replies["CONFIG GET maxmemory"] = .array([.text("maxmemory"), .text("1000")])
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.replies["CONFIG"] = .failure("ERR internal")
    let collected = collection.poll(at: 15) { redis.answer($0) }
    #expect(collected["redis_config_maxmemory"] == nil)
    #expect(collected.facts.maximumMemory == nil)
    #expect(collected.status("config")?.failure == .serverError)
  }

  @Test func `a clock that was set back does not keep the slow tier from running`() {
    var redis = FakeRedis()
    var collection = RedisCollection()
    _ = collection.poll(at: 100_000) { redis.answer($0) }
    _ = collection.poll(at: 5) { redis.answer($0) }
    #expect(redis.asked.count { $0 == "CONFIG GET maxmemory" } == 2)
  }

  @Test(arguments: [("6.2.14", false), ("7.0.0", true), ("8.1", true), ("garbage", false)])
  func `servers before 7 are not asked what they do not know`(_ version: String, _ isAsked: Bool) {
    var redis = FakeRedis()
    redis.setInfo(runID: "a", uptime: 1, version: version)
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    #expect(redis.asked.contains("LATENCY HISTOGRAM") == isAsked)
    #expect(redis.asked.contains("INFO latencystats") == isAsked)
    #expect(redis.asked.contains("LATENCY LATEST"))
  }

  @Test func `a histogram has cumulative buckets, and its sum from commandstats`() {
    var redis = MutationTests.server()
    var collection = RedisCollection()
    let collected = collection.poll(at: 0) { redis.answer($0) }
    let series = collected.series.filter { $0.key.hasPrefix("redis_commands_latencies_usec") }
    #expect(
      series == [
        "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"1\"}": FixedPoint(2),
        "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"2\"}": FixedPoint(3),
        "redis_commands_latencies_usec_bucket{cmd=\"get\",le=\"+Inf\"}": FixedPoint(3),
        "redis_commands_latencies_usec_sum{cmd=\"get\"}": FixedPoint(10),
        "redis_commands_latencies_usec_count{cmd=\"get\"}": FixedPoint(3),
      ])
  }

  @Test func `only counters that fall within one process tell of a reset`() {
    var redis = FakeRedis(hits: 100, misses: 10)
    var collection = RedisCollection()
    let next = collection.poll(at: 1000) { redis.answer($0) }
    #expect(next.statsReset == false)
    redis.setInfo(runID: "aaaa", uptime: 101, hits: 101, misses: 10)
    let later = collection.poll(at: 1001) { redis.answer($0) }
    #expect(later.statsReset == false)
    redis.setInfo(runID: "aaaa", uptime: 102, hits: 200, misses: 9)
    let last = collection.poll(at: 1002) { redis.answer($0) }
    #expect(last.statsReset == true)
    redis.setInfo(runID: "bbbb", uptime: 0)
    let restarted = collection.poll(at: 1003) { redis.answer($0) }
    #expect(restarted.statsReset == false)
    #expect(restarted.serverChanged == true)
  }

  @Test func `a server without a run id is another process when its uptime fell`() {
    var redis = FakeRedis()
    func info(_ uptime: Int) -> RESPValue {
      .text("redis_version:6.2.11\nuptime_in_seconds:\(uptime)\nhz:1\na:1\nb:2\nc:3\nkeyspace_hits:1\n")
    }
    redis.replies["INFO"] = info(59)
    var collection = RedisCollection()
    let first = collection.poll(at: 1_000_000) { redis.answer($0) }
    redis.replies["INFO"] = info(61)
    let second = collection.poll(at: 1_000_001) { redis.answer($0) }
    #expect(first.sample.epoch == second.sample.epoch)
    #expect(second["redis_start_time_seconds"] == first["redis_start_time_seconds"])
    redis.replies["INFO"] = info(0)
    let third = collection.poll(at: 1_000_002) { redis.answer($0) }
    #expect(third.sample.epoch != first.sample.epoch)
    #expect(third["redis_start_time_seconds"] == FixedPoint(1_000_002))
  }

  @Test func `fields of a cluster pass under their own names, counters of it only as legacy`() {
    var redis = FakeRedis()
    redis.replies["INFO"] = .text("redis_version:7.0.15\nrun_id:a\nhz:1\nb:1\nc:2\nd:3\ncluster_enabled:1\n")
    redis.replies["CLUSTER INFO"] = .text(
      """
      cluster_state:ok
      cluster_slots_ok:16384
      cluster_stats_messages_auth-req_sent:5
      cluster_stats_messages_sent:6
      total_cluster_links_buffer_limit_exceeded:7
      """)
    for legacyNames in [false, true] {
      var options = RedisCollectionOptions()
      options.legacyNames = legacyNames
      var collection = RedisCollection(options: options)
      let collected = collection.poll(at: 0) { redis.answer($0) }
      #expect(collected["redis_cluster_state"] == FixedPoint(1))
      #expect(collected["redis_cluster_slots_ok"] == FixedPoint(16384))
      #expect(collected["redis_cluster_stats_messages_auth_req_sent"] == FixedPoint(5))
      let sent = "redis_info_field{section=\"cluster\",field=\"cluster_stats_messages_sent\"}"
      #expect(collected[legacyNames ? "redis_cluster_messages_sent_total" : sent] == FixedPoint(6))
      let links = "redis_info_field{section=\"cluster\",field=\"total_cluster_links_buffer_limit_exceeded\"}"
      #expect(collected[links] == FixedPoint(7))
    }
  }
}
