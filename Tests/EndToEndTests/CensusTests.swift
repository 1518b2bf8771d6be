import Foundation
import RESP
import TestSupport
import Testing

/// Keys counted by walking over all of them, against a server that is then asked itself.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `A census of keys` {
  private static let kinds = [("menu", 6000), ("user", 3000), ("cart", 1500), ("else", 500)]

  /// Keys of several kinds, sizes and types in two databases.
  private static func fill(_ redis: RawRedis) throws {
    for (kind, count) in kinds {
      try redis.pipeline(
        (0..<count).map { number in
          let value = String(repeating: "x", count: number % 7 * 100)
          return number % 50 == 0
            ? ["RPUSH", "\(kind):\(number)"] + (0...number % 40).map { "\($0)" }
            : ["SET", "\(kind):\(number)", value]
        })
    }
    try redis.call("SELECT", "3")
    try redis.pipeline((0..<700).map { ["SET", "menu:other:\($0)", "v"] })
    try redis.call("SELECT", "0")
  }

  private static func configuration(_ server: RedisServer, _ census: String) -> String {
    """
    targets:
      - url: \(server.url)
        census: \(census)
        namespaces:
          - { name: menu, keys: ["menu:*"] }
          - { name: user, keys: ["user:*"] }
          - { name: cart, keys: ["cart:*"] }
    """
  }

  /// The truth: every key measured by the server with all its elements.
  private static func truth(_ redis: RawRedis) throws -> [String: (keys: Double, bytes: Double)] {
    var all: [String: (keys: Double, bytes: Double)] = [:]
    for database in ["0", "3"] {
      try redis.call("SELECT", database)
      let keys = try redis.call("KEYS", "*").array?.compactMap(\.string) ?? []
      let sizes = try redis.pipeline(keys.map { ["MEMORY", "USAGE", $0, "SAMPLES", "0"] })
      for (key, size) in zip(keys, sizes) {
        let kind = String(key.prefix { $0 != ":" })
        let name = kind == "else" ? "other" : kind
        all[name, default: (0, 0)].keys += 1
        all[name, default: (0, 0)].bytes += Double(size.integer ?? 0)
      }
    }
    try redis.call("SELECT", "0")
    return all
  }

  @Test func `finds every key and its bytes, and leaves no trace`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try Self.fill(redis)
    // Idle for some seconds, so that a touch would show.
    let watched = ["user:1", "menu:0", "cart:50", "else:3"]
    for key in watched {
      #expect(await eventually(within: 30) { (try? redis.call("OBJECT", "IDLETIME", key).integer) ?? 0 >= 3 })
    }
    let hits = try redis.info("keyspace_hits")
    let gauge = try await Cachegauge([], configuration: Self.configuration(server, "{ share: 20%, interval: 1h }"))
    #expect(await eventually(within: 60) { gauge.metric("cache_census_walks_total") == 1 })
    #expect(try redis.info("keyspace_hits") == hits)
    #expect(try redis.info("keyspace_misses") == "0")
    for key in watched {
      #expect(try redis.call("OBJECT", "IDLETIME", key).integer ?? 0 >= 3, "\(key) was touched")
    }
    let metrics = try gauge.metrics()
    for (name, truth) in try Self.truth(redis) {
      #expect(metrics["cache_namespace_keys{namespace=\"\(name)\"}"] == truth.keys)
      let bytes = metrics["cache_namespace_memory_bytes{namespace=\"\(name)\"}"] ?? 0
      #expect(abs(bytes / truth.bytes - 1) < 0.02, "\(name): \(bytes) for \(truth.bytes)")
    }
    #expect(metrics["cache_census_whole"] == 1 && metrics["cache_census_progress_ratio"] == 1)
    #expect(metrics["cache_census_keys_visited_total"] == 11_700)
    let report = try gauge.json("/api/cache/report")
    #expect(report["targets"][0]["namespaces"]["menu"]["keys"].number == 6700)
    #expect(report["targets"][0]["census"]["other"]["keys"].number == 500)
  }

  @Test func `of a server that was empty is taken anew once it has keys, and once they are gone`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    let gauge = try await Cachegauge([], configuration: Self.configuration(server, "{ share: 20%, interval: 1h }"))
    let menu = "cache_namespace_keys{namespace=\"menu\"}"
    #expect(await eventually(within: 60) { gauge.metric("cache_census_walks_total") == 1 })
    #expect(gauge.metric(menu) == 0 && gauge.metric("cache_census_whole") == 1)
    try Self.fill(redis)
    #expect(await eventually(within: 90) { gauge.metric(menu) == 6700 && gauge.metric("cache_census_whole") == 1 })
    try redis.call("FLUSHALL")
    #expect(await eventually(within: 90) { gauge.metric(menu) == 0 && gauge.metric("cache_census_whole") == 1 })
  }

  @Test func `goes on after its connection was cut, and tells what is refused`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try Self.fill(redis)
    try redis.call("ACL", "SETUSER", "small", "on", ">secret", "~*", "+@all", "-memory|usage")
    let configuration = Self.configuration(server, "{ share: 5%, interval: 1h }")
      .replacingOccurrences(of: "redis://", with: "redis://small:secret@")
    let gauge = try await Cachegauge([], configuration: configuration)
    #expect(await eventually(within: 30) { gauge.metric("cache_census_keys_visited_total") ?? 0 > 0 })
    try redis.call("CLIENT", "KILL", "USER", "small")
    #expect(await eventually(within: 60) { gauge.metric("cache_census_walks_total") == 1 })
    let metrics = try gauge.metrics()
    #expect(metrics["cache_namespace_keys{namespace=\"menu\"}"] == 6700)
    #expect(metrics["cache_namespace_memory_bytes{namespace=\"menu\"}"] == nil)
  }

  @Test func `that is not permitted is told once, and tried again ever more rarely`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("SET", "menu:1", "x")
    try redis.call("ACL", "SETUSER", "small", "on", ">secret", "~*", "+@all", "-scan")
    let configuration = Self.configuration(server, "{ share: 5%, interval: 1s }")
      .replacingOccurrences(of: "redis://", with: "redis://small:secret@")
    let gauge = try await Cachegauge([], configuration: configuration)
    let failures = "cache_census_failures_total{cause=\"permission_denied\"}"
    #expect(await eventually(within: 30) { gauge.metric(failures) ?? 0 >= 3 })
    #expect(gauge.log.components(separatedBy: "can't count keys").count == 2)
    #expect(!gauge.log.contains("keys can be counted again"))
    try redis.call("ACL", "SETUSER", "small", "+scan")
    #expect(await eventually(within: 60) { gauge.metric("cache_namespace_keys{namespace=\"menu\"}") == 1 })
    #expect(await eventually(within: 30) { gauge.log.contains("keys can be counted again") })
  }
}

