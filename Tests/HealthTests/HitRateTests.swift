import CacheModel
import Health
import Testing

struct HitRateTests {
  // MARK: Evidence

  @Test func `a namespace is unknown below the minimum of lookups and healthy from there on`() {
    var world = World([namespace()])
    world.add(hits: 5, misses: 0)
    world.poll()
    world.add(hits: 80, misses: 14)
    world.poll()
    #expect(world.health.namespaces[0].status == .unknown)
    world.add(hits: 6, misses: 0)
    world.poll()
    #expect(world.health.namespaces[0].status == .healthy)
    #expect(world.health.namespaces[0].windows[0].hits == 86)
  }

  @Test func `counts from before the first poll are no evidence`() {
    var world = World([namespace()])
    world.add(hits: 10, misses: 1_000_000)
    world.run(30)
    #expect(world.health.namespaces[0].status == .unknown)
    #expect(world.health.namespaces[0].windows.allSatisfy { $0.lookups == 0 && $0.interval == nil })
    #expect(world.health.warnings.isEmpty)
  }

  @Test func `an idle reachable cache is healthy while its namespaces are unknown`() {
    var world = World([namespace(), namespace("permissions", nil)], policy: .production)
    world.facts.maximumMemory = 1 << 30
    world.facts.evictionPolicy = "allkeys-lru"
    world.run(120)
    #expect(world.health.status == .healthy)
    #expect(world.health.namespaces.map(\.status) == [.unknown, .unknown])
  }

  @Test func `a namespace that falls silent becomes unknown, never green by old lookups`() {
    var world = World([namespace()])
    world.run(600, perMinute: 1000, hitRate: 0.95)
    #expect(world.health.namespaces[0].status == .healthy)
    world.run(3700)
    #expect(world.health.namespaces[0].status == .unknown)
    #expect(world.health.namespaces[0].windows.last?.lookups == 9984)
  }

  @Test func `a namespace whose source no longer answers becomes unknown`() {
    var world = World([namespace()])
    world.run(300, perMinute: 1000, hitRate: 0.95)
    world.counts[0].hits = nil
    world.counts[0].misses = nil
    world.run(62)
    #expect(world.health.namespaces[0].status == .unknown)
    #expect(world.health.status == .healthy)
  }

  @Test func `a rare namespace is judged by its longer windows`() {
    var world = World([namespace()], interval: 15)
    world.run(40 * 3600, perMinute: 20.0 / 60, hitRate: 0.3)
    #expect(world.warning(.hitRateBelowTarget, "menu") != nil)
    #expect(world.health.namespaces[0].status != .healthy)
  }

  // MARK: Targets

  /// Hit rate, target, critical bound, then what must be raised.
  @Test(arguments: [
    (0.95, 0.80, 0.50, [WarningCode](), Status.healthy),
    (0.795, 0.80, 0.50, [], .healthy),
    (0.70, 0.80, 0.50, [.hitRateBelowTarget], .degraded),
    (0.30, 0.80, 0.50, [.hitRateCritical, .hitRateBelowTarget], .unhealthy),
    (0.00, 0.80, 0.50, [.hitRateCritical, .hitRateBelowTarget], .unhealthy),
    (0.98, 0.99, 0.50, [.hitRateBelowTarget], .degraded),
    (0.30, 0.50, 0.20, [.hitRateBelowTarget], .degraded),
    (1.00, 1.00, 0.50, [], .healthy),
  ])
  func `codes and status follow from the hit rate`(
    _ p: Double, _ target: Double, _ critical: Double, _ codes: [WarningCode], _ status: Status
  ) {
    var world = World([namespace("menu", target, critical: critical)])
    world.run(600, perMinute: 3000, hitRate: p)
    #expect(Set(world.health.warnings.map(\.code)) == Set(codes))
    #expect(world.health.namespaces[0].status == status)
  }

  @Test func `only the namespace under its target is told, with its numbers`() throws {
    var world = World([namespace("menu"), namespace("permissions")])
    for _ in 0..<300 {
      world.add(hits: 14, misses: 6, to: 0)
      world.add(hits: 19, misses: 1, to: 1)
      world.poll()
    }
    #expect(world.health.warnings.map(\.namespace) == ["menu"])
    let warning = try #require(world.warning(.hitRateBelowTarget, "menu"))
    #expect(warning.severity == .warning)
    #expect(warning.message.hasPrefix("Hit rate of menu is 70.0 % (95 % interval "))
    #expect(warning.message.hasSuffix("the target is 80.0 %."))
    let numbers = Dictionary(uniqueKeysWithValues: warning.evidence.map { ($0.name, $0.value) })
    #expect(abs((numbers["hit_rate"] ?? 0) - 0.7) < 1e-9)
    #expect(numbers["target_hit_rate"] == 0.8)
    #expect(abs((numbers["burn"] ?? 0) - 1.5) < 1e-9)
    #expect((numbers["hit_rate_upper"] ?? 1) < 0.8)
    #expect(warning.evidence.allSatisfy { $0.value.isFinite })
    #expect(world.health.status == .degraded)
  }

