import CacheModel
import MemcachedProtocol
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// memcached_exporter's families that a server of Debian's package can show, with their types; those of storage on flash,
/// of the proxy and of the temporary list need a server that was built or started with them.
private let reference: [String: MetricType] = [
  "memcached_uptime_seconds": .counter, "memcached_time_seconds": .gauge, "memcached_version": .gauge,
  "memcached_process_user_cpu_seconds_total": .counter, "memcached_process_system_cpu_seconds_total": .counter,
  "memcached_read_bytes_total": .counter, "memcached_written_bytes_total": .counter,
  "memcached_current_connections": .gauge, "memcached_max_connections": .gauge,
  "memcached_connections_total": .counter, "memcached_connections_rejected_total": .counter,
  "memcached_connections_yielded_total": .counter, "memcached_connections_listener_disabled_total": .counter,
  "memcached_current_bytes": .gauge, "memcached_limit_bytes": .gauge, "memcached_commands_total": .counter,
  "memcached_current_items": .gauge, "memcached_items_total": .counter, "memcached_items_evicted_total": .counter,
  "memcached_items_reclaimed_total": .counter, "memcached_item_too_large_total": .counter,
  "memcached_item_no_memory_total": .counter, "memcached_direct_reclaims_total": .counter,
  "memcached_lru_crawler_enabled": .gauge, "memcached_lru_crawler_sleep": .gauge,
  "memcached_lru_crawler_to_crawl": .gauge, "memcached_lru_crawler_maintainer_thread": .gauge,
  "memcached_lru_crawler_hot_percent": .gauge, "memcached_lru_crawler_warm_percent": .gauge,
  "memcached_lru_crawler_hot_max_factor": .gauge, "memcached_lru_crawler_warm_max_factor": .gauge,
  "memcached_lru_crawler_starts_total": .counter, "memcached_lru_crawler_reclaimed_total": .counter,
  "memcached_lru_crawler_items_checked_total": .counter, "memcached_lru_crawler_moves_to_cold_total": .counter,
  "memcached_lru_crawler_moves_to_warm_total": .counter, "memcached_lru_crawler_moves_within_lru_total": .counter,
  "memcached_malloced_bytes": .gauge, "memcached_slab_current_items": .gauge,
  "memcached_slab_items_age_seconds": .gauge, "memcached_slab_items_crawler_reclaimed_total": .counter,
  "memcached_slab_items_evicted_total": .counter, "memcached_slab_items_evicted_nonzero_total": .counter,
  "memcached_slab_items_evicted_time_seconds": .counter, "memcached_slab_items_evicted_unfetched_total": .counter,
  "memcached_slab_items_expired_unfetched_total": .counter, "memcached_slab_items_outofmemory_total": .counter,
  "memcached_slab_items_reclaimed_total": .counter, "memcached_slab_items_tailrepairs_total": .counter,
  "memcached_slab_items_moves_to_cold": .counter, "memcached_slab_items_moves_to_warm": .counter,
  "memcached_slab_items_moves_within_lru": .counter, "memcached_slab_hot_items": .gauge,
  "memcached_slab_warm_items": .gauge, "memcached_slab_cold_items": .gauge,
  "memcached_slab_hot_age_seconds": .gauge, "memcached_slab_warm_age_seconds": .gauge,
  "memcached_slab_lru_hits_total": .counter, "memcached_slab_chunk_size_bytes": .gauge,
  "memcached_slab_chunks_per_page": .gauge, "memcached_slab_current_pages": .gauge,
  "memcached_slab_current_chunks": .gauge, "memcached_slab_chunks_used": .gauge,
  "memcached_slab_chunks_free": .gauge, "memcached_slab_chunks_free_end": .gauge,
  "memcached_slab_mem_requested_bytes": .gauge, "memcached_slab_commands_total": .counter,
  "memcached_accepting_connections": .gauge, "memcached_round_robin_fallback_total": .counter,
  "memcached_unexpected_napi_ids_total": .counter,
]

extension MemcachedCollection {
  fileprivate mutating func poll(_ connection: RawMemcached, at seconds: Int64) throws -> CollectedPoll {
    let replies = try begin(at: UnixTime(seconds: seconds)).map { command in
      let text = try connection.call(String(decoding: command.encoded.dropLast(2), as: UTF8.self))
      var decoder = MemcachedDecoder()
      decoder.feed(Array(text.utf8).span)
      return try #require(try decoder.next())
    }
    return receive(replies)
  }
}

