import CacheModel
import Randomness
import Testing

@testable import Health

struct RecentCountsTests {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `recent growth is what history says, over resets and gaps`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var (recent, history) = (RecentCounts(), MemoryHistory())
    var now = World.start
    var counts: (hits: Int64, misses: Int64) = (1_000_000, 5000)
    var known = 0
    for _ in 0..<1500 {
      now = now.adding(seconds: Double.random(in: 0..<1, using: &random) < 0.01 ? 40 : 1)
      counts.hits += Int64.random(in: 0...50, using: &random)
      counts.misses += Int64.random(in: 0...9, using: &random)
      if Double.random(in: 0..<1, using: &random) < 0.01 { counts = (3, 1) }
      recent.add(hits: counts.hits, misses: counts.misses, at: now)
      history.append("hits", Double(counts.hits), at: now)
      history.append("misses", Double(counts.misses), at: now)
      let from = now.adding(seconds: -Double.random(in: 0...330, using: &random))
      guard let growth = recent.growth(from: from, to: now) else { continue }
      known += 1
      #expect(growth.hits == history.increase(of: "hits", from: from, to: now))
      #expect(growth.misses == history.increase(of: "misses", from: from, to: now))
    }
    #expect(known > 1000)
  }

  @Test func `counts at the ends of integers grow by no less than nothing`() throws {
    var recent = RecentCounts()
    var meter = BucketMeter()
    let ends: [Int64] = [0, .max, 0, .max, .min, .max, -1, 1 << 62, .min, 0, .max]
    for (number, count) in ends.enumerated() {
      let now = World.start.adding(seconds: Double(number) * 20)
      recent.add(hits: count, misses: count, at: now)
      let growth = try #require(recent.growth(from: World.start, to: now))
      #expect(growth.hits >= 0 && growth.misses >= 0)
      let bucket = meter.observe(at: now, hits: count, misses: count, isBroken: false)
      #expect(bucket.map { $0.hits >= 0 } ?? true)
    }
  }

  @Test func `five minutes are there as soon as five minutes have passed`() throws {
    var recent = RecentCounts()
    for second in 0...300 {
      recent.add(hits: Int64(second), misses: 0, at: World.start.adding(seconds: Double(second)))
    }
    let now = World.start.adding(seconds: 300)
    #expect(try #require(recent.growth(from: World.start, to: now)) == (300, 0))
    #expect(recent.growth(from: World.start.adding(seconds: -1), to: now) == nil)
  }

  @Test func `polls ten times a second are not all kept, and none is lost`() throws {
    var recent = RecentCounts()
    for tick in 0...3600 {
      recent.add(hits: Int64(tick), misses: 1, at: World.start.adding(seconds: Double(tick) / 10))
    }
    let now = World.start.adding(seconds: 360)
    let growth = try #require(recent.growth(from: World.start.adding(seconds: 300.5), to: now))
    #expect((595...605).contains(growth.hits))
  }

  @Test func `a clock that steps back begins anew`() {
    var recent = RecentCounts()
    recent.add(hits: 5, misses: 5, at: World.start)
    recent.add(hits: 50, misses: 50, at: World.start.adding(seconds: -60))
    #expect(recent.growth(from: World.start.adding(seconds: -61), to: World.start) == nil)
    #expect(recent.growth(from: World.start.adding(seconds: -60), to: World.start)?.hits == 0)
  }
}
