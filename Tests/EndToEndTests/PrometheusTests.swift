import Foundation
import RESP
import TestSupport
import Testing

private func scrape(_ gauge: Cachegauge, _ extra: String = "") -> String {
  """
  global: { scrape_interval: 1s, evaluation_interval: 1s }
  \(extra)
  scrape_configs:
    - { job_name: openmetrics, static_configs: [ { targets: ["127.0.0.1:\(gauge.port)"] } ], params: { format: [openmetrics] } }
    - { job_name: text, static_configs: [ { targets: ["127.0.0.1:\(gauge.port)"] } ], params: { format: [prometheus] } }
    - { job_name: negotiated, static_configs: [ { targets: ["127.0.0.1:\(gauge.port)"] } ] }
  """
}

@Suite(.enabled(if: isInstalled("prometheus") && isInstalled("redis-server"))) struct `A real Prometheus` {
  @Test func `scrapes both formats without a warning, and sees the same`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    for command in ["SET a 1", "GET a", "GET b", "LPUSH l 1", "HSET h f v", "GET l"] {
      try redis.pipeline([command.split(separator: " ").map(String.init)])
    }
    let gauge = try await Cachegauge([server.url, "--poll-slow-interval", "1s"])
    // The slow tier has run as well: every kind of family is there.
    #expect(
      await eventually {
        (try? gauge.get("/metrics"))?.body.contains("redis_commands_latencies_usec_bucket") == true
      })
    let text = try gauge.get("/metrics?format=prometheus")
    #expect(text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let file = try gauge.directory.write(text.body, to: "metrics.txt")
    let check = try run(["sh", "-c", "promtool check metrics < \(file)"])
    #expect(check.exitCode == 0)
    #expect(check.output == "")

    let prometheus = try await Prometheus(configuration: scrape(gauge), directory: gauge.directory)
    #expect(await eventually(within: 20) { prometheus.value("min(up)") == 1 && prometheus.value("count(up)") == 3 })
    #expect(await eventually { prometheus.value("min(scrape_samples_scraped)") ?? 0 > 300 })
    #expect(prometheus.value("max(scrape_samples_scraped) - min(scrape_samples_scraped)") ?? 99 <= 3)
    #expect(prometheus.value("redis_commands_total{job=\"text\",cmd=\"get\"}") == 3)
    #expect(prometheus.value("redis_commands_total{job=\"openmetrics\",cmd=\"get\"}") == 3)
    #expect(prometheus.log == "")
  }

  @Test func `fires the hit-rate alert for the namespace under target, and for no other`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        targets:
          - url: \(server.url)
            namespaces:
              - { name: menu, keys: ["menu:*"], target: { hit_rate: 0.85, critical: 0.1 }, counters: { hash: "stats:menu", hits: hits, misses: misses } }
              - { name: search, keys: ["search:*"], target: { hit_rate: 0.60, critical: 0.1 }, counters: { hash: "stats:search", hits: hits, misses: misses } }
        """)
    let hasty = Self.hastened(try readFile(Self.repository + "/alerts/cachegauge.rules.yml"))
    let file = try gauge.directory.write(hasty, to: "rules.yml")
    let prometheus = try await Prometheus(
      configuration: """
        global: { scrape_interval: 1s, evaluation_interval: 1s }
        rule_files: ["\(file)"]
        scrape_configs: [ { job_name: cachegauge, static_configs: [ { targets: ["127.0.0.1:\(gauge.port)"] } ] } ]
        """, directory: gauge.directory)
    #expect(await eventually(within: 20) { prometheus.value("up") == 1 })
    let alert = "ALERTS{alertname=~\"Cache.*HitRate.*\",alertstate=\"firing\"}"
    let fired = await eventually(within: 60) {
      for (name, hits, misses) in [("menu", 95, 5), ("search", 20, 80)] {
        _ = try? redis.pipeline([
          ["HINCRBY", "stats:\(name)", "hits", "\(hits)"], ["HINCRBY", "stats:\(name)", "misses", "\(misses)"],
        ])
      }
      return (try? prometheus.query(alert))?.isEmpty == false
    }
    #expect(fired)
    let names = try prometheus.query(alert).compactMap { $0["metric"]["namespace"].string }
    #expect(Set(names) == ["search"])
  }

  /// The rules with their minutes made seconds, so that a test need not wait for them.
  private static func hastened(_ rules: String) -> String {
    var text = rules
    let spans = [
      ("[30m]", "[20s]"), ("[5m]", "[10s]"), ("[15m]", "[15s]"), ("[3m]", "[8s]"), ("offset 15m", "offset 3s"),
    ]
    for (long, short) in spans { text = text.replacingOccurrences(of: long, with: short) }
    return text.replacingOccurrences(of: "for: \\d+m", with: "for: 2s", options: .regularExpression)
  }

  /// The root of the source tree.
  private static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
}
