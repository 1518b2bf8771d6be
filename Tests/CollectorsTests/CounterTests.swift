import CacheModel
import RESP
import TestSupport
import Testing

@testable import Collectors

@Suite struct CounterTests {
  static let hash = CounterSource.hash(key: "stats", hits: "h", misses: "m")
  static let keys = CounterSource.keys(hits: "a:h", misses: "a:m")

  private func read(_ sources: [CounterSource], _ replies: [RESPValue]) throws -> (RedisPoll, [String]) {
    var collector = CounterCollector(sources: sources)
    let asked = collector.commands(CollectorContext()).map(\.text)
    var poll = RedisPoll(time: UnixTime(seconds: 0), catalog: SeriesCatalog())
    try collector.receive(replies, into: &poll)
    return (poll, asked)
  }

  @Test func `namespaces that share a hash share one look-up`() throws {
    let other = CounterSource.hash(key: "stats", hits: "h2", misses: "m")
    let (poll, asked) = try read(
      [Self.hash, other], [.array([.text("10"), .text("20"), .text("30")]), .integer(64)])
    #expect(asked == ["HMGET stats h m h2", "MEMORY USAGE stats"])
    #expect(poll.counters.map(\.hits) == [10, 30])
    #expect(poll.counters.map(\.misses) == [20, 20])
    #expect(poll.ownLookups == (1, 0))
  }

  @Test func `keys are read in one command, each a look-up`() throws {
    let (poll, asked) = try read([Self.keys], [.array([.text("7"), .null]), .integer(56), .null])
    #expect(asked == ["MGET a:h a:m", "MEMORY USAGE a:h", "MEMORY USAGE a:m"])
    #expect(poll.counters == [CounterReading(source: Self.keys, hits: 7, misses: 0, failure: nil)])
    #expect(poll.ownLookups == (1, 1))
  }

  /// What was answered, what it means, and how the server counts it.
  static let cases: [(fields: RESPValue, usage: RESPValue, hits: Int64?, failure: FailureCause?, own: [Int64])] = [
    (.array([.text("1"), .text("2")]), .integer(1), 1, nil, [1, 0]),
    (.array([.text("12.0"), .text("2")]), .integer(1), 12, nil, [1, 0]),
    (.array([.null, .null]), .integer(1), 0, nil, [1, 0]),
    (.array([.null, .null]), .null, 0, nil, [0, 1]),
    (.array([.null, .null]), .failure("NOPERM no"), 0, nil, [0, 1]),
    (.array([.text("1.5"), .text("2")]), .integer(1), nil, .malformedReply, [1, 0]),
    (.array([.text("-1"), .text("2")]), .integer(1), nil, .malformedReply, [1, 0]),
    (.array([.text("many"), .text("2")]), .integer(1), nil, .malformedReply, [1, 0]),
    (.array([.text(""), .text("2")]), .integer(1), nil, .malformedReply, [1, 0]),
    (
      .failure("WRONGTYPE Operation against a key holding the wrong kind of value"), .integer(1), nil,
      .malformedReply, [1, 0]
    ),
    (.null, .null, nil, .malformedReply, [0, 0]),
  ]

  @Test(arguments: cases.indices) func `a hash is read and counted for what it holds`(_ index: Int) throws {
    let example = Self.cases[index]
    let (poll, _) = try read([Self.hash], [example.fields, example.usage])
    #expect(poll.counters.map(\.hits) == [example.hits])
    #expect(poll.counters.map(\.failure) == [example.failure])
    #expect([poll.ownLookups.hits, poll.ownLookups.misses] == example.own)
  }

  @Test func `one source that may not be read leaves the others alone`() throws {
    let (poll, _) = try read(
      [Self.hash, Self.keys],
      [.failure("NOPERM no"), .failure("NOPERM no"), .array([.text("1"), .text("2")]), .integer(1), .integer(1)])
    #expect(poll.counters.map(\.failure) == [.permissionDenied, nil])
    #expect(poll.ownLookups == (2, 0))
  }

  @Test(arguments: [
    ("MOVED 1 10.0.0.1:6379", FailureCause.serverError),
    ("LOADING Redis is loading the dataset in memory", .loading),
  ]) func `an error for every source fails the collector, and each source says why`(
    _ line: String, _ cause: FailureCause
  ) {
    var redis = FakeRedis()
    redis.replies["HMGET"] = .failure(line)
    var options = RedisCollectionOptions()
    options.counterSources = [Self.hash]
    var collection = RedisCollection(options: options)
    for second in 0..<3 {
      let collected = collection.poll(at: Int64(second)) { redis.answer($0) }
      #expect(collected.counters.map(\.failure) == [cause])
      #expect(collected.status("counters")?.failure == cause)
      #expect(collected.status("counters")?.isDisabled == false)
      #expect((collected.ownHits, collected.ownMisses) == (0, 0))
    }
  }

  @Test func `while the collector is off, each source says why`() {
    var redis = FakeRedis()
    redis.replies["HMGET"] = .failure("NOPERM User monitor has no permissions to run the 'hmget' command")
    var options = RedisCollectionOptions()
    options.counterSources = [Self.hash]
    var collection = RedisCollection(options: options)
    for second in 0..<3 {
      let collected = collection.poll(at: Int64(second)) { redis.answer($0) }
      #expect(collected.counters.map(\.failure) == [.permissionDenied])
      #expect(collected.notices.count == (second == 0 ? 1 : 0))
    }
    #expect(redis.asked.count { $0.hasPrefix("HMGET") } == 1)
  }

  @Test func `look-ups of a poll that is given up are in doubt, answered or not`() {
    var redis = FakeRedis()
    redis.replies["HMGET"] = .array([.text("1"), .text("2")])
    var options = RedisCollectionOptions()
    options.counterSources = [Self.hash, Self.keys]
    var collection = RedisCollection(options: options)
    #expect(collection.lookupsUnderWay == 0)
    let time = UnixTime(seconds: 0)
    let commands = collection.begin(at: time)
    #expect(collection.lookupsUnderWay == 3)
    _ = collection.receive(redis.answer(commands), at: time)
    #expect(collection.lookupsUnderWay == 3, "the slow tier's replies are still awaited")
    collection.abandon()
    #expect(collection.lookupsUnderWay == 0)
  }
}
