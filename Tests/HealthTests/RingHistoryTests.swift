import CacheModel
import Health
import Testing
import TimeSeries

struct RingHistoryTests {
  @Test func `a ring is a history`() throws {
    let ring = TimeSeriesStore().ring(named: "shop", period: 1000)
    #expect(ring.oldest == nil)
    let hits = try #require(ring.register(HistorySeries.hits(of: "menu"), kind: .counter))
    for (second, value) in [(100, 5), (101, 9), (102, 2), (103, 6)] as [(Int64, Int64)] {
      var row = Row()
      row.set(hits, value)
      try ring.append(at: second * 1000, epoch: 1, row: row)
    }
    let history: some History = ring
    #expect(history.oldest == UnixTime(seconds: 100))
    #expect(
      history.increase(of: HistorySeries.hits(of: "menu"), from: UnixTime(seconds: 100), to: UnixTime(seconds: 103))
        == 10)
    #expect(history.value(of: HistorySeries.hits(of: "menu"), at: UnixTime(seconds: 101)) == 9)
    #expect(history.value(of: "absent", at: UnixTime(seconds: 101)) == nil)
    #expect(history.increase(of: "absent", from: UnixTime(seconds: 0), to: UnixTime(seconds: 200)) == nil)
  }

  @Test func `verdicts over a ring equal those over plain arrays`() throws {
    let ring = TimeSeriesStore().ring(named: "shop", period: 1000)
    var byRing = HealthEvaluator(policy: .standard, namespaces: [namespace()], interval: 1)
    var world = World([namespace()])
    for second in 0..<1500 {
      world.run(1, perMinute: 1200, hitRate: second < 700 ? 0.9 : 0.6)
      var row = Row()
      let definition = try #require(world.counts.first)
      for (name, value) in [
        (HistorySeries.hits, world.hits), (HistorySeries.misses, world.misses),
        (HistorySeries.hits(of: "menu"), definition.hits), (HistorySeries.misses(of: "menu"), definition.misses),
      ] {
        row.set(try #require(ring.register(name, kind: .counter)), try #require(value))
      }
      try ring.append(at: world.now.milliseconds, epoch: 1, row: row)
      ring.sealPending()
      let health = byRing.evaluate(
        HealthInput(
          now: world.now, isUp: true, lastSuccess: world.now, facts: world.facts, hits: world.hits,
          misses: world.misses, namespaces: world.counts), history: ring)
      #expect(health == world.health)
    }
    #expect(world.warning(.hitRateBelowTarget, "menu") != nil)
  }
}
