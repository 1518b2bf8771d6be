import CacheModel
import RESP
import Testing
import TimeSeries

@testable import Collectors

/// INFO as other servers, other versions and broken ones print it.
@Suite struct OddInfoTests {
  private static let core = """
    # Server\r
    redis_version:6.2.14\r
    run_id:0123456789abcdef\r
    uptime_in_seconds:100\r
    # Memory\r
    used_memory:1000\r
    # Stats\r
    keyspace_hits:7\r
    keyspace_misses:3\r
    # Replication\r
    role:master\r\n
    """

  /// A poll in which INFO has these lines behind the usual ones, and nothing else answers anything.
  private static func poll(
    _ collection: inout RedisCollection, _ lines: String, at second: Int64 = 1_000_000
  ) -> CollectedPoll {
    collection.poll(at: second) { commands in
      commands.map { $0.text == "INFO" ? .text(core + lines) : .array([]) }
    }
  }

  private static func poll(_ lines: String) -> CollectedPoll {
    var collection = RedisCollection()
    return poll(&collection, lines)
  }

  @Test(arguments: [
    ("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0,subexpiry=3\r\n", "subexpiry"),
    ("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0,keys_with_volatile_items=3\r\n", "keys_with_volatile_items"),
  ])
  func `the fourth number of a database is what its name says`(line: String, field: String) {
    let collected = Self.poll(line)
    #expect(collected["redis_db_keys_cached{db=\"db0\"}"] == nil)
    #expect(collected["redis_info_field{section=\"keyspace\",field=\"db0.\(field)\"}"] == FixedPoint(3))
    #expect(collected["redis_db_keys{db=\"db0\"}"] == FixedPoint(1))
    let keyDB = Self.poll("# Keyspace\r\ndb0:cached_keys=5,avg_ttl=1500,expires=2,keys=7\r\n")
    #expect(keyDB["redis_db_keys_cached{db=\"db0\"}"] == FixedPoint(5))
    #expect(keyDB["redis_db_keys{db=\"db0\"}"] == FixedPoint(7))
    #expect(keyDB["redis_db_keys_expiring{db=\"db0\"}"] == FixedPoint(2))
    #expect(keyDB["redis_db_avg_ttl_seconds{db=\"db0\"}"] == FixedPoint(15, digits: 1))
  }

  @Test func `a count below 0 is served as it is and believed by nobody`() {
    let collected = Self.poll(
      "# Stats\r\nevicted_keys:-5\r\nexpired_keys:7\r\n# Memory\r\nmem_fragmentation_bytes:-9\r\n")
    #expect(collected["redis_evicted_keys_total"] == FixedPoint(-5))
    #expect(collected.facts.evictedKeys == nil)
    #expect(collected.facts.expiredKeys == 7)
    #expect(collected.facts.fragmentationBytes == -9)
  }

  @Test func `the largest counts are read as they are, and counts below 0 are none`() throws {
    func figures(_ number: String) throws -> (KeyspaceFigures, input: Int64?) {
      let collected = Self.poll(
        """
        # Keyspace\r
        db0:keys=\(number),expires=\(number),avg_ttl=\(number)\r
        db1:keys=\(number),expires=\(number),avg_ttl=\(number)\r
        # Stats\r
        total_net_input_bytes:\(number)\r
        total_commands_processed:\(number)\r
        cmdstat_flushall:calls=\(number),usec=\(number),usec_per_call=1.00\r
        cmdstat_flushdb:calls=\(number),usec=\(number),usec_per_call=1.00\r\n
        """)
      var reading = KeyspaceReading()
      let figures = reading.read(collected.sample, commands: collected.facts.commandsProcessed)
      #expect(try #require(collected.facts.keys) == figures.keys.saturatingSum)
      return (figures, collected.sample.inputBytes)
    }
    let most = try figures("9223372036854775807")
    #expect(most.0.keys.prefix(2) == [.max, .max] && most.0.expiring.prefix(2) == [.max, .max])
    #expect(most.0.flushAlls == .max && most.0.flushes == .max && most.0.commands == .max)
    #expect(most.input == .max)
    let least = try figures("-9223372036854775808")
    #expect(least.0.keys.prefix(2) == [0, 0] && least.0.flushAlls == 0 && least.0.commands == nil)
    #expect(least.input == nil)
    #expect(try figures("7.9").0.keys.prefix(2) == [7, 7])
  }

  @Test(arguments: ["-1", "-9223372036854775808", "1024", "9223372036854775807", "99999999999999999999"])
  func `a database that there can't be is passed over`(number: String) {
    let collected = Self.poll("# Keyspace\r\ndb0:keys=5,expires=0,avg_ttl=0\r\ndb\(number):keys=7,expires=0\r\n")
    var reading = KeyspaceReading()
    #expect(reading.read(collected.sample, commands: nil).keys.filter { $0 > 0 } == [5])
  }

