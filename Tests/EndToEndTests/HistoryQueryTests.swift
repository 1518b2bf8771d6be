import Foundation
import RESP
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("prometheus") && isInstalled("promtool") && isInstalled("redis-server")))
struct `History's queries` {
  /// Some lookups, more in some seconds than in others.
  private static func work(_ redis: RawRedis, _ round: Int) {
    _ = try? redis.pipeline((0..<(5 + round * 7 % 23)).map { ["GET", $0 % 3 == 0 ? "a" : "b"] })
  }

  @Test func `agree with a Prometheus that scraped the same`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("SET", "a", "1")
    let gauge = try await Cachegauge([server.url, "--poll-interval", "1s"])
    let prometheus = try await Prometheus(
      configuration: """
        global: { scrape_interval: 1s }
        scrape_configs:
          - { job_name: gauge, static_configs: [ { targets: ["127.0.0.1:\(gauge.port)"] } ], params: { format: [prometheus] } }
        """, directory: gauge.directory)
    var round = 0
    let isScraped = await eventually(within: 60) {
      round += 1
      Self.work(redis, round)
      return prometheus.value("count_over_time(cache_hits_total[60s])") ?? 0 >= 25
    }
    #expect(isScraped)
    let theirs = QueryAPI(port: prometheus.port)
    let ours = QueryAPI(port: gauge.port)
    let now = String(Date().timeIntervalSince1970)

