import Glibc
import TestSupport
import Testing

/// History that survives: the program is killed without warning, again and again.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `History on disk` {
  private func configuration(_ server: RedisServer, _ directory: TemporaryDirectory) -> String {
    """
    poll: { interval: 100ms, timeout: 30s }
    history: { path: "\(directory.path)/history", fsync: 100ms }
    targets: [{ name: shop, url: "\(server.url)" }]
    """
  }

  /// Every poll of the last minute by its time: what `metric` was; none while history knows no such series.
  private func polls(_ gauge: Cachegauge, _ metric: String = "redis_commands_processed_total") throws -> [Double:
    Double]
  {
    let answer = try gauge.get("/api/cache/series?metric=\(metric)&function=last&last=1m&step=100ms")
    var result: [Double: Double] = [:]
    guard answer.status == 200 else { return result }
    for point in try JSON(parsing: answer.body)["points"].items {
      if let time = point[0].number, let value = point[1].number { result[time] = value }
    }
    return result
  }

  private let newest = "cachegauge_history_file_newest_timestamp_seconds"

  @Test func `kill -9 in a loop: every restart serves what the disk had confirmed`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    var confirmed: [Double: Double] = [:]
    var start = 0.0
    for round in 0..<8 {
      let gauge = try await Cachegauge([], configuration: configuration(server, directory))
      let restored = try polls(gauge)
      for (time, value) in confirmed where (restored.keys.min() ?? 0) < time {
        #expect(restored[time] == value, "round \(round): the poll at \(time) is lost or changed")
      }
      #expect(round == 0 || restored.count >= min(confirmed.count, 300))
      #expect(await eventually { (gauge.metric(newest) ?? 0) > 0 })
      if round == 0 { start = try #require(gauge.metric(newest)) }
      #expect(await eventually { (gauge.metric(newest) ?? 0) > start + 1 })
      // All polls up to that time are on the disk.
      start = try #require(gauge.metric(newest))
      confirmed = try polls(gauge).filter { $0.key <= start }
      #expect(!confirmed.isEmpty)
      #expect(gauge.metric("cachegauge_history_file_errors_total") == 0)
      #expect(gauge.metric("cachegauge_history_file_skipped_records_total") == 0)
      gauge.process.end()
    }
    let gauge = try await Cachegauge([], configuration: configuration(server, directory))
    #expect(confirmed.keys.max().map { $0 > 0 } == true)
    let up = try polls(gauge, "cache_up")
    #expect((up.keys.max() ?? 0) - (up.keys.min() ?? 0) > 4)
    #expect(await eventually { gauge.log.contains("polls of history were read back") })
  }

  @Test func `targets of a file that go and come again have their history, also after a restart`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let names = (0..<10).map { "t\($0)" }
    func list(_ count: Int) throws {
      let groups = names.prefix(count).enumerated().map {
        "{\"targets\": [\"\(server.url)/\($0.offset)\"], \"labels\": {\"target\": \"\($0.element)\"}}"
      }
      let file = try directory.write("[\(groups.joined(separator: ","))]", to: "new")
      try run(["mv", file, "\(directory.path)/t.json"])
    }
    func start() async throws -> Cachegauge {
      try await Cachegauge(
        [],
        configuration: """
          poll: { interval: 200ms, timeout: 30s }
          history: { path: "\(directory.path)/history", fsync: 100ms }
          target_files: [{ paths: ["\(directory.path)/*.json"] }]
          """)
    }
    func up(_ gauge: Cachegauge, _ name: String) throws -> [Double] {
      let path = "/api/cache/series?target=\(name)&metric=cache_up&function=last&last=5m&step=1s"
      return try gauge.json(path)["points"].items.compactMap { $0[1].number == nil ? nil : $0[0].number }
    }
    try list(10)
    var gauge = try await start()
    let first = try #require(gauge.metric("cache_polls_total{target=\"t9\"}"))
    #expect(await eventually { (gauge.metric("cache_polls_total{target=\"t9\"}") ?? 0) >= first + 5 })
    let before = try names.map { try up(gauge, $0) }
    #expect(before.allSatisfy { !$0.isEmpty })
    // All go. Of so many former targets some are given up in memory; their files stay.
    try list(0)
    #expect(
      try await eventually {
        let metrics = try gauge.metrics()
        return names.allSatisfy { metrics["cache_up{target=\"\($0)\"}"] == nil }
      })
    #expect(
      try await eventually {
        try names.contains { try gauge.get("/api/cache/series?target=\($0)&metric=cache_up").status != 200 }
      })
    try list(10)
    #expect(
      try await eventually {
        let metrics = try gauge.metrics()
        return names.allSatisfy { metrics["cache_up{target=\"\($0)\"}"] == 1 }
      })
    for (name, times) in zip(names, before) {
      #expect(Set(times).isSubset(of: try up(gauge, name)), "\(name) has lost history")
    }
    try list(1)
    #expect(await eventually { gauge.metric("cache_up{target=\"t9\"}") == nil })
    gauge.process.signal(SIGTERM)
    #expect(await eventually { !gauge.process.isRunning })
    gauge = try await start()
    #expect(Set(before[0]).isSubset(of: try up(gauge, "t0")))
    try list(10)
    #expect(await eventually { gauge.metric("cache_up{target=\"t9\"}") == 1 })
    #expect(Set(before[9]).isSubset(of: try up(gauge, "t9")), "not read back when it came again")
    #expect(gauge.metric("cachegauge_history_file_errors_total") == 0)
  }

  @Test func `without a path no file is written; with one a clean end loses nothing`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    do {
      let gauge = try await Cachegauge([server.url])
      #expect(gauge.metric("cachegauge_history_file_bytes") == nil)
    }
    let gauge = try await Cachegauge([], configuration: configuration(server, directory))
    #expect(await eventually { (gauge.metric("cache_polls_total{target=\"shop\"}") ?? 0) > 8 })
    let before = try polls(gauge)
    gauge.process.signal(SIGTERM)
    #expect(await eventually { !gauge.process.isRunning })
    let again = try await Cachegauge([], configuration: configuration(server, directory))
    let after = try polls(again)
    for (time, value) in before { #expect(after[time] == value) }
  }

  @Test func `a second process on the same directory ends with a sentence`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let gauge = try await Cachegauge([], configuration: configuration(server, directory))
    let file = try directory.write(configuration(server, directory), to: "second.yml")
    let second = try run([Cachegauge.executable, "serve", "--listen", "127.0.0.1:0", "--config", file])
    #expect(second.exitCode != 0)
    #expect(second.output.contains("another process keeps its history in"))
    #expect(gauge.metric("cachegauge_history_file_errors_total") == 0)
  }

  @Test func `its directory is made and locked again when it is gone, and a restart has all of before`()
    async throws
  {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    func up(_ gauge: Cachegauge) throws -> Set<Double> {
      let path = "/api/cache/series?metric=cache_up&function=last&last=10m&step=1s"
      return Set(try gauge.json(path)["points"].items.compactMap { $0[1].number == nil ? nil : $0[0].number })
    }
    let gauge = try await Cachegauge([], configuration: configuration(server, directory))
    #expect(await eventually { (gauge.metric(newest) ?? 0) > 0 })
    let start = try #require(gauge.metric(newest))
    // More than a step of what is asked for.
    #expect(await eventually { (gauge.metric(newest) ?? 0) > start + 2 })
    let confirmed = try #require(gauge.metric(newest))
    // At once, as no removal file by file is.
    try run(["mv", "\(directory.path)/history", "\(directory.path)/gone"])
    #expect(await eventually { gauge.log.contains("history is written to disk again") })
    #expect(await eventually { (gauge.metric(newest) ?? 0) > confirmed + 1 })
    #expect((gauge.metric("cachegauge_history_file_errors_total") ?? 0) >= 1)
    #expect(gauge.log.contains("its files were removed or replaced"))
    // It is this process's again.
    let file = try directory.write(configuration(server, directory), to: "second.yml")
    let second = try run([Cachegauge.executable, "serve", "--listen", "127.0.0.1:0", "--config", file])
    #expect(second.exitCode != 0 && second.output.contains("another process keeps its history in"))
    let before = try up(gauge)
    gauge.process.signal(SIGTERM)
    #expect(await eventually { !gauge.process.isRunning })
    let again = try await Cachegauge([], configuration: configuration(server, directory))
    #expect((before.min() ?? .infinity) <= confirmed, "polls from before the removal")
    #expect(before.isSubset(of: try up(again)))
  }

  // The thread sanitizer's own runtime dies under a limit on the size of files.
  @Test(.enabled(if: sanitizer != "thread"))
  func `a full disk is counted and told once, and polling goes on`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let file = try directory.write(configuration(server, directory), to: "full.yml")
    let port = try freePort()
    // A limit on the size of files fails a write as a full disk does: 32 blocks of 512 bytes.
    let process = try ServerProcess(
      [
        "/bin/sh", "-c", "ulimit -f 32; exec \"$@\"", "sh", Cachegauge.executable, "serve", "--listen",
        "127.0.0.1:\(port)", "--config", file,
      ], log: "\(directory.path)/log")
    func metric(_ name: String) -> Double? {
      guard let body = try? get("/metrics", port: port).body else { return nil }
      let line = body.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }
    #expect(await eventually(within: 30) { (metric("cachegauge_history_file_errors_total") ?? 0) >= 3 })
    let polls = try #require(metric("cache_polls_total{target=\"shop\"}"))
    #expect(await eventually { (metric("cache_polls_total{target=\"shop\"}") ?? 0) >= polls + 10 })
    #expect(metric("cache_up{target=\"shop\"}") == 1)
    let log = try readFile("\(directory.path)/log")
    #expect(log.split(separator: "\n").filter { $0.contains("history can't be written to disk") }.count == 1)
    process.end()
  }
}
