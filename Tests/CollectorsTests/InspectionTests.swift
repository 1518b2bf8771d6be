import CacheModel
import Glibc
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// Questions that the server counts as lookups: they are few, and are subtracted exactly.
@Suite(.enabled(if: isInstalled("redis-server"))) struct InspectionTests {
  private static func place(_ key: String, _ database: Int = 0) -> KeyPlace {
    KeyPlace(database: database, key: Array(key.utf8))
  }

  private static func fill(_ redis: RawRedis) throws {
    for words in [
      "SET text hello", "SET number 12.5", "SET empty", "RPUSH list 1 2 3", "SADD set a b", "ZADD zset 1 a",
      "HSET hash f v",
      "XADD stream 5-1 a 1", "XADD stream 7-1 a 1", "XGROUP CREATE stream readers 0",
      "XREADGROUP GROUP readers bob COUNT 1 STREAMS stream >",
    ] {
      var command = words.split(separator: " ").map(String.init)
      if command.count == 2, command[0] == "SET" { command.append("") }
      try redis.pipeline([command])
    }
    try redis.call("SELECT", "3")
    try redis.call("RPUSH", "far", "1")
    try redis.call("SELECT", "0")
  }

  /// Polls until the round is done; own lookups of all polls.
  private static func inspect(
    _ server: RedisServer, keys: [KeyPlace], streams: [KeyPlace]
  ) throws -> (series: [String: FixedPoint], hits: Int64, misses: Int64) {
    let connection = try server.connect()
    var collection = RedisCollection()
    var inspector = KeyInspector()
    inspector.begin(keys: keys, streams: streams)
    var (hits, misses) = (Int64(0), Int64(0))
    for second in 0..<50 {
      collection.offer(inspector.lookups(atMost: 4, ttls: 0))
      let collected = try collection.poll(connection, at: Int64(time(nil)) + Int64(second))
      hits += collected.ownHits
      misses += collected.ownMisses
      if inspector.answered(collected.answers) {
        return (Dictionary(inspector.series.map { ($0.0.key, $0.1) }, uniquingKeysWith: { $1 }), hits, misses)
      }
    }
    throw ServerError("the round does not end")
  }

  @Test func `names that are no UTF-8 are asked for as they are, and shown as numbers`() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    let script = """
      for _, name in ipairs({'\\255', '\\254'}) do
        redis.call('SET', 'key' .. name, 'abc')
        redis.call('XGROUP', 'CREATE', 'stream\\255', name, '0', 'MKSTREAM')
        redis.call('XGROUP', 'CREATECONSUMER', 'stream\\255', name, 'bob\\253')
      end
      """
    #expect(try redis.call("EVAL", script, "0").error == nil)
    func place(_ name: String, _ byte: UInt8) -> KeyPlace { KeyPlace(database: 0, key: Array(name.utf8) + [byte]) }
    let found = try Self.inspect(
      server, keys: [place("key", 0xFF), place("key", 0xFE)], streams: [place("stream", 0xFF)]
    ).series
    for name in [#"\\xff"#, #"\\xfe"#] {
      #expect(found["redis_key_size{db=\"db0\",key=\"key\(name)\"}"] == FixedPoint(3))
      let group = #"db="db0",stream="stream\\xff",group="\#(name)""#
      #expect(found["redis_stream_group_consumers{\(group)}"] == FixedPoint(1))
      #expect(
        found["redis_stream_group_consumer_messages_pending{\(group),consumer=\"bob\\\\xfd\"}"] == FixedPoint(0))
    }
  }

  @Test func `sizes and streams are told, and every lookup is accounted for`() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try Self.fill(redis)
    let before = (try redis.info("keyspace_hits"), try redis.info("keyspace_misses"))
    let names = ["text", "number", "empty", "list", "set", "zset", "hash", "stream", "missing"]
    let found = try Self.inspect(
      server, keys: names.map { Self.place($0) } + [Self.place("far", 3)],
      streams: [Self.place("stream"), Self.place("nostream"), Self.place("list")])
    let after = (try redis.info("keyspace_hits"), try redis.info("keyspace_misses"))
    #expect(Int64(after.0 ?? "") == Int64(before.0 ?? "").map { $0 + found.hits })
    #expect(Int64(after.1 ?? "") == Int64(before.1 ?? "").map { $0 + found.misses })
    #expect(found.misses == 3, "one key by TYPE, one stream by XINFO STREAM and GROUPS")
    let sizes = ["text": 5, "number": 4, "empty": 0, "list": 3, "set": 2, "zset": 1, "hash": 1, "stream": 2]
    for (name, size) in sizes {
      #expect(found.series["redis_key_size{db=\"db0\",key=\"\(name)\"}"] == FixedPoint(Int64(size)), "\(name)")
    }
    #expect(found.series["redis_key_size{db=\"db3\",key=\"far\"}"] == FixedPoint(1))
    #expect(found.series["redis_key_value{db=\"db0\",key=\"number\"}"] == FixedPoint(125, digits: 1))
    #expect(found.series["redis_key_value{db=\"db0\",key=\"text\"}"] == nil)
    let stream = "db=\"db0\",stream=\"stream\""
    #expect(found.series["redis_stream_length{\(stream)}"] == FixedPoint(2))
    #expect(found.series["redis_stream_first_entry_id{\(stream)}"] == FixedPoint(5))
    #expect(found.series["redis_stream_last_generated_id{\(stream)}"] == FixedPoint(7))
    #expect(found.series["redis_stream_entries_added_total{\(stream)}"] == FixedPoint(2))
    #expect(found.series["redis_stream_group_lag{\(stream),group=\"readers\"}"] == FixedPoint(1))
    #expect(
      found.series["redis_stream_group_consumer_messages_pending{\(stream),group=\"readers\",consumer=\"bob\"}"]
        == FixedPoint(1))
  }

  @Test func `of the keys that a pattern of streams matches, each is asked once what it is`() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try Self.fill(redis)
    var collection = RedisCollection()
    var inspector = KeyInspector()
    let names = ["text", "list", "stream", "missing", "hash"]
    inspector.ask(whetherStreams: names.map { Self.place($0) })
    var asked: [String] = []
    for second in 0..<5 {
      let lookups = inspector.lookups(atMost: 2, ttls: 0)
      asked += lookups.map(\.command.text)
      collection.offer(lookups)
      let collected = try collection.poll(redis, at: Int64(time(nil)) + Int64(second))
      let isDone = inspector.answered(collected.answers)
      #expect(!isDone)
    }
    #expect(asked == names.map { "TYPE \($0)" })
    let found = inspector.takeStreams()
    #expect(found == [Self.place("stream")])
    let again = inspector.takeStreams()
    #expect(again.isEmpty)
  }

  @Test func `times to live are learned without a touch`() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("SET", "short", "v", "EX", "100")
    try redis.call("SET", "ever", "v")
    var collection = RedisCollection()
    var inspector = KeyInspector()
    for (namespace, key) in ["short", "ever", "gone"].enumerated() {
      inspector.offer(Self.place(key), namespace: namespace)
    }
    collection.offer(inspector.lookups(atMost: 0, ttls: 10))
    let collected = try collection.poll(redis, at: Int64(time(nil)))
    #expect(collected.ownHits == 2 && collected.ownMisses == 1)
    let isDone = inspector.answered(collected.answers)
    let ttls = inspector.takeTTLs()
    #expect(!isDone && ttls.map(\.namespace) == [0, 1])
    #expect((90...100).contains(ttls.first?.seconds ?? 0) && ttls.last?.seconds == nil)
  }

  @Test func `what a failed poll did not answer is asked again`() {
    var inspector = KeyInspector()
    inspector.begin(keys: [Self.place("a")], streams: [])
    let (first, again) = (inspector.lookups(atMost: 5, ttls: 5), inspector.lookups(atMost: 5, ttls: 5))
    #expect(first == again && first.count == 1)
    var collection = RedisCollection()
    collection.offer(first)
    _ = collection.begin(at: UnixTime(seconds: 1))
    #expect(collection.lookupsUnderWay == 1)
  }
}