/// Keys looked at one by one, by pattern and by group.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `Checks of keys` {
  @Test func `tell size, number and group, and leave no trace`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.pipeline((0..<300).map { ["SET", "user:\($0)", "x"] })
    try redis.pipeline((0..<200).map { ["SET", "order:\($0)", String(repeating: "y", count: 100)] })
    try redis.call("SET", "plain", "z")
    try redis.call("SELECT", "2")
    try redis.pipeline((0..<50).map { ["RPUSH", "queue:\($0)", "1", "2"] })
    try redis.call("SELECT", "0")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        targets:
          - url: \(server.url)
            census: { share: 20%, interval: 1h }
            checks:
              keys: ["user:1?", "db2=queue:7"]
              single_keys: [plain, missing, "db2=queue:1"]
              count_keys: ["user:*", "order:1*", "db2=*", "db0=none:*"]
              key_groups: ["^(%a+):"]
              max_key_groups: 1
              interval: 1s
        """)
    #expect(
      await eventually(within: 30) {
        gauge.metric("cache_key_checks_timestamp_seconds{check=\"single_keys\"}") != nil
      })
    #expect(await eventually(within: 30) { gauge.metric("redis_matching_keys{db=\"db0\",key=\"user:*\"}") != nil })
    let metrics = try gauge.metrics()
    func memory(_ key: String) throws -> Double? {
      try redis.call("MEMORY", "USAGE", key).integer.map { Double($0) }
    }
    let size = "redis_key_memory_usage_bytes"
    #expect(try metrics["\(size){db=\"db0\",key=\"plain\"}"] == memory("plain"))
    #expect(try metrics["\(size){db=\"db0\",key=\"user:17\"}"] == memory("user:17"))
    #expect(metrics.keys.filter { $0.hasPrefix(size) }.count == 13, "ten of a pattern, one of another, two by name")
    #expect(metrics["redis_matching_keys{db=\"db0\",key=\"user:*\"}"] == 300)
    #expect(metrics["redis_matching_keys{db=\"db0\",key=\"order:1*\"}"] == 111)
    #expect(metrics["redis_matching_keys{db=\"db2\",key=\"*\"}"] == 50)
    #expect(metrics["redis_matching_keys{db=\"db0\",key=\"none:*\"}"] == 0)
    #expect(metrics["redis_key_group_keys{db=\"db0\",key_group=\"order\"}"] == 200, "the largest by memory")
    #expect(metrics["redis_key_group_keys{db=\"db0\",key_group=\"overflow\"}"] == 301)
    #expect(metrics["redis_number_of_distinct_key_groups{db=\"db0\"}"] == 3)
    #expect(metrics["redis_key_group_keys{db=\"db2\",key_group=\"queue\"}"] == 50)
    #expect(try redis.info("keyspace_hits") == "0" && redis.info("keyspace_misses") == "0")
  }

  @Test(.enabled(if: isInstalled("promtool")))
  func `keys that are no UTF-8 have labels of their own, which Prometheus reads`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    // As Lua writes them, and as they are shown.
    let names = [
      (#"\255"#, #"\\xff"#), (#"\254"#, #"\\xfe"#), (#"\\xff"#, #"\\x5cxff"#),
      (#"\000\027\n"#, #"\\x00\\x1b\\x0a"#),
      (#"a"b\\c"#, #"a\"b\\c"#), (#"caf\195\169"#, "café"), (#"caf\195"#, #"caf\\xc3"#),
    ]
    let list = names.map { "'\($0.0)'" }.joined(separator: ",")
    let script = "for _, name in ipairs({\(list)}) do redis.call('SET', 'bin:' .. name, 'x') end"
    #expect(try redis.call("EVAL", script, "0").error == nil)
    let gauge = try await Cachegauge(
      [],
      configuration: """
        targets:
          - url: \(server.url)
            census: { share: 20%, interval: 1h }
            checks: { keys: ["bin:*"], key_groups: ["^(bin:.*)$"] }
        """)
    let size = "redis_key_memory_usage_bytes{db=\"db0\",key=\"bin:"
    #expect(await eventually { gauge.metric("\(size)\(names[0].1)\"}") != nil })
    let body = try gauge.get("/metrics").body
    let series = body.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != "}" } }
    #expect(Set(series).count == series.count)
    #expect(series.count { $0.hasPrefix(size) } == names.count)
    for (_, shown) in names {
      #expect(series.contains { $0 == "\(size)\(shown)\"" }, "\(shown)")
      #expect(series.contains { $0 == "redis_key_group_keys{db=\"db0\",key_group=\"bin:\(shown)\"" }, "\(shown)")
    }
    let file = try gauge.directory.write(body, to: "metrics.txt")
    let check = try run(["sh", "-c", "promtool check metrics < \(file)"])
    #expect(!check.output.contains("error while"), "\(check.output)")
  }

  @Test func `look sizes, streams and times to live up without a trace in cache_hits_total`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.pipeline((0..<400).map { ["SET", "user:\($0)", "x"] + ($0 % 4 == 0 ? [] : ["EX", "1000"]) })
    try redis.call("XADD", "jobs", "1-1", "a", "b")
    try redis.pipeline((0..<10).map { ["GET", "user:\($0)"] })
    let gauge = try await Cachegauge(
      [],
      configuration: """
        targets:
          - url: \(server.url)
            poll: { interval: 100ms, timeout: 30s }
            census: { share: 20%, interval: 1s, ttl_sample: 100 }
            checks: { single_keys: ["user:1", none], keys: ["user:2?"], single_streams: jobs, lookups: true, interval: 1s }
            namespaces: [{ name: user, keys: ["user:*"], ttl: 5m }]
        """)
    #expect(await eventually(within: 60) { gauge.metric("redis_key_size{db=\"db0\",key=\"user:21\"}") == 1 })
    #expect(await eventually(within: 60) { gauge.metric("redis_stream_length{db=\"db0\",stream=\"jobs\"}") == 1 })
    let share = "cache_namespace_without_ttl_ratio{namespace=\"user\"}"
    #expect(await eventually(within: 60) { gauge.metric(share) != nil })
    // A sample of one key a batch; all of one size, so any share is possible but for all or none in the long run.
    #expect(await eventually(within: 60) { (0.01...0.8).contains(gauge.metric(share) ?? 0) })
    // The server counts what it was asked.
    #expect(await eventually(within: 30) { gauge.metric("redis_keyspace_hits_total") ?? 0 > 30 })
    #expect(await eventually(within: 30) { gauge.metric("redis_keyspace_misses_total") ?? 0 > 0 })
    let metrics = try gauge.metrics()
    #expect(metrics["cache_hits_total"] == 10)
    #expect(metrics["cache_misses_total"] == 0)
  }
}
