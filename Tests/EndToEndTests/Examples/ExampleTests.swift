import Glibc
import Locked
import RESP
import TestSupport
import Testing

@testable import Daemon

private func cache(_ url: String) throws -> any DemoClient {
  try #require(TargetConfiguration(url: url).demoClient)
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The examples on Redis` {
  @Test(arguments: [
    (
      "rag-fortress", 30, ["document_lists", "document_summaries", "jobs", "profiles"], ["document_lists", "stats"]
    ),
    (
      "ai-playground", 600, ["metrics", "comparison", "feature_importance"], ["feature_importance"]
    ),
  ]) func `tell each namespace's misses, what was cold, expired, and what the application had invalidated`(
    _ name: String, _ haste: Int, _ invalidated: [String], _ expired: [String]
  ) async throws {
    let application = try #require(DemoApplication.examples.first { $0.name == name })
    let server = try RedisServer("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
    var example = try await Example(application, ["redis://localhost:6379/0": server.url], haste: haste)
    #expect(await example.isHeard())
    let cache = try cache(server.url)
    try await example.warmUp(on: cache)
    try await example.work(130, on: cache, untilExpired: server)
    // A busy machine may do so much at a time that a part's keys were never asked for again.
    for _ in 0..<20 where example.truth.contains(where: { expired.contains($0.name) && $0.counts.expired == 0 }) {
      try await example.work(20, on: cache, untilExpired: server)
    }
    #expect(try server.evictedKeys == 0)
    let (gauge, hits, misses) = (example.gauge, example.hits, example.misses)
    #expect(await eventually { gauge.metric("cache_hits_total") == hits })
    #expect(await eventually { gauge.metric("cache_misses_total") == misses })
    _ = try await eventually { [example] in try example.differencesOfCauses().isEmpty }
    #expect(try example.differencesOfCauses() == [])
    for (part, counts) in example.truth where invalidated.contains(part) {
      #expect(counts.invalidated > 0 && counts.cold > 0, "the model of \(name) does not invalidate \(part)")
    }
    for (part, counts) in example.truth where expired.contains(part) {
      #expect(counts.expired > 0, "nothing of \(part) expires in the model of \(name)")
    }
    try await statistics(of: example, on: server)
    await cache.close()
  }

  /// What the applications' own statistics endpoints tell, or are to tell.
  private func statistics(of example: Example, on server: RedisServer) async throws {
    let gauge = example.gauge
    // Keys go on expiring.
    var answer = JSON.null
    let isTold = try await eventually {
      let keys = try server.connect().call("DBSIZE").integer.map(Double.init)
      answer = try gauge.json("/api/cache/stats")
      return answer["available"] == .bool(true) && answer["stats"]["total_keys"].number == keys
    }
    #expect(isTold)
    #expect(answer["available"] == .bool(true))
    #expect(answer["stats"]["hits"].number == example.hits)
    #expect(answer["stats"]["misses"].number == example.misses)
    let rate = try #require(answer["stats"]["hit_rate"].number)
    #expect(abs(rate - example.hits / (example.hits + example.misses)) < 1e-9)
    #expect(answer["stats"]["used_memory_human"].string != nil)
    for part in example.plan.parts { #expect(answer["config"]["ttl"][part.name].number == Double(part.ttl)) }
    let report = try gauge.json("/api/cache/report")["targets"][0]["server"]
    #expect(report["maximum_memory_bytes"].number == 268_435_456)
    #expect(report["eviction_policy"].string == "allkeys-lru")
  }

  @Test func `tell each of AuraConnect's hit rates without the application's help`() async throws {
    let server = try RedisServer()
    var example = try await Example(.auraConnect, ["redis://localhost:6379/0": server.url], haste: 60)
    #expect(await example.isHeard())
    let client = try cache(server.url)
    let cache = CountingCache(client)
    try await example.warmUp(on: cache)
    // Bursts are rare and short, and a minute is told once most of it is over: the application works until they have seen enough of
    // it, and each kind of change was read.
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: .seconds(120 * slowness))
    var (isSampledWell, invalidated) = (false, [String]())
    repeat {
      try await example.work(20, on: cache)
      isSampledWell = try example.isSampledWell()
      invalidated = example.truth.filter { $0.counts.invalidated > 0 }.map(\.name)
    } while !(isSampledWell && invalidated.count == 3) && clock.now < deadline
    #expect(isSampledWell)
    #expect(invalidated == ["menu", "permissions", "settings"])
    try await example.work(20, on: cache, untilExpired: server)
    #expect(example.truth.contains { $0.name == "api" && $0.counts.expired > 0 })
    #expect(try server.evictedKeys == 0)
    let (gauge, hits, misses) = (example.gauge, example.hits, example.misses)
    #expect(await eventually { gauge.metric("cache_hits_total") == hits })
    #expect(await eventually { gauge.metric("cache_misses_total") == misses })
    _ = try await eventually { [example] in try example.differencesOfCauses().isEmpty }
    #expect(try example.differencesOfCauses() == [])
    // Restaurants stay apart: each is counted from when it is told, and what came before is with the others.
    let family = "cache_namespace_tenant_misses_total{namespace=\"menu\",tenant="
    func told() throws -> [String: Double] { try gauge.metrics().filter { $0.key.hasPrefix(family) } }
    let isNewTold = try await eventually(within: 60) {
      _ = try await cache.pipeline((0..<30).map { ["GET", "menu:hungry:\($0)"] })
      return try told()["\(family)\"hungry\"}"] ?? 0 > 0
    }
    #expect(isNewTold)
    let missed = cache.misses
    #expect(try await eventually { try told().values.reduce(0, +) == Double(missed.values.reduce(0, +)) })
    let counts = try told()
    for (tenant, count) in missed {
      #expect(counts["\(family)\"\(tenant)\"}"] ?? 0 <= Double(count), "\(tenant)")
    }
    let ttls = try gauge.json("/api/cache/stats")["config"]["ttl"]
    let documented = [
      "menu": 3600.0, "permissions": 300, "settings": 600, "analytics": 300, "api": 60, "search": 180,
      "reports": 900,
      "static": 86_400,
    ]
    for (name, seconds) in documented { #expect(ttls[name].number == seconds, "\(name)") }
    await client.close()
  }
}

/// A connection that counts the misses of each restaurant's menu, and removals that found nothing.
private final class CountingCache: DemoConnection {
  private let client: any DemoConnection
  private let counts = Locked<[Substring: Int]>([:])
  private let idle = Locked(0)
  var misses: [Substring: Int] { counts.withLock(\.self) }
  /// Removals of keys that were not there.
  var idleRemovals: Int { idle.withLock(\.self) }

  init(_ client: any DemoConnection) { self.client = client }

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let replies = try await client.pipeline(commands)
    counts.withLock { counts in
      for (command, reply) in zip(commands, replies) where command[0] == "GET" && reply == .null {
        let parts = command[1].split(separator: ":")
        if parts[0] == "menu" { counts[parts[1], default: 0] += 1 }
      }
    }
    let removals = zip(commands, replies).count { $0[0] == "DEL" && $1 == .count(0) }
    idle.withLock { $0 += removals }
    return replies
  }
}

