import CacheModel
import HTTPServer
import Health
import Namespaces
import Testing
import TimeSeries

@testable import Daemon

/// What history makes of servers that begin again, also while nobody watched.
@Suite struct HistoryEpochTests {
  private static let start = UnixTime(seconds: 1_795_219_200)

  private struct World {
    let ring: Ring
    var history: TargetHistory
    var snapshot: TargetSnapshot

    init(_ ring: Ring? = nil) {
      let store = TimeSeriesStore()
      self.ring = ring ?? store.ring(named: "shop", period: 1000)
      history = TargetHistory(ring: self.ring)
      snapshot = TargetSnapshot(
        target: Target(name: "shop", isNamed: true, kind: .redis, address: "127.0.0.1:1"),
        time: HistoryEpochTests.start, interval: 1,
        namespaces: [
          NamespaceCounts(definition: NamespaceDefinition(name: "menu"), hits: 5, misses: 9, origin: .counters)
        ])
    }

    /// A poll `second` seconds after the start of a process that is `uptime` seconds old.
    mutating func poll(_ second: Int64, process: UInt64?, uptime: Int64, evicted: Int64) {
      snapshot.isUp = process != nil
      snapshot.sample = process.map { Sample(catalog: SeriesCatalog(), time: HistoryEpochTests.start, epoch: $0) }
      snapshot.facts.uptime = uptime
      snapshot.facts.evictedKeys = evicted
      history.append(snapshot, at: HistoryEpochTests.start.adding(seconds: Double(second)))
    }

    func growth(_ name: String, to second: Double) -> Double? {
      ring.increase(of: name, from: HistoryEpochTests.start, to: HistoryEpochTests.start.adding(seconds: second))
    }
  }

  @Test
  func `a server that restarted while cachegauge was down has counted from 0, though it has passed its old value`()
  {
    var before = World()
    before.poll(0, process: 7, uptime: 100, evicted: 40)
    before.poll(1, process: 7, uptime: 101, evicted: 41)
    before.poll(2, process: nil, uptime: 0, evicted: 0)
    var after = World(before.ring)
    after.poll(60, process: 8, uptime: 30, evicted: 90)
    #expect(after.growth(HistorySeries.evictions, to: 60) == 91)
    // What an application or cachegauge counts goes on.
    #expect(after.growth(HistorySeries.misses(of: "menu"), to: 60) == 0)
  }

  @Test func `a restart of cachegauge alone changes nothing`() {
    var before = World()
    before.poll(0, process: 7, uptime: 100, evicted: 40)
    var after = World(before.ring)
    after.poll(60, process: 7, uptime: 160, evicted: 90)
    #expect(after.growth(HistorySeries.evictions, to: 60) == 50)
  }

  @Test func `after a failover to an older process nothing is counted from 0`() {
    var world = World()
    world.poll(0, process: 7, uptime: 100, evicted: 40)
    world.poll(1, process: 9, uptime: 5000, evicted: 60)
    world.poll(2, process: 9, uptime: 5001, evicted: 61)
    #expect(world.growth(HistorySeries.evictions, to: 2) == 21)
    world.poll(3, process: 10, uptime: 1, evicted: 70)
    #expect(world.growth(HistorySeries.evictions, to: 3) == 91)
  }

  @Test func `causes of misses are kept one by one, and their sum beside them`() {
    var world = World()
    world.poll(0, process: 7, uptime: 100, evicted: 0)
    world.snapshot.namespaces[0].observed = ObservedMisses(total: 30, causes: [10, 5, 0, 0, 15])
    world.snapshot.namespaces[0].misses = 30
    world.poll(1, process: 7, uptime: 101, evicted: 0)
    world.snapshot.namespaces[0].observed = ObservedMisses(total: 33, causes: [12, 6, 0, 0, 15])
    world.snapshot.namespaces[0].misses = 33
    world.poll(2, process: 7, uptime: 102, evicted: 0)
    #expect(world.growth(HistorySeries.misses(of: "menu", .cold), to: 2) == 2)
    #expect(world.growth(HistorySeries.misses(of: "menu", .expired), to: 2) == 1)
    #expect(world.growth(HistorySeries.misses(of: "menu"), to: 2) == 24)
  }

  @Test func `own lookups are subtracted over a restart of cachegauge`() throws {
    let ring = TimeSeriesStore().ring(named: "shop", period: 1000)
    var correction = LookupCorrection()
    var row = Row()
    func append(_ second: Int64, raw: Int64, corrected: Int64, own: Int64) throws {
      let values: [(String, Int64)] = [
        ("redis_keyspace_hits_total", raw), ("redis_keyspace_misses_total", 0), (HistorySeries.hits, corrected),
        (HistorySeries.misses, 0), (HistorySeries.ownHits, own), (HistorySeries.ownMisses, 0),
      ]
      for (name, value) in values { row.set(try #require(ring.register(name, kind: .counter)), value) }
      try ring.append(at: Self.start.milliseconds + second * 1000, epoch: 7, row: row)
    }
    for second in 0..<5 as Range<Int64> {
      // Each poll looks up three keys behind its INFO.
      let corrected = correction.corrected(hits: 100 + 13 * second, misses: 0, epoch: 7).hits
      correction.add(ownHits: 3, ownMisses: 0)
      try append(second, raw: 100 + 13 * second, corrected: corrected, own: correction.ownHits)
    }
    var resumed = try #require(LookupCorrection(resuming: ring))
    #expect(resumed.ownHits == 15)
    #expect(resumed.corrected(hits: 165, misses: 0, epoch: 7).hits == 150)
    // Another process begins anew.
    #expect(resumed.corrected(hits: 20, misses: 0, epoch: 8).hits == 20)
    #expect(LookupCorrection(resuming: TimeSeriesStore().ring(named: "new", period: 1000)) == nil)
  }

  @Test func `more exports than there are places are refused until one is given back`() {
    let places = ExportPlaces(limit: 2)
    var held = [places.take(), places.take()]
    #expect(held.allSatisfy { $0 != nil })
    #expect(places.take() == nil)
    #expect(places.refusal.status == 503)
    #expect(places.refusal.headers.contains { $0.name == "Retry-After" })
    held.removeLast()
    #expect(places.take() != nil)
  }
}
