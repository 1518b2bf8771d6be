import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Many targets` {
  @Test func `a scrape of what is not listed gets 403, and nothing leaves for its address`() async throws {
    let (listed, stranger) = (try RecordingServer(), try RecordingServer())
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 150ms }
        targets:
          - { name: own, url: "redis://127.0.0.1:\(listed.port)", password: secret-of-own }
          - { name: "redis://127.0.0.3:1", url: "redis://127.0.0.1:\(listed.port)/1" }
        scrape:
          limit: 1
          allow: [ "127.0.0.2:\(stranger.port)", "rediss://127.0.0.*:\(stranger.port)", "127.0.0.3:*" ]
        """)
    // Watched, but not as is asked for.
    for scheme in ["rediss", "memcached", "memcached%2Btls"] {
      #expect(try gauge.get("/scrape?target=\(scheme)://127.0.0.1:\(listed.port)").status == 403)
    }
    // One that can't be watched since its name is taken does not keep its place.
    for _ in 0..<2 {
      #expect(try gauge.get("/scrape?target=127.0.0.3:1").body.contains("name is taken"))
    }
    #expect(try gauge.get("/scrape?target=127.0.0.3:2").status == 200)
    for target in [
      "127.0.0.1:1\(stranger.port)", "redis://127.0.0.1:\(stranger.port)", "localhost:\(stranger.port)",
      "redis://127.0.0.1:\(stranger.port)/0", "redis://u@127.0.0.1:\(stranger.port)",
    ] {
      let status = try gauge.get("/scrape?target=\(target)").status
      #expect(status == 403 || status == 400, "\(target)")
      #expect(try gauge.get("/probe?target=\(target)").status == status)
    }
    #expect(try gauge.get("/scrape?target=redis://127.0.0.1:\(stranger.port)").status == 403)
    #expect(try gauge.get("/scrape").status == 400)
    #expect(try gauge.get("/scrape?target=redis://:p@127.0.0.1:\(listed.port)").status == 400)
    #expect(try gauge.get("/scrape?target=own&check-keys=a").status == 400)
    #expect(stranger.connections == 0)
    #expect(stranger.text.isEmpty)
    #expect(!gauge.log.contains("secret-of-own"))
  }

  @Test func `each target sees its own password and no other`() async throws {
    let servers = try (0..<4).map { _ in try RecordingServer() }
    let ports = servers.map(\.port)
    let directory = try TemporaryDirectory()
    let list = try directory.write("[{\"targets\": [\"127.0.0.1:\(ports[1])\"]}]", to: "t.json")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 150ms }
        targets: [ { name: own, url: "redis://127.0.0.1:\(ports[0])", password: secret-0 } ]
        target_files: [ { paths: ["\(list)"], password: secret-1 } ]
        scrape:
          allow:
            - { targets: ["127.0.0.*:\(ports[2])"], password: secret-2 }
            - "127.0.0.*:\(ports[3])"
        """)
    for port in ports {
      let answer = try gauge.get("/scrape?target=127.0.0.1:\(port)")
      #expect(answer.status == 200)
      #expect(answer.body.contains("redis_up 0\n"))
      #expect(answer.body.contains("cache_failure_info{cause=\"timeout\"} 1\n"))
    }
    #expect(try gauge.get("/scrape?target=own").status == 200)
    #expect(await eventually(within: 30) { servers.allSatisfy { !$0.text.isEmpty } })
    for (index, server) in servers.enumerated() {
      for other in servers.indices {
        #expect(server.text.contains("secret-\(other)") == (index == other && index < 3), "\(index) and \(other)")
      }
    }
    // Who is merely asked for is told to nobody else.
    let metrics = try gauge.get("/metrics").body
    #expect(metrics.contains("target=\"own\""))
    #expect(metrics.contains("target=\"127.0.0.1:\(ports[1])\""))
    #expect(!metrics.contains("\(ports[2])"))
    #expect(!(try gauge.get("/api/cache/report").body.contains("\(ports[3])")))
  }

  @Test func `a scrape answers within its time, whatever the target does`() async throws {
    let server = try RedisServer()
    let hole = try LoopbackListener()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 1s, timeout: 60s }
        scrape: { limit: 2, allow: [ "127.0.0.1:*" ] }
        """)
    let up = try gauge.get(
      "/scrape?target=redis://127.0.0.1:\(server.port)", headers: ["X-Prometheus-Scrape-Timeout-Seconds": "10"])
    #expect(up.body.contains("redis_up 1\n"))
    #expect(up.body.contains("\nredis_connected_clients "))
    #expect(!up.body.contains("target="))
    #expect(!up.body.contains("process_cpu_seconds_total"))
    // The poll's own deadline is a minute: it is Prometheus' time that ends the wait.
    let down = try gauge.get(
      "/scrape?target=127.0.0.1:\(hole.port)", headers: ["X-Prometheus-Scrape-Timeout-Seconds": "0.5"])
    #expect(down.body.contains("redis_up 0\n"))
    #expect(down.body.contains("cache_failure_info{cause=\"timeout\"} 1\n"))
    let refused = try gauge.get("/scrape?target=127.0.0.1:1")
    #expect(refused.status == 503)
    #expect(refused.body.contains("scrape.limit"))
    #expect(try gauge.get("/scrape?target=127.0.0.1:\(server.port)").body.contains("redis_up 1\n"))
  }

  @Test func `targets of a file come, change and go while the others are polled on, and history stays`()
    async throws
  {
    let (one, two) = (try RedisServer(), try RedisServer())
    let directory = try TemporaryDirectory()
    func list(_ servers: [(RedisServer, String)]) throws {
      let groups = servers.map {
        "{\"targets\": [\"\($0.0.url)\"], \"labels\": {\"target\": \"\($0.1)\", \"env\": \"test\"}}"
      }
      // As programs write such files: beside it, then over it.
      let file = try directory.write("[\(groups.joined(separator: ","))]", to: "new")
      try run(["mv", file, "\(directory.path)/t.json"])
    }
    try list([(one, "one")])
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        target_files: [ { paths: ["\(directory.path)/*.json"] }, { paths: ["\(directory.path)/*.yml"], preset: development } ]
        """)
    #expect(await eventually { gauge.metric("cache_up{target=\"one\",env=\"test\"}") == 1 })
    #expect(gauge.metric("cachegauge_target_files{state=\"read\"}") == 1)
    try list([(one, "one"), (two, "two")])
    #expect(await eventually(within: 30) { gauge.metric("cache_up{target=\"two\",env=\"test\"}") == 1 })
    #expect(
      try gauge.get("/metrics?target=two").body.contains("redis_connected_clients{target=\"two\",env=\"test\"}"))
    let polls = gauge.metric("cache_polls_total{target=\"one\",env=\"test\"}") ?? 0
    try list([(two, "two")])
    #expect(await eventually(within: 30) { gauge.metric("cache_up{target=\"one\",env=\"test\"}") == nil })
    #expect(await eventually { gauge.metric("cache_up{target=\"two\",env=\"test\"}") == 1 })
    // What the target told while it was there can still be asked for.
    let history = try gauge.json("/api/cache/series?target=one&metric=cache_up&last=10m&step=1s")
    #expect(history["points"].items.contains { $0[1].number == 1 })
    // A file that can't be read leaves everything as it is.
    try directory.write("[{\"targets\"", to: "t.json")
    #expect(await eventually(within: 30) { gauge.log.contains("stays in force") })
    #expect(await eventually { gauge.metric("cache_up{target=\"two\",env=\"test\"}") == 1 })
    #expect(await eventually { gauge.metric("cachegauge_target_files{state=\"failed\"}") == 1 })
    // So does one that a full disk left empty.
    try directory.write("", to: "t.json")
    #expect(await eventually(within: 30) { gauge.log.contains("the file is empty; what it said before stays") })
    #expect(await eventually { gauge.metric("cache_up{target=\"two\",env=\"test\"}") == 1 })
    // A server that a second file names again, in another spelling, is told of once and not watched twice.
    try directory.write(
      "[{\"targets\": [\"localhost:\(two.port)\"], \"labels\": {\"target\": \"twin\", \"namespace\": \"shop\"}}]",
      to: "u.json")
    let left = "cachegauge_targets_left_out{reason=\"same_server\"}"
    #expect(await eventually(within: 30) { gauge.metric(left) == 1 })
    #expect(await eventually { gauge.log.contains("u.json: twin is left out: two is the same server") })
    #expect(await eventually { gauge.log.contains("theirs is exported_namespace") })
    #expect(gauge.metric("cache_up{target=\"twin\",namespace=\"shop\"}") == nil)
    // So is one that another entry names.
    try directory.write(
      "- targets: [\"127.0.0.1:\(two.port)\", \"127.0.0.1:\(two.port)/3\"]\n", to: "t.yml")
    #expect(await eventually(within: 30) { gauge.metric(left) == 2 })
    #expect(
      await eventually { gauge.log.contains("t.yml: 127.0.0.1:\(two.port) is left out: two is the same server") })
    #expect(gauge.metric("redis_up{target=\"127.0.0.1:\(two.port)\"}") == nil)
    // Another database of it is another cache.
    #expect(await eventually(within: 30) { gauge.metric("redis_up{target=\"127.0.0.1:\(two.port)/3\"}") == 1 })
    try run(["rm", "\(directory.path)/u.json", "\(directory.path)/t.yml"])
    #expect(await eventually(within: 30) { gauge.metric(left) == 0 })
    #expect(gauge.log.split(separator: "\n").count { $0.contains("is the same server") } == 2)
    #expect(await eventually(within: 30) { gauge.metric("redis_up{target=\"127.0.0.1:\(two.port)/3\"}") == nil })
    // A pipe would be waited for without end; it is refused, and the others are read on.
    try run(["mkfifo", "\(directory.path)/pipe.json"])
    #expect(await eventually(within: 30) { gauge.log.contains("the file is a pipe") })
    try list([(one, "one"), (two, "two")])
    #expect(await eventually(within: 30) { gauge.metric("cache_up{target=\"one\",env=\"test\"}") == 1 })
    #expect((gauge.metric("cache_polls_total{target=\"one\",env=\"test\"}") ?? 0) < polls + 1000)
    let discovery = try gauge.json("/api/cache/discovery")
    #expect(discovery.items.map { $0["labels"]["__meta_cachegauge_target"].string } == ["two", "one"])
    #expect(discovery.items[1]["targets"][0].string == "127.0.0.1:\(one.port)")
    #expect(discovery.items[1]["labels"]["env"].string == "test")
    #expect(try gauge.get("/discover-cluster-nodes").status == 400)
  }

  @Test func `two hundred targets are polled on while twenty of them are black holes`() async throws {
    // A sanitizer's program would answer a scrape of all of them too late.
    let (count, holeCount) = sanitizer == nil ? (180, 20) : (36, 4)
    let server = try RedisServer("--databases", "200")
    let holes = try (0..<holeCount).map { _ in try LoopbackListener() }
    let targets =
      (0..<count).map { "  - { name: t\($0), url: \"\(server.url)/\($0)\" }" }
      + holes.enumerated().map {
        "  - { name: hole\($0.offset), url: \"redis://127.0.0.1:\($0.element.port)\", poll: { timeout: 1500ms } }"
      }
    let gauge = try await Cachegauge(
      [],
      configuration: "polls_at_once: 32\npoll: { interval: \(Int(2000 * slowness))ms, timeout: 30s }\ntargets:\n"
        + targets.joined(separator: "\n") + "\n")
    func counts() -> [Double]? {
      let metrics = try? gauge.metrics()
      return metrics.map { metrics in (0..<count).map { metrics["cache_polls_total{target=\"t\($0)\"}"] ?? 0 } }
    }
    var before: [Double]?
    #expect(
      await eventually(within: 180) {
        before = before ?? counts()
        return zip(before ?? [], counts() ?? []).count { $1 >= $0 + 3 } == count
      })
    #expect(
      await eventually(within: 180) {
        guard let metrics = try? gauge.metrics() else { return false }
        return (0..<count).allSatisfy { metrics["cache_up{target=\"t\($0)\"}"] == 1 }
          && (0..<holeCount).allSatisfy { metrics["cache_up{target=\"hole\($0)\"}"] == 0 }
      })
    // What is compressed in parts is a gzip member, with every target in it, in both formats.
    for (format, last) in [("prometheus", "redis_"), ("openmetrics", "# EOF")] {
      let file = "\(gauge.directory.path)/metrics.gz"
      let url = "http://127.0.0.1:\(gauge.port)/metrics?format=\(format)"
      #expect(try run(["curl", "-sf", "-H", "Accept-Encoding: gzip", "-o", file, url]).exitCode == 0)
      let text = try run(["gzip", "-dc", file])
      let lines = text.output.split(separator: "\n")
      #expect(text.exitCode == 0)
      #expect(lines.count { $0.hasPrefix("cache_up{") } == count + holeCount)
      #expect(lines.last?.hasPrefix(last) == true)
      try writeFile(text.output, to: "\(gauge.directory.path)/metrics.txt")
      let check = try run(["sh", "-c", "promtool check metrics < \(gauge.directory.path)/metrics.txt"])
      #expect(format == "openmetrics" || check.exitCode == 0, "\(check.output.prefix(500))")
    }
  }
}
