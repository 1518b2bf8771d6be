import CacheModel
import Health
import Testing

struct FallTests {
  /// The hit rate for 50 minutes, the one after that, whether it has to be told.
  @Test(arguments: [
    (0.90, 0.80, true), (0.90, 0.89, false), (0.995, 0.97, true), (0.40, 0.30, true), (0.90, 0.95, false),
  ])
  func `a fall that is sure and large is told without any target`(_ before: Double, _ after: Double, _ told: Bool) {
    var world = World([namespace("menu", nil)], interval: 5)
    world.run(3000, perMinute: 2000, hitRate: before)
    #expect(world.health.warnings.isEmpty)
    world.run(300, perMinute: 2000, hitRate: after)
    #expect(world.health.warnings.map(\.code) == (told ? [.hitRateFalling] : []))
    #expect(world.health.namespaces[0].status == (told ? .degraded : .healthy))
  }

  @Test func `the warning says what was normal and ends when the new level has become it`() throws {
    var world = World([namespace("menu", nil)], interval: 5)
    world.run(3600, perMinute: 2000, hitRate: 0.9)
    world.run(300, perMinute: 2000, hitRate: 0.7)
    let warning = try #require(world.warning(.hitRateFalling, "menu"))
    #expect(warning.message.contains("its normal over the hour before is 9"))
    let normal = try #require(warning.evidence.first { $0.name == "normal_hit_rate" })
    #expect(abs(normal.value - 0.9) < 0.02)
    world.run(5400, perMinute: 2000, hitRate: 0.7)
    #expect(world.health.warnings.isEmpty)
  }

  @Test func `without half an hour of normal nothing is a fall`() {
    var world = World([namespace("menu", nil)], interval: 5)
    world.run(1500, perMinute: 2000, hitRate: 0.95)
    world.run(300, perMinute: 2000, hitRate: 0.5) { #expect($0.health.warnings.isEmpty) }
  }

  @Test func `what swings every few minutes has no fall`() {
    var world = World([namespace("menu", nil)], interval: 5)
    for round in 0..<24 {
      world.run(300, perMinute: 2000, hitRate: round % 2 == 0 ? 0.95 : 0.75) { #expect($0.health.warnings.isEmpty) }
    }
  }

  @Test func `a fall that comes at the same hour each day is normal`() {
    var world = World([namespace("menu", nil)], interval: 15)
    for day in 0..<2 {
      world.run(20 * 3600, perMinute: 500, hitRate: 0.95)
      world.run(4 * 3600, perMinute: 500, hitRate: 0.70) { world in
        if day == 1 { #expect(world.warning(.hitRateFalling, "menu") == nil) }
      }
    }
  }

  @Test func `a slow decline that no hour shows is told against the same hour yesterday`() throws {
    var world = World([namespace("menu", nil)], interval: 15)
    world.run(24 * 3600, perMinute: 500, hitRate: 0.95)
    #expect(world.warning(.hitRateFalling, "menu") == nil)
    for step in 1...24 { world.run(1800, perMinute: 500, hitRate: 0.95 - 0.005 * Double(step)) }
    let warning = try #require(world.warning(.hitRateFalling, "menu"))
    #expect(warning.message.contains("its normal around this time yesterday was 9"))
    #expect(warning.evidence.contains(Evidence("normal_age_seconds", 86_400)))
  }

  @Test func `a level that has lasted a day is normal`() {
    var world = World([namespace("menu", nil)], interval: 15)
    world.run(24 * 3600, perMinute: 500, hitRate: 0.95)
    world.run(3600, perMinute: 500, hitRate: 0.80)
    #expect(world.warning(.hitRateFalling, "menu") != nil)
    world.run(24 * 3600, perMinute: 500, hitRate: 0.80)
    #expect(world.warning(.hitRateFalling, "menu") == nil)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `two days of steady traffic have no fall`(_ seed: UInt64) {
    var world = World([namespace("menu", nil)], interval: 15, seed: seed)
    world.run(2 * 24 * 3600, perMinute: 300, hitRate: 0.9) { #expect($0.health.warnings.isEmpty) }
  }
}
