import CacheModel
import Glibc
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

extension CollectedPoll {
  /// The series that come and go, by key.
  fileprivate var passingSeries: [String: FixedPoint] {
    var all: [String: FixedPoint] = [:]
    passing?.forEachPresent { index, value in
      if let key = passing?.catalog[index].key { all[key] = value }
    }
    return all
  }
}

/// Families that are served where they are chosen, from a real server.
@Suite(.enabled(if: isInstalled("redis-server"))) struct OptionalLiveTests {
  private static func poll(
    _ server: RedisServer, _ choices: Set<RedisFamilyChoice>, legacyNames: Bool = false
  ) throws -> CollectedPoll {
    var options = RedisCollectionOptions()
    options.legacyNames = legacyNames
    options.choices = choices
    options.sizeOfFile = { path in
      var status = stat()
      return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }
    var collection = RedisCollection(options: options)
    return try collection.poll(try server.connect(), at: Int64(time(nil)))
  }

  @Test func `each client is told of, its port only where that is chosen`() throws {
    let server = try RedisServer()
    let worker = try server.connect()
    try worker.call("CLIENT", "SETNAME", "worker")
    try worker.call("SUBSCRIBE", "news")
    let plain = try Self.poll(server, [.clients]).passingSeries
    let info = plain.keys.filter { $0.hasPrefix("redis_connected_client_info{") && $0.contains("name=\"worker\"") }
    #expect(info.count == 1)
    #expect(info.first?.contains("host=\"127.0.0.1\",user=\"default\",resp=\"2\"}") == true)
    let subscriptions = plain.first { entry in
      entry.key.hasPrefix("redis_connected_client_channel_subscriptions{") && entry.key.contains("worker")
    }
    #expect(subscriptions?.value == FixedPoint(1))
    let legacy = try Self.poll(server, [.clients], legacyNames: true).passingSeries.keys
    #expect(legacy.contains { $0.hasPrefix("redis_connected_client_channel_subscriptions_count{") })
    #expect(!legacy.contains { $0.hasPrefix("redis_connected_client_channel_subscriptions{") })
    let ported = try Self.poll(server, [.clients, .clientPorts]).passingSeries
    #expect(ported.keys.contains { $0.hasPrefix("redis_connected_client_info{") && $0.contains(",port=\"") })
    #expect(try Self.poll(server, []).passing == nil)
  }

  @Test func `the configuration is told of without what is secret`() throws {
    let server = try RedisServer(
      "--masterauth", "hunter2", "--maxmemory", "100mb", "--tls-key-file-pass", "hunter3")
    let collected = try Self.poll(server, [.config])
    let all = collected.passingSeries
    #expect(all["redis_config_key_value{key=\"maxmemory-policy\",value=\"noeviction\"}"] == FixedPoint(1))
    #expect(collected["redis_config_value{key=\"hz\"}"] == FixedPoint(10))
    #expect(all.count > 100)
    #expect(!all.keys.contains { $0.contains("hunter") || $0.contains("masterauth") || $0.contains("requirepass") })
  }

  @Test func `the size of the RDB file is what the file has`() throws {
    let server = try RedisServer()
    #expect(try Self.poll(server, [.rdbFileSize])["redis_rdb_current_size_bytes"] == FixedPoint(0))
    try server.connect().call("SAVE")
    #expect(try Self.poll(server, [.rdbFileSize])["redis_rdb_current_size_bytes"]?.mantissa ?? 0 > 80)
  }
}

/// Families of servers that are not at hand, from replies as their documentation shows them.
@Suite struct OptionalTests {
  @Test func `COMMANDLOG is asked for on Valkey from 8.1 on, and nowhere else`() {
    var collector = CommandLogCollector()
    let valkey = CollectorContext(version: [7, 2, 4], software: "valkey", ownVersion: [8, 1, 0])
    #expect(!collector.commands(valkey).isEmpty)
    for context in [
      CollectorContext(version: [7, 2, 4], software: "valkey", ownVersion: [8, 0, 1]),
      CollectorContext(version: [8, 4], software: "redis", ownVersion: [8, 4]), CollectorContext(),
    ] {
      let commands = collector.commands(context)
      #expect(commands.isEmpty)
    }
  }

  @Test func `COMMANDLOG gives lengths and thresholds`() throws {
    var collector = CommandLogCollector()
    var poll = RedisPoll(time: UnixTime(seconds: 1), catalog: SeriesCatalog())
    let lengths: [RESPValue] = [.integer(3), .integer(2), .integer(1)]
    let settings = ["10000", "128", "1048576", "128", "1048576", "128"].map { value in
      RESPValue.array([.text("commandlog-x"), .text(value)])
    }
    try collector.receive(lengths + settings, into: &poll)
    let sample = poll.sample(epoch: 0)
    #expect(sample.value(SeriesDefinition(CommandLogFamilies.lengths[0].1)) == FixedPoint(3))
    #expect(sample.value(SeriesDefinition(CommandLogFamilies.settings[2].1)) == FixedPoint(1_048_576))
  }

