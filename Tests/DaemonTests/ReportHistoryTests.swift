import CacheModel
import Foundation
import HTTPServer
import Testing
import TimeSeries

@testable import Daemon

/// What one poll of `shop` finds.
private struct Finding {
  var isUp = true
  var hits = true
  var warnings: [String] = []
}

/// At the end of a block of history.
private let now: Int64 = 1_760_000_400_000

/// `shop`, whose history is as `finding` says for so many seconds before now; every poll of it finds 60 hits, unless there are none, and 30
/// misses.
private struct Shop {
  let ring: Ring
  private let routes: Routes

  init(
    interval: Int64, seconds: Int64, memory: Int = 64 << 20, _ finding: (_ secondsAgo: Int64) -> Finding
  ) throws {
    let menu = NamespaceDefinition(name: "menu", target: HitRateTarget(hitRate: 0.6, critical: 0.3))
    var snapshot = TargetSnapshot(
      target: Target(name: "shop", isNamed: true, kind: .redis, address: "localhost:6379"),
      time: UnixTime(milliseconds: now), interval: Double(interval),
      namespaces: [NamespaceCounts(definition: menu, hits: 1, misses: 1, origin: .counters)])
    snapshot.polls = 1
    let store = TimeSeriesStore(configuration: Configuration(memory: memory, rollupMemory: 1 << 20))
    ring = store.ring(named: "shop", period: interval * 1000)
    routes = Routes(
      snapshots: SnapshotStore(targets: [snapshot]), store: store, started: UnixTime(seconds: 0), exposeKeys: false)
    try fill(interval, seconds, finding)
  }

