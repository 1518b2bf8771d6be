import RESP
import Randomness
import Testing

@testable import Collectors

@Suite struct MutationTests {
  /// Replies with something of everything.
  static func server() -> FakeRedis {
    var redis = FakeRedis()
    redis.replies["INFO"] = .text(Golden.read("redis-7.0.info") ?? "")
    redis.replies["INFO commandstats"] = .text(Golden.read("redis-7.0.commandstats") ?? "")
    redis.replies["INFO latencystats"] = .text(Golden.read("redis-7.0.latencystats") ?? "")
    redis.replies["INFO modules"] = .text("# Modules\r\nmodule:name=a,ver=1,api=1,filters=0,usedby=[],using=[]\r\n")
    redis.setSlowLog(newest: 40, count: 30)
    redis.replies["LATENCY LATEST"] = .array([.array([.text("command"), .integer(1), .integer(2), .integer(3)])])
    let histogram: [RESPValue] = [
      .text("calls"), .integer(3), .text("histogram_usec"),
      .array([.integer(1), .integer(2), .integer(2), .integer(3)]),
    ]
    redis.replies["LATENCY HISTOGRAM"] = .array([.text("get"), .array(histogram)])
    redis.replies["CONFIG GET databases"] = .array([.text("databases"), .text("4")])
    redis.replies["CONFIG GET maxmemory"] = .array([.text("maxmemory"), .text("100")])
    redis.replies["CONFIG GET client-output-buffer-limit"] = .array([
      .text("client-output-buffer-limit"), .text("normal 0 0 0 slave 1 2 3"),
    ])
    redis.replies["CLUSTER INFO"] = .text("cluster_state:ok\r\ncluster_slots_ok:1\r\n")
    redis.replies["HMGET"] = .array([.text("1"), .text("2")])
    redis.replies["MGET"] = .array([.text("3"), .null])
    redis.replies["MEMORY"] = .integer(56)
    return redis
  }

  @Test(arguments: 0..<40) func `mutated replies never trap, and the poll ends`(_ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    var options = ConformanceTests.options
    options.slow = SlowPace(interval: 2)
    options.retryInterval = 3
    options.legacyNames = seed % 2 == 0
    var collection = RedisCollection(options: options)
    var redis = Self.server()
    for second in 0..<100 {
      var rounds = 0
      let collected = collection.poll(at: Int64(second)) { commands in
        rounds += 1
        return redis.answer(commands).map { random.next(below: 3) == 0 ? $0.mutated(by: &random) : $0 }
      }
      #expect(rounds <= 5)
      #expect(collected.counters.count == 2)
      #expect(collected.slowOperationsLost >= 0)
    }
  }
}
