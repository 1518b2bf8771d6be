import CacheModel
import Health
import Testing

/// The statistics as a whole, on seeded lookups that are independent unless a test says otherwise.
struct SimulationTests {
  /// Seconds until the first warning, for each of `runs` seeds; nil where there is none within `limit`.
  private func delays(
    _ runs: Int, target: Double, hitRate: Double, perMinute: Double = 1000, before: Double?, limit: Double = 180
  ) -> [Int?] {
    (0..<runs).map { run in
      var world = World([namespace("menu", target, critical: 0)], seed: UInt64(1000 + run))
      if let before { world.run(400, perMinute: perMinute, hitRate: before) }
      for second in 1...Int(limit) {
        world.run(1, perMinute: perMinute, hitRate: hitRate)
        if world.warning(.hitRateBelowTarget, "menu") != nil { return second }
      }
      return nil
    }
  }

  @Test(
    arguments: [(0.8, nil), (0.8, 0.8), (0.8, 0.85), (0.5, nil), (0.95, nil), (0.95, 0.97)] as [(Double, Double?)])
  func `five points under target at 1,000 lookups a minute warn within 3 minutes in 95 of 100 runs`(
    _ target: Double, _ before: Double?
  ) {
    let found = delays(60, target: target, hitRate: target - 0.05, before: before).compactMap(\.self)
    #expect(found.count >= 57)
  }

  @Test(arguments: [(0.8, 60.0), (0.8, 1000), (0.95, 200), (0.99, 1000)])
  func `at target at most 5 of 100 seconds carry a warning`(_ target: Double, _ perMinute: Double) {
    var (active, seconds) = (0, 0)
    for seed in 1...8 {
      var world = World([namespace("menu", target)], seed: UInt64(seed))
      world.run(3600, perMinute: perMinute, hitRate: target) { world in
        seconds += 1
        if world.warning(.hitRateBelowTarget, "menu") != nil { active += 1 }
      }
    }
    #expect(Double(active) <= 0.05 * Double(seconds))
  }

  @Test(arguments: [0.80, 0.79, 0.78])
  func `around the threshold a warning comes and goes less than twice an hour`(_ p: Double) {
    var changes = 0
    for seed in 1...6 {
      var world = World([namespace()], seed: UInt64(seed))
      var was = false
      world.run(3600, perMinute: 1000, hitRate: p) { world in
        let isActive = world.warning(.hitRateBelowTarget, "menu") != nil
        if isActive && !was { changes += 1 }
        was = isActive
      }
    }
    #expect(changes <= 12)
  }

  @Test func `bursts of twenty like lookups at target warn no more than independent ones`() {
    var (active, seconds) = (0, 0)
    for seed in 1...16 {
      var world = World([namespace()], seed: UInt64(seed))
      for _ in 0..<3600 {
        let hits = 20 * world.random.hits(of: 2, 0.8)
        world.add(hits: hits, misses: 40 - hits)
        world.poll()
        seconds += 1
        if world.warning(.hitRateBelowTarget, "menu") != nil { active += 1 }
      }
    }
    #expect(Double(active) <= 0.05 * Double(seconds))
  }

  @Test func `a steady namespace without target never falls in six hours`() {
    var world = World([namespace("menu", nil)], interval: 5)
    world.run(6 * 3600, perMinute: 1000, hitRate: 0.9) { #expect($0.health.warnings.isEmpty) }
  }
}