@Suite(.enabled(if: isInstalled("memcached"))) struct `The collectors and a real Memcached` {
  private static func collection(legacyNames: Bool = true) -> MemcachedCollection {
    var options = MemcachedCollectionOptions()
    options.legacyNames = legacyNames
    options.readsPrefixes = true
    options.includesConnections = true
    return MemcachedCollection(options: options)
  }

  @Test func `every family of memcached_exporter is there, with its type`() throws {
    let server = try MemcachedServer()
    let app = try server.connect()
    try app.set("menu:1", "x", ttl: 100)
    _ = try app.get("menu:1")
    var collection = Self.collection()
    let collected = try collection.poll(app, at: 100)
    var types: [String: MetricType] = [:]
    collected.sample.forEachPresent { index, _ in
      let family = collected.sample.catalog[index].family
      types[family.name] = family.type
    }
    for (name, type) in reference { #expect(types[name] == type, "\(name)") }
    #expect(collected["memcached_connections_by_state{state=\"listening\"}"]?.mantissa ?? 0 >= 1)
    #expect(collected.collectors.allSatisfy { $0.succeeded })
    #expect(collected.facts.evictionPolicy == "lru")
  }

  @Test func `every number of stats is there, and equals it`() throws {
    let server = try MemcachedServer()
    let app = try server.connect()
    for number in 0..<50 {
      try app.set("k\(number)", "v")
      _ = try app.get("k\(number * 2)")
    }
    var collection = Self.collection(legacyNames: false)
    let collected = try collection.poll(app, at: 100)
    let text = try app.call("stats")
    var checked = 0
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ").map(String.init)
      // What moves by itself, or by asking.
      let moving = [
        "time", "uptime", "bytes_read", "bytes_written", "rusage", "lru", "response_obj", "read_buf", "crawler",
        "moves",
      ]
      guard words.count == 3, let value = Double(words[2]), words[1] != "pid", words[1] != "pointer_size",
        words[1] != "version", !moving.contains(where: { words[1].hasPrefix($0) })
      else { continue }
      let field = StatField.general[words[1]]
      let family = field?.family ?? MemcachedFamilies.field
      let labels = field?.labels ?? [Label("field", words[1])]
      let found = collected[SeriesDefinition(family, labels: labels).key]?.double
      #expect(found == value, "\(words[1])")
      checked += 1
    }
    #expect(checked > 60)
  }

  @Test func `counts by prefix equal the application's own, but for meta commands`() throws {
    let server = try MemcachedServer()
    let app = try server.connect()
    try app.call("stats detail on")
    var truth: [String: (hits: Int64, misses: Int64)] = ["menu": (0, 0), "user": (0, 0)]
    for number in 0..<300 {
      let prefix = number % 3 == 0 ? "user" : "menu"
      if try app.get("\(prefix):\(number % 40)") {
        truth[prefix]?.hits += 1
      } else {
        truth[prefix]?.misses += 1
        try app.set("\(prefix):\(number % 40)", "v")
      }
    }
    for number in 0..<25 { _ = try app.metaGet("menu:\(number)") }
    var collection = Self.collection()
    let collected = try collection.poll(app, at: 100)
    let report = try #require(collected.prefixes)
    #expect(report.isOn && report.delimiter == ":")
    for counts in report.prefixes {
      #expect(counts.hits == truth[counts.prefix]?.hits && counts.misses == truth[counts.prefix]?.misses)
    }
    #expect(report.prefixes.count == 2)
    #expect(report.lookups == 325)
  }

  @Test func `gat and gats are touches for the server, and lookups for its prefixes`() throws {
    let server = try MemcachedServer()
    let app = try server.connect()
    try app.call("stats detail on")
    try app.set("menu:1", "v")
    for key in ["menu:1", "menu:2"] {
      try app.call("gat 100 \(key)")
      try app.call("gats 100 \(key)")
      try app.call("touch \(key) 100")
    }
    var collection = Self.collection()
    let collected = try collection.poll(app, at: 100)
    #expect(collected.facts.hits == 0 && collected.facts.misses == 0)
    #expect(collected["memcached_commands_total{command=\"touch\",status=\"hit\"}"]?.double == 3)
    #expect(collected["memcached_commands_total{command=\"touch\",status=\"miss\"}"]?.double == 3)
    #expect(collected.logTotals?.lookups == 0 && collected.logTotals?.others == 6)
    let menu = try #require(collected.prefixes?.prefixes.first)
    #expect(menu.hits == 2 && menu.misses == 2)
  }

  @Test func `a restart is another process, and stats reset is none`() throws {
    let server = try MemcachedServer()
    var collection = Self.collection()
    let app = try server.connect()
    try app.set("a", "b")
    for _ in 0..<10 { _ = try app.get("a") }
    let first = try collection.poll(app, at: 100)
    try app.call("stats reset")
    let second = try collection.poll(app, at: 101)
    #expect(second.statsReset && second.sample.epoch == first.sample.epoch)
    try server.restart()
    // A start is told in whole seconds.
    let third = try collection.poll(try server.connect(), at: 102)
    #expect(second.facts.runID != third.facts.runID)
  }
}