extension Example {
  /// Whether each namespace's sampled hit ratio is within 15 points of what the application counted.
  fileprivate func isSampledWell() throws -> Bool {
    let namespaces = try gauge.json("/api/cache/report")["targets"][0]["namespaces"]
    return truth.allSatisfy { name, counts in
      guard let told = namespaces[name]["sampled"]["1m"]["hit_rate"].number else { return false }
      return abs(told - Double(counts.hits) / Double(max(1, counts.hits + counts.misses))) < 0.15
    }
  }
}

@Suite(.enabled(if: isInstalled("memcached"))) struct `The example on Memcached` {
  @Test func `tells Speed-Run's hits and misses by kind of check`() async throws {
    let server = try MemcachedServer()
    var example = try await Example(.speedRun, ["memcached://localhost:11211": server.url], haste: 43_200)
    let gauge = example.gauge
    #expect(await eventually { gauge.metric("cache_namespace_hits_total{namespace=\"ocr\"}") == 0 })
    let cache = try cache(server.url)
    try await example.warmUp(on: cache)
    try await example.work(60, on: cache)
    #expect(try await server.waitsUntilGone(after: 2))
    try await example.work(60, on: cache)
    #expect(example.truth.contains { $0.counts.expired > 0 })
    #expect(try server.connect().call("stats").contains("STAT evictions 0\n"))
    let (hits, misses) = (example.hits, example.misses)
    #expect(await eventually { gauge.metric("cache_hits_total") == hits })
    #expect(await eventually { gauge.metric("cache_misses_total") == misses })
    _ = try await eventually { [example] in try example.differencesOfCounts().isEmpty }
    #expect(try example.differencesOfCounts() == [])
    #expect(example.truth.allSatisfy { $0.counts.hits > 0 && $0.counts.misses > 0 })
    #expect(example.truth[0].counts.invalidated > 0)
    let health = try gauge.json("/api/cache/health")
    #expect(health["cache"].string == "connected")
    #expect(health["redis_available"] == .null)
    server.kill()
    #expect(await eventually { (try? gauge.json("/api/cache/health"))?["cache"].string == "disconnected" })
    await cache.close()
  }
}