  private static let slots = SlotStatsCollector()

  @Test func `slots are asked for in a cluster of servers that count them, and nowhere else`() {
    var collector = Self.slots
    func asked(_ software: String, _ version: [Int], isCluster: Bool = true) -> [String] {
      collector.commands(
        CollectorContext(version: [7, 2, 4], isCluster: isCluster, software: software, ownVersion: version)
      ).map(\.text)
    }
    let expected = [
      "CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 10 DESC", "CLUSTER SLOT-STATS ORDERBY CPU-USEC LIMIT 10 DESC",
    ]
    let offered = [asked("valkey", [8, 0, 0]), asked("valkey", [9, 1]), asked("redis", [8, 2])]
    #expect(offered.allSatisfy { $0 == expected })
    let others = [
      asked("valkey", [7, 2, 5]), asked("redis", [8, 0]), asked("keydb", [9, 0]),
      asked("valkey", [8, 0], isCluster: false),
    ]
    #expect(others == [[], [], [], []])
  }

  /// The reply of Valkey's documentation for `CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 2 DESC`, with figures.
  private static func slot(_ number: Int64, _ figures: (String, Int64)...) -> RESPValue {
    .array([.integer(number), .array(figures.flatMap { [.text($0.0), .integer($0.1)] })])
  }

  @Test func `the largest slots by keys and by time are told once each`() throws {
    var collector = Self.slots
    var poll = RedisPoll(time: UnixTime(seconds: 1), catalog: SeriesCatalog())
    let first = Self.slot(
      12_426, ("key-count", 45), ("cpu-usec", 1_500_000), ("network-bytes-in", 300), ("network-bytes-out", 70))
    let second = Self.slot(13_902, ("key-count", 20), ("cpu-usec", 7), ("memory-bytes", 4096))
    try collector.receive([.array([first, second]), .array([second])], into: &poll)
    let values = Dictionary(poll.takePassing().map { ($0.0.key, $0.1) }, uniquingKeysWith: { $1 })
    #expect(values["redis_cluster_slot_keys{slot=\"12426\"}"] == FixedPoint(45))
    #expect(values["redis_cluster_slot_cpu_seconds_total{slot=\"12426\"}"] == FixedPoint(1_500_000, digits: 6))
    #expect(values["redis_cluster_slot_network_input_bytes_total{slot=\"12426\"}"] == FixedPoint(300))
    #expect(values["redis_cluster_slot_memory_bytes{slot=\"13902\"}"] == FixedPoint(4096))
    #expect(values.count == 7)
  }

  @Test func `where time is not counted by slot, keys are told all the same`() throws {
    var collector = Self.slots
    var poll = RedisPoll(time: UnixTime(seconds: 1), catalog: SeriesCatalog())
    let refusal = RESPValue.failure("ERR Unrecognized sort metric for ORDERBY.")
    try collector.receive([.array([Self.slot(7, ("key-count", 3))]), refusal], into: &poll)
    #expect(poll.takePassing().count == 1)
    #expect(throws: CollectorFailure.self) {
      try collector.receive([refusal, refusal], into: &poll)
    }
    #expect(throws: CollectorFailure.self) {
      try collector.receive([.array([Self.slot(16_384, ("key-count", 3))]), refusal], into: &poll)
    }
  }

  @Test func `each search index is asked for, and megabytes become bytes`() throws {
    var collector = SearchIndexCollector()
    var poll = RedisPoll(time: UnixTime(seconds: 1), catalog: SeriesCatalog())
    _ = collector.commands(CollectorContext())
    try collector.receive([.array([.text("idx:a"), .text("idx:b")])], into: &poll)
    let further = collector.followUp().map(\.text)
    #expect(further == ["FT.INFO idx:a", "FT.INFO idx:b"])
    let info: RESPValue = .array([
      .text("index_name"), .text("idx:a"), .text("num_docs"), .text("50"), .text("doc_table_size_mb"), .text("0.5"),
      .text("bytes_per_record_avg"), .text("nan"), .text("number_of_uses"), .integer(7),
    ])
    try collector.receive([info, .failure("ERR no such index")], into: &poll)
    let values = Dictionary(poll.takePassing().map { ($0.0.key, $0.1) }, uniquingKeysWith: { $1 })
    #expect(values["redis_search_index_num_docs{index_name=\"idx:a\"}"] == FixedPoint(50))
    #expect(values["redis_search_index_doc_table_size_bytes{index_name=\"idx:a\"}"] == FixedPoint(524_288))
    #expect(values["redis_search_index_number_of_uses_total{index_name=\"idx:a\"}"] == FixedPoint(7))
    #expect(values.count == 3)
  }
}
