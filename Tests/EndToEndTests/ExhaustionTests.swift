import Glibc
import TestSupport
import Testing

/// Rows of the table in docs/reliability.md: when the machine or an HTTP client is at fault.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `A process` {
  @Test func `that is ended amid a poll ends at once and in order`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url, "--poll-interval", "100ms", "--poll-timeout", "4m"])
    server.freeze()
    // No poll has ended for three intervals: one is under way, and would be for minutes.
    #expect(
      await eventually {
        let before = gauge.metric("cache_polls_total")
        try? await Task.sleep(for: .milliseconds(300))
        return before != nil && gauge.metric("cache_polls_total") == before
      })
    gauge.process.signal(SIGTERM)
    #expect(await eventually { !gauge.process.isRunning })
    #expect(!gauge.log.contains("Fatal") && !gauge.log.contains("Error"))
    server.thaw()
  }

  @Test func `that may open no more files answers scrapes, says what it lacks, and recovers`() async throws {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    let many = (0..<200).map { "  - { name: t\($0), url: \"\(server.url)/\($0 % 16)\" }" }
    let text = { (targets: [String]) in
      "poll: { interval: 500ms, timeout: 450ms }\ntargets:\n\(targets.joined(separator: "\n"))\n"
    }
    let file = try directory.write(text(many), to: "many.yml")
    let port = try freePort()
    let process = try ServerProcess(
      [
        "/bin/sh", "-c", "ulimit -n 160; exec \"$@\"", "sh", Cachegauge.executable, "serve", "--listen",
        "127.0.0.1:\(port)", "--config", file,
      ], log: "\(directory.path)/log")
    let page = { (try? get("/metrics", port: port).body) ?? "" }
    let lacks = {
      page().split(separator: "\n").contains {
        $0.hasPrefix("cache_failure_info{") && $0.contains("no_file_descriptors")
      }
    }
    #expect(await eventually { lacks() })
    // Scrapes go on beside it, however many come one after another.
    for _ in 0..<20 { #expect(try get("/metrics", port: port).status == 200) }
    #expect(page().contains("\nprocess_max_fds 160\n"))
    #expect(
      await eventually {
        page().split(separator: "\n").contains { $0.hasPrefix("cache_up{") && $0.hasSuffix(" 1") }
      })
    try writeFile(text(Array(many.prefix(8))), to: file)
    process.signal(SIGHUP)
    #expect(await eventually { !lacks() && page().contains("cache_up{target=\"t7\"} 1") })
    process.end()
  }

  @Test func `answers a scraper beside hundreds of idle, slow and greedy clients`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url, "--poll-interval", "100ms", "--poll-timeout", "30s"])
    var clients: [Int32] = []
    defer { for client in clients { close(client) } }
    let slow = Array("GET /metrics HTTP/1.1\r\nHost: a\r\nX".utf8)
    let greedy = Array(String(repeating: "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", count: 200).utf8)
    for number in 0..<600 {
      guard let client = try? connectToLoopback(port: gauge.port) else { continue }
      clients.append(client)
      let request = number % 3 == 0 ? slow : number % 3 == 1 ? greedy : []
      _ = unsafe send(client, request, request.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
    #expect(clients.count > 500)
    // A scraper may be turned away while every place is taken, but not for long; polls never wait.
    let polls = await Self.polls(gauge)
    for _ in 0..<5 { #expect(await Self.polls(gauge) >= polls) }
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) > polls + 5 })
    #expect(gauge.metric("cache_up") == 1)
  }

  /// The polls so far, as soon as a scrape is answered.
  private static func polls(_ gauge: Cachegauge) async -> Double {
    var polls: Double?
    _ = await eventually {
      polls = gauge.metric("cache_polls_total")
      return polls != nil
    }
    return polls ?? 0
  }
}
