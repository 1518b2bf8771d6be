import CacheModel
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// Every number that a real server prints is in the sample, exactly, and nothing else is.
@Suite(.enabled(if: isInstalled("redis-server"))) struct InfoTruthTests {
  /// Fields that are text even where their digits look like a number, or that only repeat another.
  private static let identifiers: Set<String> = ["redis_git_sha1", "master_replid2", "tcp_port", "run_id"]

  /// A server that has something to say in every section.
  private static func busyServer() throws -> RedisServer {
    let server = try RedisServer("--maxmemory", "64mb", "--latency-monitor-threshold", "1")
    let connection = try server.connect()
    for key in 0..<20 { try connection.call("SET", "key:\(key)", "value", "EX", "1000") }
    for key in 0..<30 { try connection.call("GET", "key:\(key)") }
    for database in ["3", "15"] {
      try connection.call("SELECT", database)
      try connection.call("SET", "other", "1")
    }
    try connection.call("INCR", "key")
    try connection.call("LPUSH", "other", "1")
    try connection.call("NOSUCHCOMMAND")
    try connection.call("GET")
    try connection.call("EVAL", "return redis.call('GET', KEYS[1])", "1", "other")
    // Long enough for a spike above the threshold of one millisecond.
    try connection.call("EVAL", "for i = 1, 1000000 do local x = i * i end", "0")
    try connection.call("CONFIG", "GET", "maxmemory")
    return server
  }

  private static func expected(_ entries: [InfoEntry], legacyNames: Bool) -> [String: FixedPoint] {
    var series: [String: FixedPoint] = [:]
    for entry in entries where !entry.field.hasSuffix("_human") && !identifiers.contains(entry.field) {
      guard let field = InfoField.all[entry.field], !field.isLegacy || legacyNames else {
        // What INFO says of a cluster has names of its own, as CLUSTER INFO has.
        if let number = entry.number, entry.field.hasPrefix("cluster_") {
          series["redis_\(entry.field)"] = number
        } else if let number = entry.number {
          series["redis_info_field{section=\"\(entry.section)\",field=\"\(entry.field)\"}"] = number
        }
        continue
      }
      switch field.reading {
      case .okIsOne: series[field.family.name] = FixedPoint(entry.value == "ok" ? 1 : 0)
      case .number(let shift):
        if let number = entry.number {
          series[field.family.name] = FixedPoint(number.mantissa, digits: number.digits + shift)
        }
      }
    }
    return series
  }

  @Test(arguments: [false, true])
  func `every numeric field of INFO is in the sample with exactly its number`(legacyNames: Bool) throws {
    let server = try Self.busyServer()
    let connection = try server.connect()
    var options = RedisCollectionOptions()
    options.legacyNames = legacyNames
    var collection = RedisCollection(options: options)
    for tick in 0..<3 {
      let (collected, said) = try collection.transcribedPoll(connection, at: 1_000_000 + Int64(tick))
      let expected = Self.expected(said.info("INFO"), legacyNames: legacyNames)
      #expect(expected.count > 120)
      let series = collected.series
      for (key, number) in expected { #expect(series[key] == number, "\(key)") }
      let families = Set(InfoField.all.values.map(\.family.name))
      let actual = series.keys.filter {
        families.contains($0) || $0.hasPrefix("redis_info_field{") || $0.hasPrefix("redis_cluster_")
      }
      #expect(Set(actual).symmetricDifference(expected.keys) == [])
    }
  }

  @Test func `commands and errors are counted as commandstats and errorstats print them`() throws {
    let server = try Self.busyServer()
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(try server.connect(), at: 1_000_000)
    var commands = 0
    for entry in said.info("INFO commandstats") where entry.field.hasPrefix("cmdstat_") {
      let label = "{cmd=\"\(entry.field.dropFirst(8))\"}"
      let pairs = entry.pairs.compactMapValues { FixedPoint.parse(Array($0.utf8)) }
      let usec = try #require(pairs["usec"])
      #expect(collected["redis_commands_total" + label] == pairs["calls"])
      #expect(collected["redis_commands_duration_seconds_total" + label] == FixedPoint(usec.mantissa, digits: 6))
      #expect(collected["redis_commands_rejected_calls_total" + label] == pairs["rejected_calls"])
      #expect(collected["redis_commands_failed_calls_total" + label] == pairs["failed_calls"])
      commands += 1
    }
    #expect(commands > 8)
    #expect(collected["redis_commands_total{cmd=\"config|get\"}"] == FixedPoint(1))
    let errors = said.info("INFO").filter { $0.field.hasPrefix("errorstat_") }
    #expect(errors.count >= 2)
    for entry in errors {
      let count = entry.pairs["count"].flatMap { FixedPoint.parse(Array($0.utf8)) }
      #expect(collected["redis_errors_total{err=\"\(entry.field.dropFirst(10))\"}"] == count)
    }
    #expect(collected["redis_errors_total{err=\"WRONGTYPE\"}"] == FixedPoint(1))
  }

  @Test func `keys are counted by database, and those without keys are zero`() throws {
    let server = try Self.busyServer()
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(try server.connect(), at: 1_000_000)
    let lines = said.info("INFO").filter { $0.section == "keyspace" }
    #expect(lines.map(\.field) == ["db0", "db3", "db15"])
    for entry in lines {
      let pairs = entry.pairs.compactMapValues { Int64($0) }
      let label = "{db=\"\(entry.field)\"}"
      #expect(collected["redis_db_keys" + label]?.mantissa == pairs["keys"])
      #expect(collected["redis_db_keys_expiring" + label]?.mantissa == pairs["expires"])
      #expect(collected["redis_db_avg_ttl_seconds" + label] == FixedPoint(pairs["avg_ttl"] ?? -1, digits: 3))
    }
    for database in 0..<16 where ![0, 3, 15].contains(database) {
      #expect(collected["redis_db_keys{db=\"db\(database)\"}"] == FixedPoint(0))
      #expect(collected["redis_db_keys_expiring{db=\"db\(database)\"}"] == FixedPoint(0))
    }
    #expect(collected["redis_db_keys{db=\"db16\"}"] == nil)
    #expect(collected.facts.keys == 23)
    #expect(collected.facts.keysWithTTL == 20)
  }

  @Test func `latencystats becomes a summary whose sum and count are commandstats'`() throws {
    let server = try Self.busyServer()
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(try server.connect(), at: 1_000_000)
    let totals = Dictionary(
      said.info("INFO commandstats").map { ($0.field.dropFirst(8), $0.pairs) }, uniquingKeysWith: { $1 })
    let lines = said.info("INFO latencystats").filter { $0.field.hasPrefix("latency_percentiles_usec_") }
    #expect(lines.count > 8)
    for entry in lines {
      let command = entry.field.dropFirst("latency_percentiles_usec_".count)
      #expect(entry.pairs.count == 3)
      for (quantile, text) in entry.pairs {
        let key = "redis_latency_percentiles_usec{cmd=\"\(command)\",quantile=\"\(quantile.dropFirst())\"}"
        #expect(collected[key] == FixedPoint.parse(Array(text.utf8)), "\(key)")
      }
      let total = totals[command]
      #expect(
        collected["redis_latency_percentiles_usec_count{cmd=\"\(command)\"}"]?.description == total?["calls"])
      #expect(collected["redis_latency_percentiles_usec_sum{cmd=\"\(command)\"}"]?.description == total?["usec"])
    }
  }

  @Test func `each latency histogram is cumulative and ends with its count at infinity`() throws {
    let server = try Self.busyServer()
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(try server.connect(), at: 1_000_000)
    let elements = try #require(said.replies["LATENCY HISTOGRAM"]?.array)
    #expect(elements.count > 16)
    for place in stride(from: 0, to: elements.count, by: 2) {
      let command = try #require(elements[place].string)
      let parts = try #require(elements[place + 1].array)
      let calls = try #require(parts[1].integer)
      let buckets = try #require(parts[3].array).compactMap(\.integer)
      var last: Int64 = 0
      for bucket in stride(from: 0, to: buckets.count, by: 2) {
        let key = "redis_commands_latencies_usec_bucket{cmd=\"\(command)\",le=\"\(buckets[bucket])\"}"
        #expect(collected[key] == FixedPoint(buckets[bucket + 1]), "\(key)")
        #expect(buckets[bucket + 1] >= last)
        last = buckets[bucket + 1]
      }
      #expect(last == calls)
      let infinity = "redis_commands_latencies_usec_bucket{cmd=\"\(command)\",le=\"+Inf\"}"
      #expect(collected[infinity] == FixedPoint(calls))
      #expect(collected["redis_commands_latencies_usec_count{cmd=\"\(command)\"}"] == FixedPoint(calls))
    }
  }

  @Test func `latency spikes carry the event, its time and its milliseconds as seconds`() throws {
    let server = try Self.busyServer()
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(try server.connect(), at: 1_000_000)
    let events = try #require(said.replies["LATENCY LATEST"]?.array)
    #expect(!events.isEmpty)
    for event in events {
      let parts = try #require(event.array)
      let label = "{event_name=\"\(parts[0].string ?? "")\"}"
      #expect(collected["redis_latency_spike_last" + label]?.mantissa == parts[1].integer)
      let milliseconds = try #require(parts[2].integer)
      #expect(collected["redis_latency_spike_duration_seconds" + label] == FixedPoint(milliseconds, digits: 3))
    }
  }

  @Test func `the configuration's numbers are those of CONFIG GET, and nothing else is asked for`() throws {
    let server = try RedisServer(
      "--maxmemory", "12345678", "--maxclients", "321", "--databases", "7", "--slowlog-log-slower-than", "1234",
      "--slowlog-max-len", "77", "--client-output-buffer-limit", "replica 256mb 64mb 61", "--requirepass", "secret")
    let connection = try server.connect()
    try connection.call("AUTH", "secret")
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(connection, at: 1_000_000)
    #expect(collected["redis_config_maxmemory"] == FixedPoint(12_345_678))
    #expect(collected["redis_config_maxclients"] == FixedPoint(321))
    #expect(collected["redis_config_io_threads"] == FixedPoint(1))
    #expect(collected["redis_config_repl_backlog_size"] == FixedPoint(1_048_576))
    #expect(collected["redis_config_value{key=\"databases\"}"] == FixedPoint(7))
    #expect(collected["redis_config_value{key=\"slowlog-log-slower-than\"}"] == FixedPoint(1234))
    #expect(collected["redis_config_value{key=\"slowlog-max-len\"}"] == FixedPoint(77))
    let limit = "redis_config_client_output_buffer_limit"
    #expect(collected["\(limit)_bytes{class=\"slave\",limit=\"hard\"}"] == FixedPoint(268_435_456))
    #expect(collected["\(limit)_bytes{class=\"slave\",limit=\"soft\"}"] == FixedPoint(67_108_864))
    #expect(collected["\(limit)_overcome_seconds{class=\"slave\",limit=\"soft\"}"] == FixedPoint(61))
    #expect(collected.slowThreshold == 1234)
    #expect(collected.facts.maximumMemory == 12_345_678)
    #expect(collected.facts.evictionPolicy == "noeviction")
    #expect(collected["redis_db_keys{db=\"db6\"}"] == FixedPoint(0))
    #expect(collected["redis_db_keys{db=\"db7\"}"] == nil)
    let asked = said.pipelines.joined().filter { $0.hasPrefix("CONFIG GET") }
    #expect(asked.allSatisfy { !$0.contains("*") && !$0.contains("pass") })
    #expect(collected.sample.catalog.definitions.allSatisfy { !$0.key.contains("secret") })
  }

  @Test func `the slow tier runs at its interval and its values are carried between`() throws {
    let server = try Self.busyServer()
    let connection = try server.connect()
    var collection = RedisCollection()
    var runs: [Int64] = []
    for second in 0..<40 {
      let (collected, said) = try collection.transcribedPoll(connection, at: 1_000_000 + Int64(second))
      if said.replies["INFO latencystats"] != nil { runs.append(Int64(second)) }
      #expect(collected["redis_config_maxmemory"] == FixedPoint(67_108_864))
      #expect(collected["redis_commands_latencies_usec_count{cmd=\"get\"}"] == FixedPoint(31))
      #expect(said.pipelines[0].contains("INFO") && said.pipelines[0].contains("INFO commandstats"))
      #expect(said.pipelines.count == (second == 0 ? 2 : 1))
    }
    #expect(runs == [0, 15, 30])
  }
}
