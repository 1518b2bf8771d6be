import CacheModel
import Glibc
import RESP
import TestSupport
import Testing

@testable import Collectors

/// What applications count reaches us exactly, and what reading it costs the server's own counts is known exactly.
@Suite(.enabled(if: isInstalled("redis-server"))) struct CounterTruthTests {
  /// A script that knows its own hits and misses, and cachegauge beside it.
  private final class Watch {
    let server: RedisServer
    let application: RawRedis
    let monitor: RawRedis
    var collection: RedisCollection
    var second = Int64(time(nil))
    /// The script's own lookups since the server's counts began.
    var hits: Int64 = 0
    var misses: Int64 = 0
    /// cachegauge's, as the collector reports them.
    var ownHits: Int64 = 0
    var ownMisses: Int64 = 0

    init(_ sources: [CounterSource]) throws {
      server = try RedisServer()
      application = try server.connect()
      monitor = try server.connect()
      var options = RedisCollectionOptions()
      options.counterSources = sources
      collection = RedisCollection(options: options)
      try application.call("SET", "present", "1")
    }

    func lookUp(hits: Int, misses: Int) throws {
      try application.pipeline(
        Array(repeating: ["GET", "present"], count: hits) + Array(repeating: ["GET", "absent"], count: misses))
      self.hits += Int64(hits)
      self.misses += Int64(misses)
    }

    /// Polls, and answers the server's hits and misses less cachegauge's own before this poll.
    func poll() throws -> (collected: CollectedPoll, hits: Int64?, misses: Int64?) {
      second += 1
      let collected = try collection.poll(monitor, at: second)
      // A reset takes the own lookups along.
      if collected.statsReset || collected.serverChanged { (ownHits, ownMisses) = (0, 0) }
      let corrected = (collected.facts.hits.map { $0 - ownHits }, collected.facts.misses.map { $0 - ownMisses })
      ownHits += collected.ownHits
      ownMisses += collected.ownMisses
      return (collected, corrected.0, corrected.1)
    }
  }

  /// What is at the sources, and how many hits and misses reading it once makes.
  struct Arrangement: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var commands: [[String]] = []
    let sources: [CounterSource]
    let ownHits: Int64
    let ownMisses: Int64
    /// What each source reads; nil for a failure.
    let counts: [[Int64]?]
  }

  private static let hash = CounterSource.hash(key: "stats", hits: "h", misses: "m")
  private static let sibling = CounterSource.hash(key: "stats", hits: "h2", misses: "m2")
  private static let keys = CounterSource.keys(hits: "kh", misses: "km")

  static let arrangements = [
    Arrangement(
      testDescription: "a hash with both fields", commands: [["HSET", "stats", "h", "12", "m", "3"]],
      sources: [hash], ownHits: 1, ownMisses: 0, counts: [[12, 3]]),
    Arrangement(
      testDescription: "a hash with one field", commands: [["HSET", "stats", "m", "3"]], sources: [hash],
      ownHits: 1,
      ownMisses: 0, counts: [[0, 3]]),
    Arrangement(
      testDescription: "a hash without both fields", commands: [["HSET", "stats", "other", "3"]], sources: [hash],
      ownHits: 1, ownMisses: 0, counts: [[0, 0]]),
    Arrangement(
      testDescription: "no hash", sources: [hash], ownHits: 0, ownMisses: 1, counts: [[0, 0]]),
    Arrangement(
      testDescription: "a string where the hash should be", commands: [["SET", "stats", "1"]], sources: [hash],
      ownHits: 1, ownMisses: 0, counts: [nil]),
    Arrangement(
      testDescription: "a hash with text in a field", commands: [["HSET", "stats", "h", "many", "m", "3"]],
      sources: [hash], ownHits: 1, ownMisses: 0, counts: [nil]),
    Arrangement(
      testDescription: "a hash with a negative field", commands: [["HSET", "stats", "h", "-1", "m", "3"]],
      sources: [hash], ownHits: 1, ownMisses: 0, counts: [nil]),
    Arrangement(
      testDescription: "two sources in one hash",
      commands: [["HSET", "stats", "h", "1", "m", "2", "h2", "3", "m2", "4"]],
      sources: [hash, sibling], ownHits: 1, ownMisses: 0, counts: [[1, 2], [3, 4]]),
    Arrangement(
      testDescription: "two sources in one hash, one without a count",
      commands: [["HSET", "stats", "h", "1", "m", "2", "h2", "text"]],
      sources: [sibling, hash], ownHits: 1, ownMisses: 0, counts: [nil, [1, 2]]),
    Arrangement(
      testDescription: "the same hash and fields twice", commands: [["HSET", "stats", "h", "1", "m", "2"]],
      sources: [hash, hash], ownHits: 1, ownMisses: 0, counts: [[1, 2], [1, 2]]),
    Arrangement(
      testDescription: "two keys", commands: [["SET", "kh", "7"], ["SET", "km", "8"]], sources: [keys], ownHits: 2,
      ownMisses: 0, counts: [[7, 8]]),
    Arrangement(
      testDescription: "one key", commands: [["SET", "km", "8"]], sources: [keys], ownHits: 1, ownMisses: 1,
      counts: [[0, 8]]),
    Arrangement(testDescription: "no key", sources: [keys], ownHits: 0, ownMisses: 2, counts: [[0, 0]]),
    Arrangement(
      testDescription: "a list where a key should be", commands: [["RPUSH", "kh", "7"], ["SET", "km", "8"]],
      sources: [keys], ownHits: 2, ownMisses: 0, counts: [nil]),
    Arrangement(
      testDescription: "hash and keys together", commands: [["HSET", "stats", "h", "5"], ["SET", "kh", "6"]],
      sources: [keys, hash], ownHits: 2, ownMisses: 1, counts: [[6, 0], [5, 0]]),
  ]

  @Test(arguments: arrangements)
  func `the server's hits and misses less our own are the script's, poll after poll`(
    _ arrangement: Arrangement
  ) throws {
    let watch = try Watch(arrangement.sources)
    try watch.application.pipeline(arrangement.commands)
    for round in 0..<50 {
      try watch.lookUp(hits: round % 7, misses: round % 5)
      let (collected, hits, misses) = try watch.poll()
      #expect(hits == watch.hits)
      #expect(misses == watch.misses)
      #expect(collected.ownHits == arrangement.ownHits)
      #expect(collected.ownMisses == arrangement.ownMisses)
      #expect(collected.counters.map(\.source) == arrangement.sources)
      for (reading, counts) in zip(collected.counters, arrangement.counts) {
        #expect(reading.hits == counts?[0])
        #expect(reading.misses == counts?[1])
        #expect(reading.failure == (counts == nil ? .malformedReply : nil))
      }
    }
  }

  @Test func `what a script counts in the cache is what we read`() throws {
    let watch = try Watch([Self.hash, Self.keys])
    var hits: Int64 = 0
    var misses: Int64 = 0
    for round in 0..<50 {
      let (hit, miss) = (Int64(round % 4), Int64(round % 3))
      try watch.application.call("HINCRBY", "stats", "h", "\(hit)")
      try watch.application.call("HINCRBY", "stats", "m", "\(miss)")
      try watch.application.call("INCRBY", "kh", "\(miss)")
      try watch.application.call("INCRBY", "km", "\(hit)")
      (hits, misses) = (hits + hit, misses + miss)
      let counters = try watch.poll().collected.counters
      #expect(counters.map(\.hits) == [hits, misses])
      #expect(counters.map(\.misses) == [misses, hits])
    }
  }

  @Test func `state that comes and goes between polls keeps the correction exact`() throws {
    let watch = try Watch([Self.hash, Self.sibling, Self.keys])
    let steps: [[String]] = [
      ["HSET", "stats", "h", "1"], ["DEL", "stats"], ["SET", "stats", "text"], ["DEL", "stats"],
      ["HSET", "stats", "other", "1"], ["SET", "kh", "1"], ["DEL", "kh"], ["SADD", "km", "1"], ["DEL", "km"],
      ["PING"],
    ]
    for round in 0..<60 {
      try watch.application.pipeline([steps[round % steps.count]])
      try watch.lookUp(hits: 2, misses: 3)
      let (_, hits, misses) = try watch.poll()
      #expect(hits == watch.hits)
      #expect(misses == watch.misses)
    }
  }

  @Test func `CONFIG RESETSTAT is reported, and the own lookups begin again with it`() throws {
    let watch = try Watch([Self.hash, Self.keys])
    for round in 0..<50 {
      if round % 10 == 9 {
        try watch.application.call("CONFIG", "RESETSTAT")
        (watch.hits, watch.misses) = (0, 0)
      }
      try watch.lookUp(hits: 2, misses: 1)
      let (collected, hits, misses) = try watch.poll()
      #expect(collected.statsReset == (round % 10 == 9))
      #expect(!collected.serverChanged)
      #expect(hits == watch.hits)
      #expect(misses == watch.misses)
    }
  }

  @Test func `a reset is noticed although every other figure has risen past its old value`() throws {
    let watch = try Watch([])
    _ = try watch.poll()
    _ = try watch.poll()
    try watch.application.call("CONFIG", "RESETSTAT")
    try watch.lookUp(hits: 20_000, misses: 20_000)
    #expect(try watch.poll().collected.statsReset)
    #expect(try !watch.poll().collected.statsReset)
  }

  @Test func `another process has another epoch and is no reset`() throws {
    let server = try RedisServer()
    var collection = RedisCollection()
    let start = Int64(time(nil))
    let first = try collection.poll(try server.connect(), at: start)
    let second = try collection.poll(try server.connect(), at: start + 1)
    #expect(first.sample.epoch == second.sample.epoch)
    #expect(!first.serverChanged && !second.serverChanged)
    server.kill()
    try server.restart()
    let third = try collection.poll(try server.connect(), at: start + 2)
    #expect(third.sample.epoch != second.sample.epoch)
    #expect(third.serverChanged && !third.statsReset)
    let fourth = try collection.poll(try server.connect(), at: start + 3)
    #expect(fourth.sample.epoch == third.sample.epoch)
    #expect(!fourth.serverChanged && !fourth.statsReset)
  }

  @Test func `lookups under way are in doubt until their replies are in`() throws {
    var options = RedisCollectionOptions()
    options.counterSources = [Self.hash, Self.sibling, Self.keys]
    var collection = RedisCollection(options: options)
    #expect(collection.lookupsUnderWay == 0)
    _ = collection.begin(at: UnixTime(seconds: 1))
    #expect(collection.lookupsUnderWay == 3)
    collection.abandon()
    #expect(collection.lookupsUnderWay == 0)
  }
}
