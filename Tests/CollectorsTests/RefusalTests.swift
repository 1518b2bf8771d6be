import CacheModel
import RESP
import Testing
import TimeSeries

@testable import Collectors

@Suite struct RefusalTests {
  @Test(arguments: [
    "NOPERM this user has no permissions to run the 'slowlog|len' command",
    "ERR unknown command `SLOWLOG`, with args",
    "ERR unknown command 'SLOWLOG'", "ERR command is disabled",
  ]) func `a refused command switches off its collector alone, and says so once`(_ line: String) {
    var redis = FakeRedis()
    redis.replies["SLOWLOG"] = .failure(line)
    redis.replies["SLOWLOG LEN"] = .failure(line)
    var collection = RedisCollection()
    let first = collection.poll(at: 0) { redis.answer($0) }
    #expect(first.notices.map(\.collector) == ["slowlog"])
    #expect(first.status("slowlog")?.isDisabled == true)
    #expect(first.collectors.count { $0.succeeded } == first.collectors.count - 1)
    let second = collection.poll(at: 1) { redis.answer($0) }
    #expect(second.notices.isEmpty)
    #expect(second.status("slowlog")?.failures == 1)
    #expect(redis.asked.count { $0 == "SLOWLOG LEN" } == 1)
  }

  @Test func `it is tried again after the retry interval, and its return is told`() {
    var redis = FakeRedis()
    redis.replies["SLOWLOG LEN"] = .failure("NOPERM no")
    var collection = RedisCollection()
    for second in [0, 100, 299, 300, 301] { _ = collection.poll(at: Int64(second)) { redis.answer($0) } }
    #expect(redis.asked.count { $0 == "SLOWLOG LEN" } == 2)
    redis.replies["SLOWLOG LEN"] = .integer(0)
    let back = collection.poll(at: 600) { redis.answer($0) }
    #expect(back.notices.map(\.message) == ["collector slowlog works again"])
    #expect(back.status("slowlog")?.isDisabled == false)
  }

  @Test func `another process is asked at once what the one before refused`() {
    var redis = FakeRedis(runID: "one")
    redis.replies["CONFIG"] = .failure("ERR unknown command 'CONFIG'")
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.setInfo(runID: "two", uptime: 0)
    redis.replies["CONFIG"] = nil
    let next = collection.poll(at: 1) { redis.answer($0) }
    #expect(next.status("config")?.isDisabled == false)
  }

  @Test(arguments: [
    ("LOADING Redis is loading the dataset in memory", FailureCause.loading),
    ("BUSY Redis is busy running a script.", .busy),
    ("MASTERDOWN Link with MASTER is down", .masterDown),
  ]) func `a server that is busy with itself fails the poll, not the collectors`(
    _ line: String, _ cause: FailureCause
  ) {
    var redis = FakeRedis()
    redis.replies = ["INFO": .failure(line)]
    redis.rest = .failure(line)
    var collection = RedisCollection()
    let collected = collection.poll(at: 0) { redis.answer($0) }
    #expect(collected.serverFailure == cause)
    #expect(collected.collectors.allSatisfy { !$0.isDisabled && $0.failure == cause })
    redis = FakeRedis()
    let next = collection.poll(at: 1) { redis.answer($0) }
    #expect(next.serverFailure == nil)
    #expect(next.collectors.allSatisfy { $0.succeeded })
  }

  @Test func `without INFO everything else goes on`() {
    var redis = FakeRedis()
    redis.replies["INFO"] = .failure("NOPERM no")
    redis.replies["CONFIG GET maxmemory"] = .array([.text("maxmemory"), .text("1000")])
    redis.setSlowLog(newest: 5, count: 3)
    var collection = RedisCollection()
    let collected = collection.poll(at: 0) { redis.answer($0) }
    #expect(collected.serverFailure == nil)
    #expect(collected.status("info")?.isDisabled == true)
    #expect(collected.facts.maximumMemory == 1000)
    #expect(collected["redis_slowlog_last_id"] == FixedPoint(5))
    #expect(collected["redis_db_keys{db=\"db0\"}"] == nil, "nobody says that it is empty")
  }

  @Test func `a shape that is not documented is a failure of its collector, tried again with the next poll`() {
    var redis = FakeRedis()
    redis.replies["SLOWLOG LEN"] = .text("many")
    var collection = RedisCollection()
    let collected = collection.poll(at: 0) { redis.answer($0) }
    #expect(collected.status("slowlog")?.failure == .malformedReply)
    #expect(collected.status("slowlog")?.isDisabled == false)
    redis.replies["SLOWLOG LEN"] = .integer(0)
    let next = collection.poll(at: 1) { redis.answer($0) }
    #expect(next.status("slowlog")?.succeeded == true)
  }
}
