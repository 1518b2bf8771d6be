import CacheModel
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

@Suite struct SlowLogTests {
  private func ids(_ collected: CollectedPoll) -> [Int64] { collected.slowOperations.map(\.id) }

  @Test func `what was logged before the first poll is not counted`() {
    var redis = FakeRedis()
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    let first = collection.poll(at: 0) { redis.answer($0) }
    #expect(first.slowOperations.isEmpty)
    #expect(first.slowOperationsLost == 0)
    #expect(first["redis_slowlog_length"] == FixedPoint(30))
    #expect(first["redis_slowlog_last_id"] == FixedPoint(40))
    #expect(first["redis_last_slow_execution_duration_seconds"] == FixedPoint(15, digits: 4))
  }

  @Test func `each entry comes once, oldest first`() {
    var redis = FakeRedis()
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.setSlowLog(newest: 43, count: 33)
    let next = collection.poll(at: 1) { redis.answer($0) }
    #expect(ids(next) == [41, 42, 43])
    let later = collection.poll(at: 2) { redis.answer($0) }
    #expect(ids(later).isEmpty)
  }

  @Test func `when all that was fetched is new, as many as needed are fetched in the same poll`() {
    var redis = FakeRedis()
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.setSlowLog(newest: 60, count: 50)
    let collected = collection.poll(at: 1) { redis.answer($0) }
    #expect(ids(collected) == Array(41...60))
    #expect(collected.slowOperationsLost == 0)
    #expect(
      redis.asked.filter { $0.hasPrefix("SLOWLOG GET") } == ["SLOWLOG GET 8", "SLOWLOG GET 8", "SLOWLOG GET 84"])
  }

  @Test func `entries that the server dropped are counted as lost`() {
    var redis = FakeRedis()
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.setSlowLog(newest: 140, count: 30)
    let collected = collection.poll(at: 1) { redis.answer($0) }
    #expect(ids(collected) == Array(111...140))
    #expect(collected.slowOperationsLost == 70)
  }

  @Test func `a log that was empty is read whole, whatever numbers it begins with`() {
    var redis = FakeRedis()
    redis.setSlowLog(newest: -1, count: 0)
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.setSlowLog(newest: 519, count: 20)
    let collected = collection.poll(at: 1) { redis.answer($0) }
    #expect(ids(collected) == Array(500...519))
    #expect(collected.slowOperationsLost == 0)
  }

  @Test func `a process that started while we watched is read from its first entry`() {
    var redis = FakeRedis(runID: "one", uptime: 1000)
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    _ = collection.poll(at: 10_000) { redis.answer($0) }
    redis.setInfo(runID: "two", uptime: 3)
    redis.setSlowLog(newest: 99, count: 10)
    let collected = collection.poll(at: 10_010) { redis.answer($0) }
    let changed = collected.serverChanged
    #expect(changed)
    #expect(ids(collected) == Array(90...99))
    #expect(collected.slowOperationsLost == 90)
  }

  @Test func `a process that ran before we saw it is not counted for its past, nor is one seen again`() {
    var redis = FakeRedis(runID: "one", uptime: 1000)
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    _ = collection.poll(at: 10_000) { redis.answer($0) }
    redis.setInfo(runID: "two", uptime: 90_000)
    redis.setSlowLog(newest: 9000, count: 30)
    let other = collection.poll(at: 10_001) { redis.answer($0) }
    #expect(other.slowOperations.isEmpty && other.slowOperationsLost == 0)
    redis.setInfo(runID: "one", uptime: 1002)
    redis.setSlowLog(newest: 42, count: 30)
    let next = collection.poll(at: 10_002) { redis.answer($0) }
    #expect(ids(next) == [41, 42])
  }

  @Test func `a poll that is given up in the middle of a follow-up loses nothing`() {
    var redis = FakeRedis()
    redis.setSlowLog(newest: 40, count: 30)
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.setSlowLog(newest: 60, count: 50)
    let time = UnixTime(seconds: 1)
    guard case .more = collection.receive(redis.answer(collection.begin(at: time)), at: time) else {
      Issue.record("a follow-up was due")
      return
    }
    collection.abandon()
    let collected = collection.poll(at: 2) { redis.answer($0) }
    #expect(ids(collected) == Array(41...60))
    #expect(collected.slowOperationsLost == 0)
  }

  @Test func `what a poll had found when it was given up comes with the next`() {
    var redis = FakeRedis()
    var collection = RedisCollection()
    _ = collection.poll(at: 1000) { redis.answer($0) }
    redis.setInfo(runID: "bbbb", uptime: 0)
    redis.setSlowLog(newest: 1, count: 2)
    let time = UnixTime(seconds: 1001)
    guard case .more = collection.receive(redis.answer(collection.begin(at: time)), at: time) else {
      Issue.record("another process is asked for all that the slow tier asks")
      return
    }
    collection.abandon()
    let collected = collection.poll(at: 1002) { redis.answer($0) }
    let changed = collected.serverChanged
    #expect(changed)
    #expect(ids(collected) == [0, 1])
  }

  @Test(arguments: [
    ("cachegauge", true), ("cachegauge-census", true), ("cachegauge-events", true), ("cachegauge-sample", true),
    ("cachegauge-setting", true), ("cachegauge-suggest", true), ("cachegauge-topology", true),
    ("cachegauge-clear", false), ("cachegauge-cleanup", false), ("cachegauge-demo", false), ("", false),
  ])
  func `cachegauge's own entries are left out, but for those of what a person has run`(
    _ client: String, _ isLeftOut: Bool
  ) {
    var redis = FakeRedis()
    var collection = RedisCollection()
    _ = collection.poll(at: 0) { redis.answer($0) }
    redis.replies["SLOWLOG LEN"] = .integer(2)
    redis.replies["SLOWLOG GET 8"] = .array([FakeRedis.entry(1, client: client), FakeRedis.entry(0)])
    let next = collection.poll(at: 1) { redis.answer($0) }
    #expect(ids(next) == (isLeftOut ? [0] : [0, 1]))
  }

  @Test(arguments: [
    (["GET", "k"], "get"), (["CONFIG", "GET", "a"], "config|get"), (["Config"], "config"),
    (["slowlog", "GET"], "slowlog|get"),
    (["HSET", "CONFIG"], "hset"), ([String(repeating: "X", count: 100)], String(repeating: "x", count: 64)),
  ]) func `commands are named as commandstats names them`(_ words: [String], _ name: String) throws {
    let entry = try SlowLogEntry(FakeRedis.entry(1, words: words))
    #expect(entry.operation.command == name)
    #expect(entry.operation.arguments == words)
  }

  @Test func `entries of servers that do not cut are bounded`() throws {
    let words = Array(repeating: String(repeating: "a", count: 10_000), count: 1000)
    let entry = try SlowLogEntry(FakeRedis.entry(1, words: words))
    #expect(entry.operation.arguments.count == 32)
    #expect(entry.operation.arguments.allSatisfy { $0.utf8.count == 256 })
  }
}
