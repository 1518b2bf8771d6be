import Glibc
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server"))) struct `A reload` {
  private static let current = "cachegauge_config_last_reload_successful"

  private func configuration(
    _ names: [String], _ server: RedisServer, _ more: String = "", interval: String = "100ms"
  ) -> String {
    let targets = names.enumerated().map { "  - { name: \($1), url: \"\(server.url)/\($0)\" }" }
    return "poll: { interval: \(interval), timeout: 30s }\n\(more)targets:\n\(targets.joined(separator: "\n"))\n"
  }

  @Test
  func `with a file that is broken changes nothing and is told; with one that is right its targets are in force`()
    async throws
  {
    let server = try RedisServer()
    let gauge = try await Cachegauge([], configuration: configuration(["stays", "goes"], server))
    let file = "\(gauge.directory.path)/cachegauge.yml"
    #expect(gauge.metric(Self.current) == 1)
    let read = try #require(gauge.metric("cachegauge_config_last_reload_success_timestamp_seconds"))

    try writeFile("targets:\n  - { name: stays, url: \"redis://u:hidden@[\", polls: 3 }\n", to: file)
    gauge.process.signal(SIGHUP)
    #expect(await eventually { gauge.metric(Self.current) == 0 })
    #expect(gauge.metric("cachegauge_config_last_reload_success_timestamp_seconds") == read)
    let polls = gauge.metric("cache_polls_total{target=\"goes\"}") ?? 0
    #expect(await eventually { (gauge.metric("cache_polls_total{target=\"goes\"}") ?? 0) > polls })
    let exporter = try gauge.json("/api/cache/report")["exporter"]
    #expect(exporter["configuration_current"] == .bool(false))
    #expect(exporter["configuration_read"].string != nil)
    try #expect(gauge.get("/").body.contains("The configuration's file can't be used"))
    #expect(
      await eventually {
        gauge.log.contains("the configuration can't be used; what was read before stays in force")
      })
    #expect(await eventually { gauge.log.contains("cachegauge.yml:2:") })
    #expect(!gauge.log.contains("hidden"))

    let kept = gauge.metric("cache_polls_total{target=\"stays\"}") ?? 0
    try writeFile(configuration(["stays", "came"], server, "expose_keys: true\n"), to: file)
    gauge.process.signal(SIGHUP)
    #expect(await eventually { gauge.metric("cache_up{target=\"came\"}") == 1 })
    #expect(await eventually { gauge.metric(Self.current) == 1 })
    #expect(gauge.metric("cache_up{target=\"goes\"}") == nil)
    // It was not begun anew.
    #expect((gauge.metric("cache_polls_total{target=\"stays\"}") ?? 0) >= kept)
    #expect(
      await eventually {
        gauge.log.contains("expose_keys has changed, which takes effect when cachegauge starts again")
      })
    #expect((gauge.metric("cachegauge_config_last_reload_success_timestamp_seconds") ?? 0) > read)
  }

  @Test func `with a longer interval leaves a poll in history's answers until the next`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([], configuration: configuration(["shop"], server))
    try writeFile(
      configuration(["shop"], server, interval: "15s"), to: "\(gauge.directory.path)/cachegauge.yml")
    gauge.process.signal(SIGHUP)
    #expect(await eventually { gauge.log.contains("the configuration was read again") })
    let history = QueryAPI(port: gauge.port)
    // For longer than two and a half of the old interval.
    for _ in 0..<10 {
      try await Task.sleep(for: .milliseconds(100))
      try #expect(history.samples("query", ["query": "cache_up"]).count == 1)
    }
  }

  @Test func `finds pipes where files are wanted, tells of them, and holds nothing up`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([], configuration: configuration(["stays"], server))
    let (file, password) = ("\(gauge.directory.path)/cachegauge.yml", "\(gauge.directory.path)/password")
    try run(["rm", file])
    try run(["mkfifo", file, password])
    gauge.process.signal(SIGHUP)
    #expect(await eventually { gauge.metric(Self.current) == 0 })
    #expect(
      await eventually { gauge.log.contains("cachegauge.yml: error: the file is a pipe; cachegauge reads regular") }
    )
    try run(["rm", file])
    let locked = "  - { name: locked, url: \"\(server.url)/1\", password_file: \"\(password)\" }\n"
    try writeFile(configuration(["stays"], server) + locked, to: file)
    gauge.process.signal(SIGHUP)
    #expect(await eventually { gauge.metric(Self.current) == 1 })
    #expect(await eventually { gauge.metric("cache_up{target=\"locked\"}") == 0 })
    #expect(gauge.metric("cache_up{target=\"stays\"}") == 1)
    #expect(await eventually { gauge.log.contains("it is a pipe; cachegauge reads regular files") })
    gauge.process.signal(SIGTERM)
    #expect(await eventually { !gauge.process.isRunning })
  }

  @Test func `with other namespaces leaves notifications heard, and what stays counts on`() async throws {
    let server = try RedisServer("--notify-keyspace-events", "Emxeg")
    let redis = try server.connect()
    func configuration(_ names: [String]) -> String {
      let namespaces = names.map { "{ name: \($0), keys: [\"\($0):*\"] }" }.joined(separator: ", ")
      return "poll: { interval: 100ms, timeout: 30s }\ntargets:\n  - url: \"\(server.url)\"\n"
        + "    observe: { events: true }\n    namespaces: [\(namespaces)]\n"
    }
    func misses(_ namespace: String, _ cause: String, _ gauge: Cachegauge) -> Double? {
      gauge.metric("cache_namespace_misses_total{namespace=\"\(namespace)\",cause=\"\(cause)\"}")
    }
    let gauge = try await Cachegauge([], configuration: configuration(["gone", "menu"]))
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
    try redis.pipeline(
      (0..<30).flatMap { [["GET", "menu:\($0)"], ["GET", "search:\($0)"], ["GET", "gone:\($0)"]] })
    try redis.pipeline((0..<30).flatMap { [["SET", "search:\($0)", "x"], ["DEL", "search:\($0)"]] })
    #expect(await eventually { misses("menu", "cold", gauge) == 30 })
    try writeFile(configuration(["menu", "search"]), to: "\(gauge.directory.path)/cachegauge.yml")
    gauge.process.signal(SIGHUP)
    #expect(await eventually { misses("search", "cold", gauge) == 0 })
    try redis.pipeline((0..<10).flatMap { [["GET", "menu:new\($0)"], ["GET", "search:\($0)"]] })
    #expect(await eventually { misses("menu", "cold", gauge) == 40 })
    #expect(await eventually { misses("search", "invalidated", gauge) == 10 })
    #expect(misses("gone", "cold", gauge) == nil)
    #expect(await eventually { gauge.metric("cache_events_total{event=\"keymiss\"}") == 110 })
    #expect(gauge.metric("cache_events_gap_seconds_total") == 0)
  }

  @Test func `keeps namespaces that were found since the start, and has those of new targets found`() async throws {
    let servers = try (0..<2).map { _ in try RedisServer("--notify-keyspace-events", "Emxeg") }
    let redis = try servers.map { try $0.connect() }
    func configuration(_ names: [String]) -> String {
      let targets = zip(names, servers).map {
        "  - { name: \($0), url: \"\($1.url)\", observe: { events: true } }\n"
      }
      return "poll: { interval: 100ms, timeout: 30s }\ntargets:\n\(targets.joined())"
    }
    func misses(_ target: String, _ namespace: String, _ gauge: Cachegauge) -> Double? {
      gauge.metric(
        "cache_namespace_misses_total{target=\"\(target)\",namespace=\"\(namespace)\",cause=\"cold\"}")
    }
    let gauge = try await Cachegauge([], configuration: configuration(["old"]))
    #expect(await eventually { gauge.metric("cache_events_subscribed{target=\"old\"}") == 1 })
    try redis[0].pipeline((0..<100).map { ["SET", "menu:\($0)", "x"] })
    #expect(await eventually(within: 60) { misses("old", "menu", gauge) != nil }, "\(gauge.log)")
    try redis[0].pipeline((0..<30).map { ["GET", "menu:none\($0)"] })
    #expect(await eventually { misses("old", "menu", gauge) == 30 })
    // Who looks now finds something else.
    try redis[0].pipeline((0..<100).flatMap { [["DEL", "menu:\($0)"], ["SET", "search:\($0)", "x"]] })
    try writeFile(configuration(["old", "new"]), to: "\(gauge.directory.path)/cachegauge.yml")
    gauge.process.signal(SIGHUP)
    #expect(await eventually { gauge.log.contains("the configuration was read again: 2 targets") })
    #expect(await eventually { gauge.metric("cache_events_subscribed{target=\"new\"}") == 1 })
    try redis[0].call("GET", "menu:none")
    #expect(await eventually { misses("old", "menu", gauge) == 31 }, "\(gauge.log)")
    try redis[1].pipeline((0..<100).map { ["SET", "basket:\($0)", "x"] })
    #expect(await eventually(within: 60) { misses("new", "basket", gauge) != nil }, "\(gauge.log)")
    #expect(misses("old", "menu", gauge) == 31)
    #expect(misses("old", "search", gauge) == nil)
    #expect(gauge.log.split(separator: "\n").count { $0.contains("found 1 namespaces") } == 2)
  }
}
