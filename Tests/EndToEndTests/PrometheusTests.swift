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
}
