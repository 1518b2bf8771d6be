import CacheModel
import Health
import Testing

struct CounterCheckTests {
  @Test(
    arguments: [
      (.permissionDenied, .hash(key: "stats", hits: "h", misses: "m"), "Grant the monitoring user HMGET"),
      (.permissionDenied, .keys(hits: "h", misses: "m"), "Grant the monitoring user MGET"),
      (.malformedReply, .hash(key: "stats", hits: "h", misses: "m"), "Write hits and misses with HINCRBY"),
      (.malformedReply, .keys(hits: "h", misses: "m"), "Write hits and misses with INCRBY"),
      (.timeout, .keys(hits: "h", misses: "m"), "See the cause"),
    ] as [(FailureCause, CounterSource, String)])
  func `counters that can't be read are told at once, with what to do about the cause`(
    _ failure: FailureCause, _ source: CounterSource, _ advice: String
  ) throws {
    var world = World([NamespaceDefinition(name: "menu", counters: source)])
    world.counts[0].failure = failure
    world.poll()
    let warning = try #require(world.warning(.countersUnreadable, "menu"))
    #expect(warning.message.contains("counters of menu can't be read (\(failure.rawValue))"))
    #expect(warning.advice.hasPrefix(advice))
    #expect(world.health.status == .degraded)
    world.run(60)
    #expect(world.warning(.countersUnreadable, "menu")?.since == warning.since)
    world.counts[0].failure = nil
    world.run(121)
    #expect(world.warning(.countersUnreadable, "menu") == nil)
  }

  @Test func `a namespace without counters, and one whose counters are not there yet, are no failure`() {
    var world = World([namespace("menu"), namespace("cart")])
    world.run(60)
    #expect(world.health.warnings.isEmpty)
  }

  @Test func `an outage is not taken for unreadable counters`() {
    var world = World([namespace("menu")])
    world.run(10)
    world.isUp = false
    world.failure = .timeout
    world.counts[0].failure = .timeout
    world.run(10)
    #expect(world.warning(.countersUnreadable, "menu") == nil)
  }
}
