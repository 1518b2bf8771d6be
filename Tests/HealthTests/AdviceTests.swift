import CacheModel
import Health
import Testing

struct AdviceTests {
  /// What a target under its hit rate does each second beside missing ten times: evictions, expirations, new keys.
  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var evictions: Int64?
    var expirations: Int64?
    var keyGrowth: Int64
    var keys: Int64
    var uptime: Int64 = 1_000_000
    var begins: String
    var names: String
  }

  static let cases = [
    Case(
      description: "just started", evictions: 5, expirations: 5, keyGrowth: 0, keys: 100, uptime: 200,
      begins: "Wait for the cache to fill", names: "server started"),
    Case(
      description: "evicting", evictions: 5, expirations: 8, keyGrowth: 0, keys: 100_000,
      begins: "Give the cache more memory (maxmemory is 953.7 MiB", names: "1,000 keys"),
    Case(
      description: "expiring", evictions: 0, expirations: 8, keyGrowth: 0, keys: 100_000,
      begins: "Lengthen the time to live (declared: 60 s)", names: "1,600 keys"),
    Case(
      description: "deleting", evictions: 0, expirations: 1, keyGrowth: -6, keys: 100_000,
      begins: "Look at what deletes keys", names: "1,200 keys"),
    Case(
      description: "diverse", evictions: 0, expirations: 0, keyGrowth: 9, keys: 100_000,
      begins: "Make keys less diverse", names: "1,800 keys"),
    Case(
      description: "not stored", evictions: 0, expirations: 0, keyGrowth: 0, keys: 3,
      begins: "Check that what was missed is then stored", names: "3 keys"),
    Case(
      description: "unexplained", evictions: 0, expirations: 0, keyGrowth: 0, keys: 100_000,
      begins: "Look at how keys are built", names: "0 evictions"),
    Case(
      description: "unobserved", evictions: nil, expirations: nil, keyGrowth: 0, keys: 100_000,
      begins: "Compare evictions", names: "not known"),
  ]

  @Test(arguments: cases)
  func `advice follows from what else happened`(_ one: Case) throws {
    var world = World([namespace(ttl: 60)])
    world.facts.maximumMemory = 1_000_000_000
    world.facts.evictedKeys = one.evictions.map { _ in 0 }
    world.facts.expiredKeys = one.expirations.map { _ in 0 }
    world.facts.keys = one.keys
    world.facts.uptime = one.uptime
    for _ in 0..<201 {
      world.add(hits: 10, misses: 10)
      world.poll()
      world.facts.evictedKeys = one.evictions.map { (world.facts.evictedKeys ?? 0) + $0 }
      world.facts.expiredKeys = one.expirations.map { (world.facts.expiredKeys ?? 0) + $0 }
      world.facts.keys = (world.facts.keys ?? 0) + one.keyGrowth
    }
    // Words are up to five seconds old, so the numbers are read again at the end.
    world.run(0)
    let warning = try #require(world.warning(.hitRateBelowTarget, "menu"))
    #expect(warning.advice.hasPrefix(one.begins), "\(warning.advice)")
    #expect(warning.advice.hasSuffix("."))
    #expect(warning.evidence.allSatisfy { $0.value.isFinite })
    if one.names.contains(",") == false { #expect(warning.advice.contains(one.names), "\(warning.advice)") }
  }
}
