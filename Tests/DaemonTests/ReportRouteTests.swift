import CacheModel
import Foundation
import HTTPServer
import Locked
import Testing
import TimeSeries

@testable import Daemon

/// An hour of history until `now`, one row in ten seconds: two hits and a miss each, but no hit for ten minutes, in which a warning
/// holds; down for a minute; the second warning holds until the end.
private func routes(now: Int64) throws -> Routes {
  let menu = NamespaceDefinition(
    name: "menu", target: HitRateTarget(hitRate: 0.6, critical: 0.3), missCost: MissCost(seconds: 2, amount: 0.5))
  var snapshot = TargetSnapshot(
    target: Target(name: "shop", isNamed: true, kind: .redis, address: "localhost:6379"),
    time: UnixTime(milliseconds: now), interval: 10,
    namespaces: [NamespaceCounts(definition: menu, hits: 1, misses: 1, origin: .counters)])
  snapshot.polls = 1
  let store = TimeSeriesStore()
  let ring = store.ring(named: "shop", period: 10_000)
  let hits = try ["cache_hits_total", "cache_namespace_hits_total{namespace=\"menu\"}"].map {
    try #require(ring.register($0, kind: .counter))
  }
  let misses = try ["cold", "expired"].map {
    try #require(
      ring.register("cache_namespace_misses_total{namespace=\"menu\",cause=\"\($0)\"}", kind: .counter))
  }
  let gauges = try [
    "cache_up", "cache_warning_active{code=\"hit_rate_critical\",namespace=\"menu\",severity=\"critical\"}",
    "cache_warning_active{code=\"memory_unlimited\",severity=\"info\"}", "cache_memory_used_bytes",
  ].map { try #require(ring.register($0, kind: .gauge)) }
  var (hit, miss): (Int64, Int64) = (0, 0)
  for step in Int64(0)...360 {
    var row = Row()
    let isBad = (120..<180).contains(step)
    if !isBad { hit += 60 }
    miss += 30
    let isUp = !(60..<66).contains(step)
    row.set(gauges[0], isUp ? 1 : 0)
    if isUp {
      for id in hits { row.set(id, hit) }
      row.set(misses[0], miss / 3)
      row.set(misses[1], miss - miss / 3)
      row.set(gauges[3], 1000 + step)
    }
    if isBad { row.set(gauges[1], 1) }
    if step >= 300 { row.set(gauges[2], 1) }
    try ring.append(at: now + (step - 360) * 10_000, epoch: 0, row: row)
  }
  return Routes(
    snapshots: SnapshotStore(targets: [snapshot]), store: store, started: UnixTime(seconds: 0), exposeKeys: false)
}

private func answer(_ routes: Routes, _ target: String) async throws -> HTTPResponse {
  await routes.router.response(to: try #require(HTTPRequest("GET", target, headers: [])))
}

@Test func `a period's report tells rates, causes, savings, and when warnings held`() async throws {
  let now: Int64 = 1_760_000_000_000
  let routes = try routes(now: now)
  let response = try await answer(routes, "/api/cache/report?start=\(now / 1000 - 3600)&end=\(now / 1000)")
  let document = try #require(
    try JSONSerialization.jsonObject(with: Data(response.bytes)) as? [String: Any])
  let period = try #require(document["period"] as? [String: Any])
  let shop = try #require((period["targets"] as? [[String: Any]])?.first)
  let menu = try #require((shop["namespaces"] as? [String: [String: Any]])?["menu"])
  #expect(shop["covered_seconds"] as? Double == 3600)
  #expect(abs((shop["down_seconds"] as? Double ?? 0) - 60) <= 20)
  #expect(shop["maximum_used_memory_bytes"] as? Double == 1360)
  #expect(menu["hits"] as? Double == 18_000)
  #expect(menu["misses"] as? Double == 10_800)
  #expect((menu["causes"] as? [String: Double]) == ["cold": 3600, "expired": 7200])
  #expect((menu["saved"] as? [String: Double]) == ["seconds": 36_000, "amount": 9000])
  #expect((menu["lowest"] as? [String: Any])?["hit_rate"] as? Double == 0)
  #expect(abs((menu["below_target_seconds"] as? Double ?? 0) - 600) <= 30)
  let warnings = try #require(shop["warnings"] as? [[String: Any]])
  #expect(warnings.map { $0["code"] as? String } == ["hit_rate_critical", "memory_unlimited"])
  #expect(warnings[0]["namespace"] as? String == "menu")
  #expect((warnings[0]["from"] as? String)?.hasPrefix("2025-10-09T08:13:20") == true)
  #expect((warnings[0]["to"] as? String)?.hasPrefix("2025-10-09T08:23:10") == true)
  #expect(warnings[1]["to"] is NSNull)
  for (format, type) in [("text", "text/plain; charset=utf-8"), ("markdown", "text/markdown; charset=utf-8")] {
    let text = try await answer(
      routes, "/api/cache/report?format=\(format)&start=\(now / 1000 - 3600)&end=\(now / 1000)")
    #expect(text.contentType == type)
    #expect(String(decoding: text.bytes, as: UTF8.self).contains("62.5 %"))
  }
  let week = try await answer(routes, "/api/cache/report?last=7d&end=\(now / 1000)")
  #expect(week.status == 200)
}

@Test(arguments: [
  ("?format=xml", 400, "'format' is"), ("?last=x", 400, "'last' is 'x'"), ("?lst=7d", 400, "no parameter 'lst'"),
  ("?end=5", 400, "no period"), ("?target=none&last=1h", 404, "no such target"),
])
func `a report that can't be made says why`(query: String, status: Int, text: String) async throws {
  let response = try await answer(routes(now: 1_760_000_000_000), "/api/cache/report" + query)
  #expect(response.status == status)
  #expect(String(decoding: response.bytes, as: UTF8.self).contains(text))
}

/// What a feed answers, over a real server, to a client that reads whole events.
@Test func `events come whenever the generation rises, each rendered once, for so many clients`() async throws {
  let generation = Locked<UInt64>(1)
  let rendered = Locked<[UInt64]>([])
  let feed = EventFeed(generation: { generation.withLock { $0 } }) { target in
    let now = generation.withLock { $0 }
    rendered.withLock { $0.append(now) }
    return Array("{\"generation\": \(now), \"of\": \"\(target ?? "all")\"}".utf8)
  }
  var held = (0..<EventFeed.limit).map { _ in feed.answer(target: nil) }
  #expect(held.allSatisfy { $0.status == 200 && $0.contentType == "text/event-stream" })
  let refused = feed.answer(target: nil)
  #expect(refused.status == 503)
  #expect(refused.header("Retry-After") == "60")
  let first = Set(held.map { String(decoding: $0.bytes, as: UTF8.self) })
  #expect(first == ["retry: 1000\nevent: report\nid: 1\ndata: {\"generation\": 1, \"of\": \"all\"}\n\n"])
  #expect(rendered.withLock { $0 } == [1])
  // Nothing new is nothing to tell.
  #expect(!String(decoding: held[0].bytes, as: UTF8.self).contains("report"))
  #expect(rendered.withLock { $0 } == [1])
  held = []
  #expect(feed.listeners == 0)
  #expect(feed.answer(target: "shop").status == 200)
}