/// A connection that lets the server's log keep up: its buffer has room for what some hundred lookups tell.
private struct PacedCache: DemoConnection {
  let client: any DemoClient
  let port: UInt16

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let before = try linesSent()
    let replies = try await client.pipeline(commands)
    #expect(try await eventually { try linesSent() > before })
    return replies
  }

  /// Lines of its log that the server has sent.
  private func linesSent() throws -> Int {
    let stats = try RawMemcached(port: port).call("stats").split(separator: "\n")
    let line = stats.first { $0.hasPrefix("STAT log_watcher_sent ") }
    return line.flatMap { Int($0.dropFirst("STAT log_watcher_sent ".count)) } ?? -1
  }
}

extension MemcachedServer {
  /// Waits until what was stored so many seconds ago has expired; nothing is looked up for it.
  fileprivate func waitsUntilGone(after seconds: Int) async throws -> Bool {
    let connection = try connect()
    try connection.set("probe", "v", ttl: seconds)
    return try await eventually { try connection.call("add probe 0 1 1\r\nv") == "STORED\n" }
  }
}

extension `The example on Memcached` {
  @Test func `tells from the server's log why Speed-Run's lookups miss`() async throws {
    let server = try MemcachedServer()
    var example = try await Example(
      .speedRun, ["memcached://localhost:11211": server.url, "manage: true": "watch: true"], haste: 43_200)
    #expect(await example.isHeard())
    let client = try cache(server.url)
    let cache = CountingCache(PacedCache(client: client, port: server.port))
    try await example.warmUp(on: cache)
    try await example.work(40, on: cache)
    #expect(try await server.waitsUntilGone(after: 2))
    try await example.work(40, on: cache)
    let gauge = example.gauge
    #expect(await eventually { gauge.metric("cache_log_dropped_lines_total") == 0 })
    // What is removed without being there was looked up as well, which the log does not tell from a reader's lookup.
    let idle = Double(cache.idleRemovals)
    let misses = example.misses
    #expect(await eventually { example.truth.reduce(0) { $0 + gauge.misses(of: $1.name) } == misses + idle })
    let log = try gauge.json("/api/cache/report")["targets"][0]["events"]["log"]
    let uncertain = try #require(log["uncertain_lookups"].number)
    for (name, counts) in example.truth {
      // Documents are removed now and then; the others are not.
      let slack = name == "documents" ? uncertain : 0
      func told(_ cause: String) -> Double {
        gauge.metric("cache_namespace_misses_total{namespace=\"\(name)\",cause=\"\(cause)\"}") ?? 0
      }
      #expect(abs(told("cold") - Double(counts.cold)) <= slack, "\(name)")
      #expect(abs(told("expired") - Double(counts.expired)) <= slack, "\(name)")
      #expect(abs(told("invalidated") - Double(counts.invalidated)) <= slack, "\(name)")
      #expect(told("evicted") + told("unknown") == 0, "\(name)")
      let hits = try #require(gauge.metric("cache_namespace_hits_total{namespace=\"\(name)\"}"))
      #expect(abs(hits - Double(counts.hits)) <= slack, "\(name)")
    }
    #expect(example.truth.contains { $0.counts.expired > 0 && $0.name != "documents" })
    #expect(idle <= uncertain)
    await client.close()
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The example with caches in its process` {
  @Test func `tells Brainwave's caches on Redis, and in its process when Redis is lost`() async throws {
    let server = try RedisServer()
    let memory = DemoMemory(.brainwave)
    let statistics = DemoStatistics(memory)
    let endpoint = try statistics.start()
    var example = try await Example(
      .brainwave, ["redis://localhost:6379/0": server.url, "http://localhost:8000/api/cache/stats": endpoint],
      haste: 60)
    let gauge = example.gauge
    #expect(await eventually { gauge.metric("cache_events_subscribed{target=\"redis\"}") == 1 })
    let cache = DemoFallback(
      server: try cache(server.url), memory: memory, own: DemoApplication.brainwave.ownPrefix)
    try await example.warmUp(on: cache)
    try await example.work(40, on: cache, untilExpired: server)
    #expect(example.truth.contains { $0.name == "api" && $0.counts.expired > 0 })

    // Embeddings are in the process already; all the rest is on Redis.
    let redis = example.truth.filter { $0.name != "embeddings" }
    let hits = Double(redis.reduce(0) { $0 + $1.counts.hits })
    #expect(await eventually { gauge.metric("cache_hits_total{target=\"redis\"}") == hits })
    for (name, counts) in redis {
      let misses = await eventually { gauge.misses(of: name, on: "redis") == Double(counts.misses) }
      #expect(misses, "\(name)")
      let expired = "cache_namespace_misses_total{target=\"redis\",namespace=\"\(name)\",cause=\"expired\"}"
      #expect(gauge.metric(expired) == Double(counts.expired), "\(name)")
    }
    #expect(await eventually { gauge.tells(memory) })
    let embeddings = try #require(example.truth.first { $0.name == "embeddings" }?.counts)
    #expect(
      gauge.metric("cache_namespace_hits_total{target=\"process\",namespace=\"embeddings\"}")
        == Double(embeddings.hits))
    #expect(gauge.misses(of: "embeddings", on: "process") == Double(embeddings.misses))
    #expect(try gauge.json("/api/cache/health")["redis_available"] == .bool(true))

