import Glibc
import TestSupport
import Testing

/// An application on a Memcached that counts itself what its lookups found, by namespace.
private final class Reader {
  struct Counts: Equatable {
    var hits = 0.0
    var misses = 0.0
  }

  private let connections: [RawMemcached]
  private var turn = 0
  private(set) var menu = Counts()
  private(set) var session = Counts()

  init(_ server: MemcachedServer) throws {
    connections = [try server.connect(), try server.connect(), try server.connect()]
  }

  /// Each call over another connection, and so often by another thread of the server's.
  var connection: RawMemcached {
    turn += 1
    return connections[turn % connections.count]
  }

  @discardableResult
  func get(_ key: String, meta: Bool = false) throws -> Bool {
    let isHit = meta ? try connection.metaGet(key) : try connection.get(key)
    let path: ReferenceWritableKeyPath<Reader, Counts> = key.hasPrefix("menu:") ? \.menu : \.session
    if isHit { self[keyPath: path].hits += 1 } else { self[keyPath: path].misses += 1 }
    return isHit
  }

  func set(_ key: String, ttl: Int = 0) throws { try connection.set(key, "value", ttl: ttl) }
}

@Suite(.enabled(if: isInstalled("memcached"))) struct `The log of a Memcached` {
  private static func configuration(_ server: MemcachedServer, _ more: String = "") -> String {
    """
    poll: { interval: 300ms, slow_interval: 600ms, timeout: 290ms }
    targets:
      - name: pages
        url: \(server.url)
        memcached: { watch: true\(more) }
        namespaces:
          - { name: menu, keys: ["menu:*"], target: { hit_rate: 0.5, critical: 0.1 } }
          - { name: session, keys: ["session:{tenant}:*"] }
    """
  }

  private static func metric(_ name: String, _ labels: String) -> String {
    "cache_\(name){target=\"pages\",\(labels)}"
  }

  private static func hits(_ name: String) -> String { metric("namespace_hits_total", "namespace=\"\(name)\"") }

  private static func misses(_ gauge: Cachegauge, _ name: String) -> Double {
    ["cold", "expired", "evicted", "invalidated", "unknown"].reduce(0) { sum, cause in
      sum + (gauge.metric(metric("namespace_misses_total", "namespace=\"\(name)\",cause=\"\(cause)\"")) ?? 0)
    }
  }

  private static func misses(_ gauge: Cachegauge, _ name: String, _ cause: String) -> Double? {
    gauge.metric(metric("namespace_misses_total", "namespace=\"\(name)\",cause=\"\(cause)\""))
  }

  private static func isHeard(_ gauge: Cachegauge) async -> Bool {
    await eventually { gauge.metric("cache_events_subscribed{target=\"pages\"}") == 1 }
  }

  @Test func `tells hits and misses by namespace as the application counts them, of meta commands too`()
    async throws
  {
    let server = try MemcachedServer()
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await Self.isHeard(gauge))
    let app = try Reader(server)
    for number in 0..<300 {
      let key = "menu:\(number % 120)"
      if try !app.get(key, meta: number % 3 == 0) { try app.set(key) }
      try app.get("session:acme:\(number % 50)", meta: number % 2 == 0)
    }
    #expect(app.menu.hits == 180)
    let (menu, session) = (app.menu, app.session)
    #expect(await eventually { gauge.metric(Self.hits("menu")) == menu.hits })
    #expect(await eventually { Self.misses(gauge, "menu") == menu.misses })
    #expect(await eventually { Self.misses(gauge, "session") == session.misses })
    #expect(gauge.metric(Self.hits("session")) == 0)
    // Nobody had stored them before, and nothing was ever removed.
    #expect(Self.misses(gauge, "menu", "cold") == menu.misses)
    let target = try gauge.json("/api/cache/report")["targets"][0]
    #expect(target["namespaces"]["menu"]["source"].string == "watched")
    #expect(target["namespaces"]["menu"]["exact"] == .bool(true))
    let tenants = target["namespaces"]["session"]["observed"]["tenants"]
    let known = tenants["top"].items.reduce(0) { $0 + ($1["misses"].number ?? 0) }
    #expect(known + (tenants["other_misses"].number ?? 0) == session.misses)
    #expect(target["events"]["log"]["dropped_lines"].number == 0)
    #expect(target["events"]["log"]["uncertain_lookups"].number == 0)
    #expect(await eventually { gauge.metric("cache_hits_total{target=\"pages\"}") == menu.hits })
  }

  @Test func `tells gat and gats as lookups, which the server itself counts as touches`() async throws {
    let server = try MemcachedServer()
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await Self.isHeard(gauge))
    let app = try server.connect()
    try app.set("menu:1", "value")
    for _ in 0..<4 { try app.call("gat 100 menu:1") }
    for number in 0..<3 { try app.call("gats 100 session:acme:\(number)") }
    #expect(await eventually { gauge.metric(Self.hits("menu")) == 4 })
    #expect(await eventually { Self.misses(gauge, "session") == 3 })
    #expect(Self.misses(gauge, "menu") == 0 && gauge.metric(Self.hits("session")) == 0)
    let others = { try? gauge.json("/api/cache/report")["targets"][0]["events"]["log"]["other_lookups"].number }
    #expect(await eventually { others() == 7 })
    #expect(gauge.metric("cache_hits_total{target=\"pages\"}") == 0)
  }

  @Test func `tells why lookups miss: never stored, expired, deleted, evicted`() async throws {
    let server = try MemcachedServer("-m", "2", "-I", "512k")
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await Self.isHeard(gauge))
    let app = try Reader(server)
    for number in 0..<40 { try app.get("menu:cold:\(number)") }

    for number in 0..<30 { try app.set("menu:brief:\(number)", ttl: 1) }
    // Over for all when it is for the one that was stored last; asked for elsewhere, so that the counts are known.
    try app.set("probe", ttl: 1)
    #expect(try await eventually { try !server.connect().get("probe") })
    for number in 0..<30 { #expect(try !app.get("menu:brief:\(number)")) }

    for number in 0..<20 { try app.set("menu:deleted:\(number)", ttl: 600) }
    for number in 0..<20 { #expect(try app.connection.call("delete menu:deleted:\(number)") == "DELETED\n") }
    for number in 0..<20 { #expect(try !app.get("menu:deleted:\(number)")) }

    let large = String(repeating: "v", count: 100_000)
    for number in 0..<60 { try app.connection.set("session:acme:\(number)", large) }
    var evicted = 0.0
    for number in 0..<60 where try !app.get("session:acme:\(number)") { evicted += 1 }
    #expect(evicted > 0)
    // What was told as a hit is never taken back: those that follow make up for it.
    try app.set("menu:kept")
    for _ in 0..<30 { #expect(try app.get("menu:kept")) }

    #expect(await eventually { Self.misses(gauge, "session", "evicted") == evicted })
    #expect(await eventually { Self.misses(gauge, "menu", "cold") == 40 })
    #expect(await eventually { Self.misses(gauge, "menu", "expired") == 30 })
    #expect(await eventually { Self.misses(gauge, "menu", "invalidated") == 20 })
    // A deletion looks its key up: the twenty show themselves, and are no hits.
    #expect(await eventually { gauge.metric(Self.hits("menu")) == 30 })
    let log = try gauge.json("/api/cache/report")["targets"][0]["events"]["log"]
    #expect(log["other_lookups"].number == 20)
    #expect(log["corrected_lookups"].number == 20)
    #expect(log["uncertain_lookups"].number == 0)
  }

  @Test func `is short of no more lookups than the server says it dropped`() async throws {
    let server = try MemcachedServer()
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await Self.isHeard(gauge))
    let app = try server.connect()
    try app.set("menu:1", "v")
    let keys = Array(repeating: "menu:1", count: 100).joined(separator: " ")
    let dropped = "cache_log_dropped_lines_total{target=\"pages\"}"
    var asked = 0.0
    // While nothing happens the server's thread looks after the lines more and more rarely: a burst then finds its buffer full.
    for _ in 0..<20 where (gauge.metric(dropped) ?? 0) == 0 {
      for _ in 0..<100 { _ = try app.call("get \(keys)") }
      asked += 10_000
      _ = await eventually(within: 3) { (gauge.metric(dropped) ?? 0) > 0 }
    }
    func isAccountedFor() -> Bool {
      guard let hits = gauge.metric(Self.hits("menu")), let lost = gauge.metric(dropped) else { return false }
      // The server counts what it drops without a lock, and so may miss a few.
      return lost > 0 && hits < asked && hits + lost >= asked * 0.99
    }
    #expect(await eventually { isAccountedFor() })
    let target = try gauge.json("/api/cache/report")["targets"][0]
    #expect(target["namespaces"]["menu"]["exact"] == .bool(false))
    #expect((target["events"]["log"]["uncertain_lookups"].number ?? 0) > 0)
  }

  @Test func `goes on after the server was started anew, and tells of the gap`() async throws {
    let server = try MemcachedServer()
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    #expect(await Self.isHeard(gauge))
    let before = try server.connect()
    _ = try before.get("menu:1")
    #expect(await eventually { Self.misses(gauge, "menu") == 1 })
    server.kill()
    #expect(await eventually { gauge.metric("cache_events_subscribed{target=\"pages\"}") == 0 })
    try server.restart()
    #expect(await Self.isHeard(gauge))
    let after = try server.connect()
    _ = try after.get("menu:1")
    #expect(await eventually { Self.misses(gauge, "menu") == 2 })
    #expect((gauge.metric("cache_events_gap_seconds_total{target=\"pages\"}") ?? 0) > 0)
  }

  @Test func `gives the causes where the server counts by prefix as well, whose counts are the namespaces'`()
    async throws
  {
    let server = try MemcachedServer()
    let state = try TemporaryDirectory()
    let gauge = try await Cachegauge(
      [], configuration: Self.configuration(server, ", manage: true, state_directory: \(state.path)"))
    #expect(await Self.isHeard(gauge))
    #expect(await eventually { gauge.metric(Self.hits("menu")) == 0 })
    let app = try Reader(server)
    for number in 0..<10 where try !app.get("menu:\(number)") { try app.set("menu:\(number)") }
    for number in 0..<10 { try app.get("menu:\(number)") }
    #expect(await eventually { gauge.metric(Self.hits("menu")) == 10 })
    #expect(await eventually { Self.misses(gauge, "menu", "cold") == 10 })
    let namespaces = try gauge.json("/api/cache/report")["targets"][0]["namespaces"]
    #expect(namespaces["menu"]["source"].string == "memcached")
  }

  @Test func `that is not to be had is told of`() async throws {
    let server = try MemcachedServer("-W")
    let gauge = try await Cachegauge([], configuration: Self.configuration(server))
    let told = await eventually {
      let warnings = (try? gauge.json("/api/cache/health"))?["warnings"].items ?? []
      return warnings.contains { $0["message"].string?.contains("allow no watching (-W)") == true }
    }
    #expect(told)
    #expect(await eventually { gauge.metric("memcached_up{target=\"pages\"}") == 1 })
    #expect(await eventually { gauge.log.contains("the server allows no watch (-W)") })
  }
}
