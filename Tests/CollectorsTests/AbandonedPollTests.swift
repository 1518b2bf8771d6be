import CacheModel
import Randomness
import RESP
import Testing
import TimeSeries

@testable import Collectors

/// A poll may end anywhere: the deadline passes, the connection breaks. What collectors have learned until then must
/// still mean the same in the polls that follow.
@Suite struct `Polls that are given up` {
  private static func info(_ fields: [(String, Int)]) -> RESPValue {
    let always = [
      "# Server", "redis_version:7.0.15", "run_id:aaaa", "uptime_in_seconds:100",
      "# Memory", "used_memory:1", "maxmemory:0", "mem_fragmentation_ratio:1.5", "# Stats",
    ]
    return .text((always + fields.map { "\($0.0):\($0.1)" }).joined(separator: "\r\n") + "\r\n")
  }

  @Test func `a series that a given-up poll has brought has its own place in the next one`() {
    var redis = FakeRedis()
    redis.replies["INFO"] = Self.info([("future_first", 1), ("keyspace_hits", 2), ("future_second", 3)])
    var collection = RedisCollection()
    let time = UnixTime(seconds: 0)
    guard case .more = collection.receive(redis.answer(collection.begin(at: time)), at: time) else {
      Issue.record("the slow tier follows when the server is known")
      return
    }
    collection.abandon()
    // The same fields, and one that was never seen: it must not be given a place that another has.
    redis.replies["INFO"] = Self.info([
      ("future_third", 4), ("future_first", 5), ("keyspace_hits", 6), ("future_second", 7),
    ])
    let collected = collection.poll(at: 1) { redis.answer($0) }
    #expect(collected["redis_keyspace_hits_total"] == FixedPoint(6))
    for (name, value) in [("third", 4), ("first", 5), ("second", 7)] as [(String, Int64)] {
      let key = "redis_info_field{section=\"stats\",field=\"future_\(name)\"}"
      #expect(collected[key] == FixedPoint(value))
    }
  }

  @Test(arguments: 0..<40) func `wherever polls are given up, each says what a fresh look says`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var redis = FakeRedis()
    var collection = RedisCollection()
    for second in 0..<30 {
      let names = (0..<12).filter { _ in Bool.random(using: &random) }.map { "future_\($0)" }
      redis.replies["INFO"] = Self.info(names.shuffled(using: &random).map { ($0, second) })
      let time = UnixTime(seconds: Int64(second))
      var commands = collection.begin(at: time)
      var collected: CollectedPoll?
      while collected == nil, Int.random(in: 0..<3, using: &random) > 0 {
        switch collection.receive(redis.answer(commands), at: time) {
        case .more(let further): commands = further
        case .done(let done): collected = done
        }
      }
      guard let collected else {
        collection.abandon()
        continue
      }
      let told = collected.series.filter { $0.key.contains("future_") }
      #expect(told.count == names.count)
      #expect(told.values.allSatisfy { $0 == FixedPoint(Int64(second)) })
    }
  }
}
