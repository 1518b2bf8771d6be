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

  @Test func `to receivers of which some hang ends in time, says what they did not get, and tells the others`()
    async throws
  {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let healthy = try await Prometheus(
      configuration: "{}", directory: directory, port: port, flags: ["--web.enable-remote-write-receiver"])
    // One takes connections and never says a word, one does not even take them.
    let (silent, deaf) = (try RecordingServer(), try LoopbackListener())
    let gauge = try await Cachegauge(
      [],
      configuration: Self.configuration(
        server.url,
        """
          - { name: silent, url: "http://127.0.0.1:\(silent.port)/api/v1/write", interval: 1s, timeout: 5m }
          - { name: deaf, url: "http://127.0.0.1:\(deaf.port)/api/v1/write", interval: 1s, timeout: 5m }
          - { name: healthy, url: "http://127.0.0.1:\(port)/api/v1/write", interval: 1s }
        """))
    func waits(_ name: String) -> Bool {
      gauge.metric("cachegauge_remote_write_pending_samples{receiver=\"\(name)\"}") ?? 0 > 0
    }
    #expect(await eventually { waits("silent") && waits("deaf") && silent.connections > 0 })
    #expect(await eventually { healthy.value("cache_up{target=\"shop\"}") == 1 })

    // Its last words to all of them take five seconds together, and not the five minutes that a request may.
    gauge.process.signal(SIGTERM)
    #expect(await eventually { !gauge.process.isRunning })
    for name in ["silent", "deaf"] {
      let lines = gauge.log.split(separator: "\n").filter { $0.contains("receiver=\(name)") }
      #expect(lines.contains { $0.contains(" samples were not sent: ") }, "\(gauge.log)")
    }
    #expect(await eventually { (try? healthy.query("cache_up{target=\"shop\"}"))?.isEmpty == true })
  }
}