  private func fill(_ interval: Int64, _ seconds: Int64, _ finding: (Int64) -> Finding) throws {
    let up = try #require(ring.register("cache_up", kind: .gauge))
    let counters = try ["hits_total{namespace=\"menu\"}", "misses_total{namespace=\"menu\",cause=\"cold\"}"].map {
      try #require(ring.register("cache_namespace_\($0)", kind: .counter))
    }
    // What takes room.
    let noise = try (0..<6).map { try #require(ring.register("noise\($0)", kind: .gauge)) }
    var (hits, misses, random): (Int64, Int64, UInt64) = (0, 0, 1)
    for (poll, ago) in stride(from: seconds, through: 0, by: -Int(interval)).enumerated() {
      let found = finding(ago)
      var row = Row()
      row.set(up, found.isUp ? 1 : 0)
      for code in found.warnings {
        let name = "cache_warning_active{code=\"\(code)\",severity=\"warning\"}"
        row.set(try #require(ring.register(name, kind: .gauge)), 1)
      }
      if found.isUp {
        if found.hits { hits += 60 }
        misses += 30
        row.set(counters[0], hits)
        row.set(counters[1], misses)
        for id in noise {
          random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          row.set(id, Int64(random >> 44))
        }
      }
      try ring.append(at: now - ago * 1000, epoch: 0, row: row)
      if poll % 50 == 0 { ring.sealPending() }
    }
  }

  func report(last: String, endingSecondsAgo ago: Int64 = 0) async throws -> ShopReport {
    let target = "/api/cache/report?last=\(last)&end=\(now / 1000 - ago)"
    let response = await routes.router.response(to: try #require(HTTPRequest("GET", target, headers: [])))
    let document = try JSONSerialization.jsonObject(with: Data(response.bytes)) as? [String: Any]
    let period = try #require(document?["period"] as? [String: Any])
    return ShopReport(json: try #require((period["targets"] as? [[String: Any]])?.first))
  }
}

private struct ShopReport {
  struct Episode {
    var code: String
    /// Seconds before now; nil at the end while it holds.
    var begin: Double
    var end: Double?
  }

  let json: [String: Any]

  var step: Double? { json["step_seconds"] as? Double }
  var down: Double? { json["down_seconds"] as? Double }
  var below: Double? {
    ((json["namespaces"] as? [String: Any])?["menu"] as? [String: Any])?["below_target_seconds"] as? Double
  }

  var episodes: [Episode] {
    get throws {
      try #require(json["warnings"] as? [[String: Any]]).map { warning in
        Episode(
          code: try #require(warning["code"] as? String), begin: try #require(Self.ago(warning["from"])),
          end: Self.ago(warning["to"]))
      }
    }
  }

  private static func ago(_ time: Any?) -> Double? {
    let format = ISO8601DateFormatter()
    format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    return (time as? String).flatMap(format.date(from:)).map { Double(now) / 1000 - $0.timeIntervalSince1970 }
  }
}

@Suite struct ReportHistoryTests {
  @Test func `polls that are a minute apart speak of the whole minute`() async throws {
    let shop = try Shop(interval: 60, seconds: 3600) { ago in
      Finding(
        isUp: !(2400..<3000).contains(ago - 60), hits: !(1200..<1800).contains(ago - 60),
        warnings: (1200..<1800).contains(ago - 60) ? ["hit_rate_critical"] : [])
    }
    let report = try await shop.report(last: "1h")
    #expect(report.step == 60)
    #expect(report.down == 600)
    #expect(report.below == 600)
    let episodes = try report.episodes
    #expect(episodes.map(\.begin) == [1800])
    #expect(episodes.map(\.end) == [1260])
    // Steps that are longer than a minute begin anywhere between two polls.
    let hours = try await shop.report(last: "7h")
    #expect(abs((hours.down ?? 0) - 600) <= 60)
    let minutes = try await shop.report(last: "25m")
    #expect(minutes.below == 240)
  }

  @Test func `what summaries alone are left of lasts as long as they say`() async throws {
    let shop = try Shop(interval: 10, seconds: 86_400, memory: 96 << 10) { ago in
      var codes = ago <= 82_800 ? ["keys_without_ttl"] : []
      if (10_800..<75_600).contains(ago) { codes.append("memory_unlimited") }
      return Finding(
        isUp: !(57_600..<64_800).contains(ago), hits: !(43_200..<54_000).contains(ago), warnings: codes)
    }
    #expect(shop.ring.hasRollups)
    #expect(try #require(shop.ring.detailBegin) > now - 36_000_000)
    for last in ["1d", "30h", "7d"] {
      let report = try await shop.report(last: last)
      #expect(try #require(report.step) >= 600)
      #expect(abs((report.down ?? 0) - 7200) <= 1200, "\(last)")
      if last != "7d" { #expect(abs((report.below ?? 0) - 10_800) <= 1200, "\(last)") }
      let episodes = try report.episodes
      #expect(episodes.map(\.code) == ["keys_without_ttl", "memory_unlimited"])
      #expect(zip(episodes, [82_800, 75_600]).allSatisfy { abs($0.begin - $1) <= 600 }, "\(last)")
      #expect(episodes.first?.end == nil)
      #expect(abs(try #require(episodes.last?.end) - 10_800) <= 600, "\(last)")
    }
  }

  @Test func `a period that ends among summaries tells what held at its end`() async throws {
    let shop = try Shop(interval: 10, seconds: 86_400, memory: 96 << 10) { ago in
      var codes = ago <= 80_000 ? ["memory_growing"] : []
      if (70_000..<80_000).contains(ago) { codes.append("evictions_high") }
      return Finding(warnings: codes)
    }
    #expect(try #require(shop.ring.detailBegin) > now - 50_000_000)
    let episodes = try await shop.report(last: "12h", endingSecondsAgo: 60_300).episodes
    #expect(Set(episodes.map(\.code)) == ["memory_growing", "evictions_high"])
    for episode in episodes {
      #expect(abs(episode.begin - 80_000) <= 600)
      #expect(episode.end.map { abs($0 - 70_000) <= 600 } ?? (episode.code == "memory_growing"))
    }
  }

  @Test func `a warning of a minute or two is in the report of a week`() async throws {
    let shop = try Shop(interval: 10, seconds: 3600) { ago in
      Finding(
        isUp: !(3000..<3060).contains(ago), warnings: (1910...2000).contains(ago) ? ["clients_near_limit"] : [])
    }
    let report = try await shop.report(last: "7d")
    let episodes = try report.episodes
    #expect(episodes.map(\.begin) == [2000])
    #expect(episodes.map(\.end) == [1910])
    // History covers an hour of the week.
    #expect(abs((report.down ?? 0) - 60) <= 1)
  }
}