  @Test(arguments: [19, 255, 256, 300, 70_000]) func `zeros behind a point make no number, however many`(zeros: Int)
  {
    let text = "0." + String(repeating: "0", count: zeros)
    let collected = Self.poll("# Memory\r\nused_memory_peak:\(text)\r\nnovel:\(text)\r\n")
    #expect(collected["redis_memory_used_peak_bytes"] == nil)
    #expect(collected["redis_info_field{section=\"memory\",field=\"novel\"}"] == nil)
    #expect(collected.facts.usedMemory == 1000)
  }

  @Test(arguments: [
    ("5", "5"), ("-5", "-5"), ("0.50", "0.5"), ("12.34%", "12.34"), ("007", "7"),
    ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
    ("1.000000000000000001", "1.000000000000000001"),
  ])
  func `a number that nobody knows appears with exactly its digits`(text: String, number: String) {
    let collected = Self.poll("# Novelty Section\r\nnovel_field:\(text)\r\n")
    #expect(collected["redis_info_field{section=\"novelty section\",field=\"novel_field\"}"]?.description == number)
  }

  @Test(arguments: [
    "-nan", "nan", "inf", "-inf", "", "%", "-", ".", "-.", "1e5", "0x10", "1,2", "1 ", " 1", "--1", "1.2.3", "ok",
    "18446744073709551615", "99999999999999999999999999", "1.0000000000000000000000001", "\u{661}",
  ])
  func `what is no number leaves no series and harms no other, until it is one`(text: String) {
    var collection = RedisCollection()
    let lines = "# Memory\r\nmem_fragmentation_ratio:\(text)\r\nnovel:\(text)\r\nallocator_frag_bytes:12\r\n"
    let collected = Self.poll(&collection, lines)
    let novel = "redis_info_field{section=\"memory\",field=\"novel\"}"
    #expect(collected["redis_mem_fragmentation_ratio"] == nil)
    #expect(collected.facts.fragmentationRatio == nil)
    #expect(collected[novel] == nil)
    #expect(collected["redis_allocator_frag_bytes"] == FixedPoint(12))
    #expect(collected["redis_keyspace_hits_total"] == FixedPoint(7))
    let next = Self.poll(
      &collection, "# Memory\r\nmem_fragmentation_ratio:1.5\r\nnovel:2\r\nallocator_frag_bytes:12\r\n",
      at: 1_000_001)
    #expect(next["redis_mem_fragmentation_ratio"] == FixedPoint(15, digits: 1))
    #expect(next.facts.fragmentationRatio == 1.5)
    #expect(next[novel] == FixedPoint(2))
    let last = Self.poll(&collection, lines, at: 1_000_002)
    #expect(last[novel] == nil && last["redis_mem_fragmentation_ratio"] == nil)
  }

  @Test(arguments: ["\n", "\r\n"]) func `lines of no shape are passed over`(end: String) {
    let odd = [
      "", "no colon", ":5", ":", "#", "# ", "#Odd", "novel:6", "=", "a=b", "cmdstat_:calls=1", "db:keys=1",
    ]
    let collected = Self.poll(odd.joined(separator: end))
    #expect(collected["redis_info_field{section=\"odd\",field=\"novel\"}"] == FixedPoint(6))
    #expect(collected["redis_keyspace_hits_total"] == FixedPoint(7))
    #expect(collected.status("info")?.succeeded == true)
  }

  @Test func `fields that come, go and change their places keep their series`() {
    var collection = RedisCollection()
    let orders = [["a", "b", "c"], ["c", "b", "a"], ["b"], ["x", "a", "b", "c", "y"], ["a", "b", "c"]]
    for (second, order) in orders.enumerated() {
      let lines = order.map { "\($0):\($0.utf8.first ?? 0)\r\n" }.joined()
      let collected = Self.poll(&collection, "# Stats\r\n" + lines, at: Int64(second))
      let fields = collected.series.filter { $0.key.hasPrefix("redis_info_field{") }
      #expect(fields.count == order.count)
      for name in order {
        let key = "redis_info_field{section=\"stats\",field=\"\(name)\"}"
        #expect(fields[key] == FixedPoint(Int64(name.utf8.first ?? 0)))
      }
    }
  }

  @Test func `each truncation is an error or the numbers up to there`() {
    let text = Array((Self.core + "# Keyspace\r\ndb0:keys=12,expires=3,avg_ttl=45\r\n").utf8)
    var collection = RedisCollection()
    let whole = collection.poll(at: 0) { $0.map { $0.text == "INFO" ? .bulk(text) : .array([]) } }.series
    for length in text.indices {
      var collection = RedisCollection()
      let collected = collection.poll(at: 0) { commands in
        commands.map { $0.text == "INFO" ? .bulk(Array(text[..<length])) : .array([]) }
      }
      let complete = text[..<length].lastIndex(of: 10).map { String(decoding: text[...$0], as: UTF8.self) } ?? ""
      let isRead = collected.status("info")?.succeeded == true
      #expect(isRead || collected.status("info")?.failure == .malformedReply)
      guard isRead else { continue }
      for (field, key) in [
        ("keyspace_hits", "redis_keyspace_hits_total"), ("used_memory", "redis_memory_used_bytes"),
      ]
      where complete.contains("\(field):") {
        #expect(collected[key] == whole[key])
      }
    }
    #expect(whole["redis_db_keys{db=\"db0\"}"] == FixedPoint(12))
  }

