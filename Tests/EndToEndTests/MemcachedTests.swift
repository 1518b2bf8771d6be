import Glibc
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("memcached"))) struct `A Memcached` {
  private static func configuration(_ server: MemcachedServer, _ more: String = "") -> String {
    """
    poll: { interval: 100ms, slow_interval: 500ms, timeout: 90ms }
    targets:
      - name: pages
        url: \(server.url)
        memcached: { \(more) }
        namespaces:
          - { name: menu, keys: ["menu:*"], target: { hit_rate: 0.5, critical: 0.1 } }
          - { name: session, keys: ["session:*"] }
          - { name: today, keys: ["page:today:*"] }
    """
  }

  @Test func `is watched as a Redis is: counts by namespace, health, page and series`() async throws {
    let server = try MemcachedServer()
    let state = try TemporaryDirectory()
    let gauge = try await Cachegauge(
      [], configuration: Self.configuration(server, "manage: true, state_directory: \(state.path)"))
    let app = try server.connect()
    #expect(try await eventually { try app.call("stats settings").contains("STAT detail_enabled yes") })
    // While it is switched on, nothing is said to be off.
    #expect(!gauge.log.contains("counting_off"))
    // Lookups before the first report are nobody's.
    let menu = "cache_namespace_hits_total{target=\"pages\",namespace=\"menu\"}"
    #expect(await eventually { gauge.metric(menu) == 0 })
    var (hits, misses) = (0.0, 0.0)
    for number in 0..<400 {
      if try app.get("menu:\(number % 150)") {
        hits += 1
      } else {
        misses += 1
        try app.set("menu:\(number % 150)", "v")
      }
    }
    for _ in 0..<7 { _ = try app.metaGet("menu:1") }
    #expect(await eventually { gauge.metric("cache_hits_total{target=\"pages\"}") == hits + 7 })
    #expect(await eventually { gauge.metric(menu) == hits })
    let missed = "cache_namespace_misses_total{target=\"pages\",namespace=\"menu\",cause=\"unknown\"}"
    #expect(await eventually { gauge.metric(missed) == misses })
    #expect(await eventually { gauge.metric("cache_uncounted_lookups_total{target=\"pages\"}") == 7 })
    #expect(gauge.metric("memcached_up{target=\"pages\"}") == 1)
    #expect(gauge.metric("memcached_current_items{target=\"pages\"}") == 150)
    let report = try gauge.json("/api/cache/report")["targets"][0]
    #expect(report["kind"].string == "memcached")
    #expect(report["namespaces"]["menu"]["source"].string == "memcached")
    #expect(report["namespaces"]["today"]["failure"].string == "pattern_too_fine")
    #expect(report["lookups"]["uncounted"].number == 7)
    #expect(report["server"]["eviction_policy"].string == "lru")

    // What was switched on is switched off again.
    gauge.process.signal(SIGTERM)
    #expect(try await eventually { try app.call("stats settings").contains("STAT detail_enabled no") })
    // The note goes with it: what is switched on later is another's.
    #expect(try await eventually { try run(["ls", state.path]).output.isEmpty })
  }

  @Test func `that is not told to count says so, and what a crash left is taken back`() async throws {
    let server = try MemcachedServer()
    let app = try server.connect()
    let state = try TemporaryDirectory()
    let first = try await Cachegauge(
      [], configuration: Self.configuration(server, "manage: true, state_directory: \(state.path)"))
    #expect(try await eventually { try app.call("stats settings").contains("STAT detail_enabled yes") })
    first.process.signal(SIGKILL)
    let second = try await Cachegauge(
      [], configuration: Self.configuration(server, "state_directory: \(state.path)"))
    #expect(try await eventually { try app.call("stats settings").contains("STAT detail_enabled no") })
    #expect(
      await eventually {
        (try? second.json("/api/cache/report"))?["targets"][0]["namespaces"]["menu"]["failure"].string
          == "counting_off"
      })
  }

  @Test func `that ends is down within a poll, and recovers`() async throws {
    let server = try MemcachedServer()
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await eventually { gauge.metric("memcached_up{target=\"pages\"}") == 1 })
    server.kill()
    #expect(await eventually { gauge.metric("memcached_up{target=\"pages\"}") == 0 })
    try server.restart()
    #expect(await eventually { gauge.metric("memcached_up{target=\"pages\"}") == 1 })
  }

  @Test func `that can't be told to count, for want of a place for a note, says so`() async throws {
    let server = try MemcachedServer()
    let state = try TemporaryDirectory()
    let file = try state.write("", to: "file")
    let gauge = try await Cachegauge(
      [], configuration: Self.configuration(server, "manage: true, state_directory: \(file)"))
    let told = await eventually {
      let warnings = (try? gauge.json("/api/cache/health"))?["warnings"].items ?? []
      return warnings.contains { $0["message"].string?.contains("(note_not_written)") == true }
    }
    #expect(told)
    #expect(await eventually { gauge.log.contains("could not be noted in memcached.state_directory") })
    #expect(try server.connect().call("stats settings").contains("STAT detail_enabled no"))
  }

  @Test func `that is allowed may be asked for by a scrape`() async throws {
    let server = try MemcachedServer()
    let gauge = try await Cachegauge(
      [], configuration: "scrape: { allow: [{ targets: [\"memcached://127.0.0.1:\(server.port)\"] }] }")
    let answer = try gauge.get("/scrape?target=memcached://127.0.0.1:\(server.port)")
    #expect(answer.status == 200)
    #expect(answer.body.contains("\nmemcached_up 1\n"))
    #expect(try gauge.get("/scrape?target=redis://127.0.0.1:\(server.port)").status == 403)
  }

  @Test(.enabled(if: isInstalled("saslpasswd2")), arguments: [true, false])
  func `that asks for a login is watched as any other, and the password is nowhere`(_ isBinary: Bool) async throws {
    let server =
      isBinary
      ? try MemcachedServer(saslUser: "monitor")
      : try MemcachedServer("-Y", "@users", files: ["users": "monitor:secret\n"])
    let state = try TemporaryDirectory()
    let password = try state.write("secret\n", to: "password")
    let notes = try TemporaryDirectory()
    let configuration = """
      poll: { interval: 300ms, slow_interval: 600ms, timeout: 290ms }
      targets:
        - url: \(server.url)
          username: monitor
          password_file: \(password)
          memcached: { sasl: \(isBinary), manage: true, state_directory: \(notes.path) }
          namespaces: [{ name: menu, keys: ["menu:*"] }]
      """
    let gauge = try await Cachegauge([], configuration: configuration)
    // The server counts by prefix, since it was told to.
    #expect(await eventually { gauge.metric("cache_namespace_hits_total{namespace=\"menu\"}") == 0 })
    #expect(await eventually { gauge.metric("memcached_limit_bytes") == 67_108_864 })
    #expect(await eventually { gauge.metric("memcached_up") == 1 })
    #expect(await eventually { gauge.metric("memcached_auth_errors_total") == 0 })
    #expect(!gauge.log.contains("secret"))
    for path in ["/metrics", "/api/cache/report", "/api/cache/health"] {
      #expect(!(try gauge.get(path).body).contains("secret"))
    }
    guard isBinary else { return }
    let file = try state.write(configuration, to: "c.yml")
    let refused = try run([Cachegauge.executable, "clear", "--config", file, "--namespace", "menu"])
    #expect(refused.exitCode != 0)
    #expect(refused.output.contains("can neither list keys nor start the crawler"), "\(refused.output)")
  }
}