    server.kill()
    #expect(await eventually { (try? gauge.json("/api/cache/health"))?["redis_available"] == .bool(false) })
    try await example.work(60, on: cache)
    #expect(await eventually { gauge.tells(memory) })
    for (name, counts) in example.truth {
      let told = gauge.misses(of: name, on: "redis") + gauge.misses(of: name, on: "process")
      #expect(told == Double(counts.misses), "\(name)")
    }
    let health = try gauge.json("/api/cache/health")
    #expect(health["status"].string == "unhealthy")
    for name in ["ai", "rag", "db"] { #expect(health["stats_summary"]["\(name)_hit_rate"].number != nil) }
    #expect(try gauge.get("/api/cache/health").status == 503)
    await statistics.stop()
    await cache.close()
  }
}

extension Cachegauge {
  /// Misses of a namespace of a target, of whatever cause.
  fileprivate func misses(of namespace: String, on target: String? = nil) -> Double {
    let label = target.map { "target=\"\($0)\"," } ?? ""
    let prefix = "cache_namespace_misses_total{\(label)namespace=\"\(namespace)\","
    return ((try? metrics()) ?? [:]).reduce(0) { $1.key.hasPrefix(prefix) ? $0 + $1.value : $0 }
  }

  /// Whether all is told that the caches in the application's process tell of themselves.
  fileprivate func tells(_ memory: DemoMemory) -> Bool {
    let metrics = (try? metrics()) ?? [:]
    return memory.figures.allSatisfy { name, figures in
      let labels = "{target=\"process\",namespace=\"\(name)\"}"
      return metrics["cache_namespace_hits_total\(labels)"] == Double(figures.hits)
        && metrics["cache_namespace_keys\(labels)"] == Double(figures.size)
        && metrics["cache_namespace_memory_bytes\(labels)"] == Double(figures.bytes / 1024 * 1024)
    }
  }
}

@Suite(.enabled(if: isInstalled("redis-server") && isInstalled("memcached"))) struct `The examples' command` {
  @Test(arguments: ["speed-run", "brainwave"])
  func `runs the application on private servers, and leaves nothing behind`(_ name: String) async throws {
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let demo = try ServerProcess(
      [
        Cachegauge.executable, "demo", name, "--config", Example.file(name), "--listen", "127.0.0.1:\(port)",
      ], log: "\(directory.path)/log")
    let works = await eventually(within: 60) {
      guard let body = try? get("/api/cache/stats", port: port).body, let stats = try? JSON(parsing: body)
      else { return false }
      return (stats["stats"]["hits"].number ?? 0) > 100
    }
    #expect(works, "\((try? readFile("\(directory.path)/log")) ?? "")")
    let log = try readFile("\(directory.path)/log")
    let socket = try #require(log.firstMatch(of: /listens on [a-z+]+:\/\/(\/\S+)\/\w+\.sock/)?.output.1)
    demo.signal(SIGINT)
    #expect(await eventually(within: 60) { !demo.isRunning })
    #expect(try run(["ls", String(socket)]).exitCode != 0)
  }
}