  @Test(arguments: [
    RESPValue.text(""), .text("hello"), .text("\r\n\r\n"), .null, .integer(5), .array([]), .simpleString("OK"),
    .bulk([0xFF, 0xFE, 0x3A, 0x00]),
  ])
  func `an INFO without fields is malformed, and every other collector goes on`(reply: RESPValue) {
    var collection = RedisCollection()
    let collected = collection.poll(at: 0) { commands in
      commands.map { command in
        switch command.text {
        case "INFO": reply
        case "SLOWLOG LEN": .integer(0)
        default: .array([])
        }
      }
    }
    #expect(collected.status("info")?.failure == .malformedReply)
    #expect(collected.status("info")?.isDisabled == false)
    #expect(collected.status("slowlog")?.succeeded == true)
    #expect(collected.serverFailure == nil)
  }

  @Test func `names that need escaping or are no text stay one series each`() {
    let collected = Self.poll(
      "# Errorstats\r\nerrorstat_A\"B:count=1\r\nerrorstat_A\\B:count=2\r\nerrorstat_\u{e9}:count=3\r\n")
    #expect(collected["redis_errors_total{err=\"A\\\"B\"}"] == FixedPoint(1))
    #expect(collected["redis_errors_total{err=\"A\\\\B\"}"] == FixedPoint(2))
    #expect(collected["redis_errors_total{err=\"\u{e9}\"}"] == FixedPoint(3))
  }

  @Test(arguments: [false, true]) func `no two series share a name and labels, no two families a name`(legacy: Bool)
  {
    var options = RedisCollectionOptions()
    options.legacyNames = legacy
    var collection = RedisCollection(options: options)
    let lines = """
      # Cluster\r
      cluster_enabled:1\r
      cluster_a-b:1\r
      cluster_a.b:2\r
      cluster_state:3\r
      cluster_connections:4\r
      cluster_\u{e9}:5\r
      # Keyspace\r
      db0:keys=1\r
      db00:keys=2\r\n
      """
    let clusterInfo = "cluster_state:ok\r\ncluster_connections:6\r\ncluster_a-b:7\r\ncluster_enabled:1\r\n"
    let collected = collection.poll(at: 0) { commands in
      commands.map { command in
        switch command.text {
        case "INFO": .text(Self.core + lines)
        case "CLUSTER INFO": .text(clusterInfo)
        default: .array([])
        }
      }
    }
    #expect(collected.status("cluster")?.succeeded == true)
    var keys: [String] = []
    var families: [String: Set<MetricFamily>] = [:]
    collected.sample.forEachPresent { index, _ in
      let definition = collected.sample.catalog[index]
      keys.append(definition.key)
      families[definition.family.name, default: []].insert(definition.family)
    }
    #expect(keys.count == Set(keys).count)
    for (name, family) in families {
      #expect(family.count == 1, "\(name)")
      #expect(name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }, "\(name)")
    }
    #expect(collected["redis_cluster_state"] == FixedPoint(1))
    #expect(collected["redis_cluster_enabled"] == FixedPoint(1))
  }

  @Test func `a server with endless commands fills no more than the series that are allowed`() {
    var options = RedisCollectionOptions()
    options.seriesCapacity = 200
    var collection = RedisCollection(options: options)
    for second in 0..<3 {
      let stats = (0..<1000).map { "cmdstat_c\($0 + second * 1000):calls=1,usec=2\r\n" }.joined()
      let collected = collection.poll(at: Int64(second)) { commands in
        commands.map { command in
          switch command.text {
          case "INFO": .text(Self.core)
          case "INFO commandstats": .text("# Commandstats\r\n" + stats)
          default: .array([])
          }
        }
      }
      #expect(collected.sample.catalog.count == 200)
      #expect(collected["redis_keyspace_hits_total"] == FixedPoint(7))
      #expect(collected.facts.hits == 7)
    }
  }

  @Test func `names that differ only in bytes that are no text are series of their own`() {
    var collection = RedisCollection()
    var bytes = Array((Self.core + "# Errorstats\r\n").utf8)
    for (count, byte) in ([0x01, 0x02, 0xFE, 0xFF] as [UInt8]).enumerated() {
      bytes += Array("errorstat_A".utf8) + [byte] + Array(":count=\(count + 1)\r\n".utf8)
    }
    let collected = collection.poll(at: 1_000_000) { commands in
      commands.map { $0.text == "INFO" ? .bulk(bytes) : .array([]) }
    }
    for (count, name) in ["x01", "x02", "xfe", "xff"].enumerated() {
      #expect(collected["redis_errors_total{err=\"A\\\\\(name)\"}"] == FixedPoint(Int64(count + 1)))
    }
  }
}