  @Test func `no evidence, no warning, however bad the ratio`() {
    var world = World([namespace()])
    world.run(60)
    world.add(hits: 0, misses: 40)
    world.run(600)
    #expect(world.health.warnings.isEmpty)
  }

  @Test func `a short dip that is over raises nothing`() {
    var world = World([namespace()])
    world.run(1200, perMinute: 2000, hitRate: 0.95)
    world.run(10, perMinute: 2000, hitRate: 0)
    world.run(600, perMinute: 2000, hitRate: 0.95) { #expect($0.health.warnings.isEmpty) }
  }

  @Test func `misses many times over a high target's allowance are critical`() throws {
    var world = World([namespace("menu", 0.99, critical: 0.5)])
    world.run(300, perMinute: 3000, hitRate: 0.90)
    let warning = try #require(world.warning(.hitRateBelowTarget, "menu"))
    #expect(warning.severity == .critical)
    #expect(warning.message.contains("times what the target allows"))
    #expect(world.health.namespaces[0].status == .degraded)
  }

  @Test func `a warning keeps its beginning while it holds and is gone after recovery`() throws {
    var world = World([namespace()])
    world.run(300, perMinute: 1000, hitRate: 0.6)
    let since = try #require(world.warning(.hitRateBelowTarget, "menu")).since
    world.run(600, perMinute: 1000, hitRate: 0.6)
    #expect(world.warning(.hitRateBelowTarget, "menu")?.since == since)
    world.run(600, perMinute: 1000, hitRate: 0.95)
    #expect(world.warning(.hitRateBelowTarget, "menu") == nil)
    #expect(world.health.namespaces[0].status == .healthy)
  }

  @Test func `a critical namespace makes the target unhealthy, another degrades it`() {
    for isCritical in [true, false] {
      var world = World([namespace(isCritical: isCritical)])
      world.run(300, perMinute: 1000, hitRate: 0.2)
      #expect(world.health.namespaces[0].status == .unhealthy)
      #expect(world.health.status == (isCritical ? .unhealthy : .degraded))
    }
  }

  @Test func `the whole target is judged by its preset only while no namespace gives counts`() {
    var alone = World(policy: .production)
    alone.run(300, perMinute: 1000, hitRate: 0.6, namespace: nil)
    #expect(alone.health.warnings.map(\.code) == [.hitRateBelowTarget])
    #expect(alone.health.warnings[0].namespace == nil)
    #expect(alone.health.warnings[0].message.hasPrefix("Hit rate of the whole cache is"))
    var both = World([namespace("menu", nil)], policy: .production)
    both.run(300, perMinute: 1000, hitRate: 0.6)
    #expect(both.health.warnings.isEmpty)
    var standard = World()
    standard.run(300, perMinute: 1000, hitRate: 0.6, namespace: nil)
    #expect(standard.health.warnings.isEmpty)
  }

  @Test func `warnings come most severe first, then by code and namespace`() {
    var world = World([namespace("b"), namespace("a"), namespace("c", 0.8, critical: 0.01)])
    for _ in 0..<120 {
      for index in 0..<3 { world.add(hits: 9, misses: 11, to: index) }
      world.poll()
    }
    let order = world.health.warnings.map { "\($0.severity.rawValue) \($0.code.rawValue) \($0.namespace ?? "")" }
    #expect(
      order == [
        "critical hit_rate_critical a", "critical hit_rate_critical b", "warning hit_rate_below_target a",
        "warning hit_rate_below_target b", "warning hit_rate_below_target c",
      ])
  }

  @Test(arguments: [(0.3, Severity.warning), (0.46, .warning), (0.8, .critical)])
  func `a target that can't be missed many-fold is never burnt`(_ target: Double, _ severity: Severity) {
    var world = World([namespace("menu", target, critical: 0)])
    world.run(600, perMinute: 2000, hitRate: 0.05)
    #expect(world.warning(.hitRateBelowTarget, "menu")?.severity == severity)
  }
}

extension HitRateWindow {
  var lookups: Double { hits + misses }
}
