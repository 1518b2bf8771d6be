import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("prometheus") && isInstalled("redis-server"))) struct `Remote write` {
  private static func configuration(_ redis: String, _ receivers: String) -> String {
    """
    remote_write:
    \(receivers)
    targets: [ { name: shop, url: "\(redis)" } ]
    """
  }

  @Test func `to a Prometheus that is killed and comes back loses nothing, and says what has ended`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let receiver = {
      try await Prometheus(
        configuration: "{}", directory: directory, port: port, flags: ["--web.enable-remote-write-receiver"])
    }
    let first = try await receiver()
    let gauge = try await Cachegauge(
      [],
      configuration: Self.configuration(
        server.url,
        "  - { name: far, url: \"http://127.0.0.1:\(port)/api/v1/write\", interval: 1s, external_labels: { zone: eu } }"
      ))
    func figure(_ name: String) -> Double {
      gauge.metric("cachegauge_remote_write_\(name){receiver=\"far\"}") ?? -1
    }
    #expect(await eventually { first.value("cache_up{target=\"shop\",zone=\"eu\"}") == 1 })
    #expect(first.value("redis_up{target=\"shop\",zone=\"eu\"}") == 1)

    first.kill()
    let begin = Date().timeIntervalSince1970
    // Some looks at what is known while nobody listens.
    var heights: Set<Double> = []
    #expect(
      await eventually {
        heights.insert(figure("pending_samples"))
        return heights.count > 4 && figure("retries_total") > 0
      })
    let end = Date().timeIntervalSince1970
    let second = try await receiver()
    #expect(await eventually { figure("pending_samples") == 0 && figure("last_success_timestamp_seconds") > end })
    for reason in ["queue_full", "refused"] {
      #expect(
        gauge.metric("cachegauge_remote_write_samples_dropped_total{receiver=\"far\",reason=\"\(reason)\"}") == 0)
    }
    let samples = try QueryAPI(port: port).samples(
      "query", ["query": "cachegauge_build_info[10m]", "time": "\(Date().timeIntervalSince1970 + 1)"])
    let times = try #require(samples.values.first).map(\.time)
    #expect(times == Set(times).sorted())
    #expect(times.count { $0 > begin && $0 < end } >= 2, "\(times), \(begin) … \(end)")

    server.kill()
    #expect(await eventually { second.value("cache_up{target=\"shop\"}") == 0 })
    #expect(await eventually { (try? second.query("redis_memory_used_bytes"))?.isEmpty == true })
    #expect(gauge.log.split(separator: "\n").count { $0.contains("the receiver can't be reached") } <= 2)

    // An end is told at once, and not found out five minutes later.
    #expect(second.value("cachegauge_build_info{zone=\"eu\"}") == 1)
    gauge.process.signal(SIGTERM)
    for series in ["cachegauge_build_info", "cache_up{target=\"shop\"}"] {
      #expect(await eventually { (try? second.query(series))?.isEmpty == true })
    }
  }

  @Test func `to a VictoriaMetrics arrives, and one that refuses costs only its own samples`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let victoria = try ServerProcess(
      [
        "victoria-metrics", "-storageDataPath=\(directory.path)/data", "-httpListenAddr=127.0.0.1:\(port)",
        "-search.latencyOffset=0s",
      ], log: "\(directory.path)/log")
    #expect(await eventually { (try? get("/health", port: port))?.status == 200 })
    let gauge = try await Cachegauge(
      [],
      configuration: Self.configuration(
        server.url,
        """
          - { name: good, url: "http://127.0.0.1:\(port)/api/v1/write", interval: 1s }
          - { name: wrong, url: "http://127.0.0.1:\(port)/nowhere", interval: 1s }
        """))
    #expect(
      await eventually {
        _ = try? get("/internal/force_flush", port: port)
        let answer = try? QueryAPI(port: port).get("query", ["query": "cache_up{target=\"shop\"}"])
        return answer?["result"].items.first?["value"][1].string == "1"
      })
    #expect(
      await eventually {
        gauge.metric("cachegauge_remote_write_samples_dropped_total{receiver=\"wrong\",reason=\"refused\"}") ?? 0
          > 0
      })
    #expect(gauge.metric("cachegauge_remote_write_samples_total{receiver=\"wrong\"}") == 0)
    #expect(gauge.metric("cachegauge_remote_write_retries_total{receiver=\"good\"}") == 0)
    #expect(victoria.isRunning)
  }
}
