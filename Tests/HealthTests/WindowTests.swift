import CacheModel
import Health
import Testing

struct WindowTests {
  private func window(_ world: World, _ name: String) throws -> HitRateWindow {
    try #require(world.health.namespaces[0].windows.first { $0.name == name })
  }

  @Test func `the six windows are shown, shortest first, for namespaces and the whole target`() {
    var world = World([namespace()])
    world.poll()
    let names = ["1m", "5m", "15m", "1h", "6h", "24h"]
    #expect(world.health.namespaces[0].windows.map(\.name) == names)
    #expect(world.health.windows.map(\.name) == names)
  }

  @Test func `young history gives every window all of it and says how much it covers`() throws {
    var world = World([namespace()])
    world.add(hits: 0, misses: 0)
    world.poll()
    for _ in 0..<45 {
      world.add(hits: 3, misses: 1)
      world.poll()
    }
    for window in world.health.namespaces[0].windows + world.health.windows {
      #expect(window.hits == 135 && window.misses == 45)
      #expect(window.coveredSeconds == 45)
      #expect(window.interval?.contains(0.75) == true)
    }
  }

  @Test func `a window counts what lies within it and nothing older`() throws {
    var world = World([namespace()])
    for second in 0..<4000 {
      world.add(hits: second < 3900 ? 2 : 5, misses: second < 3900 ? 2 : 0)
      world.poll()
    }
    let minute = try window(world, "1m")
    #expect(minute.hits == 300 && minute.misses == 0 && minute.coveredSeconds == 60)
    // Longer windows may be up to a sixtieth of their length old.
    let hour = try window(world, "1h")
    #expect(hour.coveredSeconds == 3600)
    #expect((7200...7500).contains(hour.hits))
    #expect(try window(world, "6h").coveredSeconds >= 3600)
  }

  @Test func `a counter that began again loses nothing but what it counted unseen`() throws {
    var world = World([namespace()])
    world.run(30, perMinute: 600, hitRate: 1)
    world.counts[0].hits = 0
    world.counts[0].misses = 0
    world.run(20, perMinute: 600, hitRate: 1)
    #expect(try window(world, "5m").hits == 490)
    #expect(try window(world, "5m").misses == 0)
  }

  @Test func `a gap is not covered, but what the server counted meanwhile is counted`() throws {
    var world = World([namespace()])
    world.run(100, perMinute: 600, hitRate: 1)
    world.isUp = false
    world.run(50, perMinute: 600, hitRate: 1)
    world.isUp = true
    world.run(100, perMinute: 600, hitRate: 1)
    let five = try window(world, "5m")
    // Up to five seconds old.
    #expect((2440...2490).contains(five.hits))
    #expect((193...198).contains(five.coveredSeconds))
  }

  @Test func `a window that begins inside a gap begins after it instead`() throws {
    var world = World([namespace()])
    world.run(100, perMinute: 600, hitRate: 1)
    world.isUp = false
    world.run(100, perMinute: 600, hitRate: 0)
    world.isUp = true
    world.run(21, perMinute: 600, hitRate: 1)
    let minute = try window(world, "1m")
    #expect(minute.hits == 200 && minute.misses == 0)
    #expect(minute.coveredSeconds == 20)
  }

  @Test func `an evaluator that finds history made before it judges by that history`() {
    var world = World([namespace()])
    world.run(1000, perMinute: 1000, hitRate: 0.9)
    world.evaluator = HealthEvaluator(policy: .standard, namespaces: [namespace()], interval: 1)
    world.poll()
    #expect(world.health.namespaces[0].status == .healthy)
    #expect(world.health.namespaces[0].windows[1].coveredSeconds == 300)
  }

  @Test func `names are escaped in series as they are in labels`() {
    #expect(HistorySeries.hits(of: "a\"b\\c") == #"cache_namespace_hits_total{namespace="a\"b\\c"}"#)
    #expect(
      HistorySeries.misses(of: "menu", .unknown)
        == #"cache_namespace_misses_total{namespace="menu",cause="unknown"}"#)
  }
}