    // Each of Prometheus' samples is one of ours, taken at most two polls before the scrape.
    for name in [
      "cache_hits_total", "cache_misses_total", "redis_commands_processed_total", "redis_memory_used_bytes",
    ] {
      let scraped = try theirs.samples("query", ["query": "\(name)[20s]", "time": now])
      let polled = try ours.samples("query", ["query": "\(name)[25s]", "time": now])
      #expect(scraped.count == 1 && scraped.keys == polled.keys)
      let (samples, history) = (scraped.values.first ?? [], polled.values.first ?? [])
      #expect(samples.count >= 19)
      for sample in samples {
        #expect(
          history.contains { $0.value == sample.value && (0...2.2).contains(sample.time - $0.time) },
          "\(name) \(sample)")
      }
      // So a plain selector says what it says there, as it was up to two polls later.
      let instant = try theirs.samples("query", ["query": name, "time": now]).values.first?.first?.value
      #expect(history.suffix(4).contains { $0.value == instant })
    }
    // And rates differ by what two polls at each edge of the window can bring.
    let hits = try ours.samples("query", ["query": "cache_hits_total[25s]", "time": now]).values.first ?? []
    let steepest = zip(hits, hits.dropFirst()).map { $1.value - $0.value }.max() ?? 0
    #expect(steepest > 0)
    for window in [5.0, 10, 20] {
      let query = ["query": "rate(cache_hits_total[\(Int(window))s])", "time": now]
      let theirRate = try #require(theirs.samples("query", query).values.first?.first?.value)
      let ourRate = try #require(ours.samples("query", query).values.first?.first?.value)
      #expect(abs(theirRate - ourRate) <= 4 * steepest / window, "\(theirRate) \(ourRate) over \(window) s")
      #expect(ourRate > 0)
    }
    // The label sets are those of /metrics, but that history has slow operations as a sum only.
    let match = "{__name__=~\"cache_.+|redis_.+\"}"
    // A series that has just come into being is scraped a second later; a warning may come and go between two scrapes.
    var unscraped: Set<String> = []
    let isSame = try await eventually(within: 20) {
      let scraped = Set(try theirs.get("series", ["match[]": match]).items.map(QueryAPI.identity))
      let polled = Set(try ours.get("series", ["match[]": match]).items.map(QueryAPI.identity))
      #expect(polled.count > 200)
      unscraped = polled.subtracting(scraped).subtracting(["__name__=cache_slow_operations_total"])
        .filter { !$0.hasPrefix("__name__=cache_warning_active,") }
      return unscraped.isEmpty
    }
    #expect(isSame, "\(unscraped)")
  }

  @Test func `give to the last digit what a Prometheus with the same samples gives`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("SET", "a", "1")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s, slow_interval: 1s }
        targets: [ { name: "shop \\"1\\"", url: "\(server.url)" } ]
        """)
    var round = 0
    let isPolled = await eventually(within: 30) {
      round += 1
      Self.work(redis, round)
      return gauge.metric("cache_polls_total{target=\"shop \\\"1\\\"\"}") ?? 0 >= 60
    }
    #expect(isPolled)
    // A counter that begins anew.
    try redis.call("CONFIG", "RESETSTAT")
    let before = gauge.metric("cache_polls_total{target=\"shop \\\"1\\\"\"}") ?? 0
    #expect(
      await eventually {
        round += 1
        Self.work(redis, round)
        return gauge.metric("cache_polls_total{target=\"shop \\\"1\\\"\"}") ?? 0 >= before + 20
      })
    let end = Int(Date().timeIntervalSince1970 * 1000)
    let export = try gauge.get("/api/cache/export?end=\(Double(end) / 1000)")
    #expect(export.status == 200)
    #expect(export.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    #expect(export.body.hasSuffix("\n# EOF\n"))
    let exported = try Self.parsed(export.body, millisecondsPer: 1000)
    #expect(exported.count > 300)

    let file = try gauge.directory.write(export.body, to: "history.om")
    let blocks = "\(gauge.directory.path)/blocks"
    let made = try run(["promtool", "tsdb", "create-blocks-from", "openmetrics", file, blocks])
    #expect(made.exitCode == 0, "\(made.output)")
    // It reads a data directory, which has a log beside its blocks.
    try run(["mkdir", "-p", "\(blocks)/wal"])
    let dumped = try Self.parsed(run(["promtool", "tsdb", "dump", blocks]).output, millisecondsPer: 1)
    #expect(dumped == exported)

    let prometheus = try await Prometheus(
      configuration: "global: { scrape_interval: 1h }\n", directory: gauge.directory, data: blocks)
    // Between two polls, so that it makes no difference on which side a window is open.
    let last = Double(end / 1000) - 0.9
    let range = ["start": String(last - 10), "end": String(last), "step": "0.4"]
    for query in Self.queries {
      let theirs = try QueryAPI(port: prometheus.port).samples(
        "query_range", range.merging(["query": query]) { $1 })
      let ours = try QueryAPI(port: gauge.port).samples("query_range", range.merging(["query": query]) { $1 })
      #expect(theirs.keys == ours.keys, "\(query)")
      #expect(!ours.isEmpty, "\(query)")
      for (series, samples) in ours {
        let others = theirs[series] ?? []
        #expect(samples.map(\.time) == others.map(\.time), "\(query) \(series)")
        #expect(
          zip(samples, others).allSatisfy { abs($0.value - $1.value) <= 1e-9 * max(1, abs($1.value)) },
          "\(query) \(series)")
      }
    }
  }

  @Test(.enabled(if: (try? run(["victoria-metrics", "--version"]))?.exitCode == 0))
  func `are moved to VictoriaMetrics with every sample`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url, "--poll-interval", "200ms", "--poll-timeout", "30s"])
    #expect(await eventually { gauge.metric("cache_polls_total") ?? 0 >= 20 })
    let export = try gauge.get("/api/cache/export").body
    let file = try gauge.directory.write(export, to: "history.om")
    let port = try freePort()
    let other = try ServerProcess(
      [
        "victoria-metrics", "-httpListenAddr=127.0.0.1:\(port)", "-storageDataPath=\(gauge.directory.path)/vm",
        "-retentionPeriod=1",
      ], log: "\(gauge.directory.path)/vm.log")
    #expect(await eventually(within: 30) { (try? get("/health", port: port))?.status == 200 })
    let address = "http://127.0.0.1:\(port)"
    let imported = try run(["curl", "-sSf", "--data-binary", "@\(file)", "\(address)/api/v1/import/prometheus"])
    #expect(imported.exitCode == 0, "\(imported.output)")
    let expected = try Self.parsed(export, millisecondsPer: 1000)
    var stored: [String: [Int: Double]] = [:]
    let isStored = try await eventually(within: 20) {
      stored = [:]
      let answer = try get("/api/v1/export?match%5B%5D=%7B__name__!%3D%22%22%7D", port: port).body
      for line in answer.split(separator: "\n") {
        let series = try JSON(parsing: String(line))
        let samples = zip(series["timestamps"].items, series["values"].items)
        for (time, value) in samples {
          stored[QueryAPI.identity(series["metric"]), default: [:]][Int(time.number ?? 0)] = value.number
        }
      }
      return stored == expected
    }
    #expect(isStored, "\(stored.count) series instead of \(expected.count)")
    other.end()
  }

  private static let queries = [
    "cache_hits_total", "{__name__=~\"cache_.+_total|redis_memory_used_bytes\",target!=\"x\"}",
    "rate(cache_hits_total[3s])", "increase(cache_hits_total[5s])", "irate(cache_hits_total[2s])",
    "delta(redis_memory_used_bytes[3s])", "rate(redis_commands_total{cmd=~\"g.*|info\"}[4s])",
    "increase(redis_commands_total{cmd!~\"g.*\"}[1600ms])", "avg_over_time(redis_memory_used_bytes[3s])",
    "min_over_time(cache_hits_total[3s])", "max_over_time(cache_hits_total[3s])", "sum_over_time(cache_keys[3s])",
    "last_over_time(cache_hits_total[3s])", "count_over_time(cache_hits_total[3s])",
    "quantile_over_time(0.9, redis_memory_used_bytes[5s])", "quantile_over_time(0, cache_hits_total[5s])",
    "1 + 2 * 3",
  ]

  /// Samples by series, from lines of `name{labels} value time` or `{__name__="name", labels} value time`.
  private static func parsed(_ text: String, millisecondsPer unit: Double) throws -> [String: [Int: Double]] {
    var series: [String: [Int: Double]] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      guard words.count >= 3, let value = Double(words[words.count - 2]), let time = Double(words[words.count - 1])
      else {
        throw ServerError("no sample: \(line)")
      }
      let head = String(words.dropLast(2).joined(separator: " "))
      var labels = head.matches(of: #/([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"/#).map { "\($0.1)=\($0.2)" }
      let name = head.prefix { $0 != "{" }
      if !name.isEmpty { labels.append("__name__=\(name)") }
      // As an importer that cuts fractions of a millisecond off.
      series[labels.sorted().joined(separator: ","), default: [:]][Int(time * unit)] = value
    }
    return series
  }
}
