import CacheModel
import Health
import Testing

struct AvailabilityTests {
  @Test func `before the first poll nothing is known`() {
    var evaluator = HealthEvaluator(policy: .standard, namespaces: [namespace()], interval: 1)
    let health = evaluator.evaluate(
      HealthInput(now: World.start, isUp: false, polls: 0), history: MemoryHistory())
    #expect(health.status == .unknown)
    #expect(health.namespaces.map(\.status) == [.unknown])
    #expect(health.warnings.isEmpty)
  }

  @Test func `a target that never answered is unhealthy at its first poll`() throws {
    var world = World()
    world.isUp = false
    world.failure = .refused
    world.poll()
    #expect(world.health.status == .unhealthy)
    let warning = try #require(world.warning(.targetDown))
    #expect(warning.severity == .critical)
    #expect(warning.message == "The cache does not answer (refused); it never answered.")
    #expect(warning.since == world.now)
  }

  @Test func `a target that goes down is unhealthy at once and healthy at once when it is back`() {
    var world = World([namespace()])
    world.run(300, perMinute: 1000, hitRate: 0.95)
    #expect(world.health.status == .healthy)
    world.isUp = false
    world.failure = .timeout
    world.poll()
    #expect(world.health.status == .unhealthy)
    #expect(world.health.namespaces[0].status == .unknown)
    #expect(world.health.warnings.map(\.code) == [.targetDown])
    world.run(5)
    #expect(world.health.warnings.map(\.code) == [.targetDown, .sampleStale])
    world.isUp = true
    world.poll()
    #expect(world.health.status == .healthy)
    #expect(world.health.warnings.isEmpty)
    #expect(world.health.namespaces[0].status == .healthy)
  }

  @Test func `warnings outlast a short outage with their beginning and are withdrawn in a long one`() throws {
    var world = World([namespace()])
    world.run(300, perMinute: 1000, hitRate: 0.6)
    let since = try #require(world.warning(.hitRateBelowTarget, "menu")).since
    world.isUp = false
    world.run(30)
    #expect(world.warning(.hitRateBelowTarget, "menu")?.since == since)
    world.isUp = true
    world.run(30, perMinute: 1000, hitRate: 0.6)
    #expect(world.warning(.hitRateBelowTarget, "menu")?.since == since)
    world.isUp = false
    world.run(305)
    #expect(world.health.warnings.map(\.code) == [.targetDown, .sampleStale])
  }

  @Test(arguments: [-20.0, 3600])
  func `a clock that steps neither raises nor clears a warning`(_ step: Double) {
    var world = World([namespace("menu"), namespace("permissions")])
    for second in 0..<900 {
      if second == 400 { world.now = world.now.adding(seconds: step) }
      world.add(hits: 14, misses: 6, to: 0)
      world.add(hits: 19, misses: 1, to: 1)
      world.poll()
      let codes = world.health.warnings.map { "\($0.code.rawValue) \($0.namespace ?? "")" }
      if second > 200 { #expect(codes == ["hit_rate_below_target menu"]) }
    }
  }

  @Test(arguments: FailureCause.allCases)
  func `every cause of failure has advice of its own`(_ cause: FailureCause) throws {
    var world = World()
    world.isUp = false
    world.failure = cause
    world.poll()
    let advice = try #require(world.warning(.targetDown)).advice
    #expect(advice.hasSuffix(".") && advice.contains(": "))
  }

  @Test(arguments: [(1.0, 5.0, false), (1, 6, true), (15, 44, false), (15, 46, true)])
  func `a sample is stale after three intervals and five seconds`(
    _ interval: Double, _ age: Double, _ isStale: Bool
  ) {
    var evaluator = HealthEvaluator(policy: .standard, namespaces: [], interval: interval)
    let now = World.start.adding(seconds: age)
    let health = evaluator.evaluate(
      HealthInput(now: now, isUp: true, lastSuccess: World.start), history: MemoryHistory())
    #expect(health.warnings.map(\.code) == (isStale ? [.sampleStale] : []))
  }
}
