import CacheModel
import Health
import Testing

struct TTLTests {
  private func world(
    _ ttls: [Double?] = [60], policy: HealthPolicy = .standard, _ change: (inout ServerFacts) -> Void
  ) -> World {
    var world = World(
      ttls.enumerated().map { namespace("n\($0)", nil, ttl: $1) }, policy: policy)
    world.facts.maximumMemory = 1_000_000_000
    world.facts.usedMemory = 100_000_000
    world.facts.evictionPolicy = "allkeys-lru"
    (world.facts.keys, world.facts.keysWithTTL) = (10_000, 10_000)
    change(&world.facts)
    world.run(10)
    return world
  }

  /// Keys with a time to live among 1,000, declared times to live, limit, policy, and the severity that is told.
  @Test(
    arguments: [
      (500, 60, 1000, "noeviction", .warning), (510, 60, 1000, "noeviction", nil),
      (0, nil, 1000, "noeviction", .info), (0, 60, 1000, "allkeys-lru", .info), (0, 60, 0, "allkeys-lru", .info),
      (1000, 60, 0, "noeviction", nil),
    ] as [(Int64, Double?, Int64, String, Severity?)])
  func `keys without a time to live matter where one is declared and nothing evicts them`(
    _ with: Int64, _ ttl: Double?, _ limit: Int64, _ policy: String, _ severity: Severity?
  ) {
    let world = world([ttl]) {
      ($0.keys, $0.keysWithTTL, $0.maximumMemory, $0.evictionPolicy) = (1000, with, limit, policy)
    }
    #expect(world.warning(.keysWithoutTTL)?.severity == severity)
  }

  @Test func `a missing limit counts as much as the policy says it does`() {
    let world = world(policy: .production) { ($0.keysWithTTL, $0.maximumMemory) = (0, 0) }
    #expect(world.warning(.keysWithoutTTL)?.severity == .warning)
    #expect(world.warning(.keysWithoutTTL)?.advice.contains("SET without EX") == true)
  }

  @Test func `a share around the threshold neither comes and goes nor raises`() {
    var world = world { ($0.keysWithTTL, $0.evictionPolicy) = (5000, "noeviction") }
    #expect(world.warning(.keysWithoutTTL) != nil)
    world.facts.keysWithTTL = 5400
    world.run(600)
    #expect(world.warning(.keysWithoutTTL) != nil)
    world.facts.keysWithTTL = 5600
    world.run(130)
    #expect(world.warning(.keysWithoutTTL) == nil)
    world.facts.keysWithTTL = 5400
    world.run(600)
    #expect(world.warning(.keysWithoutTTL) == nil)
  }

  /// Keys with a time to live and without one in a sample, whether it is told.
  @Test(arguments: [(100, 100, true), (150, 50, false), (40, 40, false)])
  func
    `a namespace whose sample lacks its declared time to live is named`(_ with: Int, _ without: Int, _ isTold: Bool)
  {
    var world = World([namespace("menu", nil, ttl: 60), namespace("user", nil)])
    (world.facts.keys, world.facts.keysWithTTL, world.facts.evictionPolicy) = (100_000, 95_000, "noeviction")
    world.facts.maximumMemory = 1_000_000_000
    var sample = TTLSample()
    for _ in 0..<with { sample.add(30) }
    for _ in 0..<without { sample.add(nil) }
    world.counts[0].census = CensusCounts(keys: 9000, ttls: sample)
    world.run(10)
    let warning = world.warning(.keysWithoutTTL)
    #expect((warning != nil) == isTold)
    #expect(!isTold || warning?.message.contains("9,000 keys of menu") == true)
    #expect(!isTold || warning?.severity == .warning)
    #expect(world.warning(.ttlNotAsDeclared) == nil)
  }

  @Test func `a key that lives longer than its namespace declares is told, whatever the others declare`() {
    var world = World([namespace("menu", nil, ttl: 60), namespace("user", nil)])
    (world.facts.keys, world.facts.keysWithTTL) = (100_000, 100_000)
    var sample = TTLSample()
    for second in 0..<150 { sample.add(Double(second % 60)) }
    world.counts[0].census = CensusCounts(keys: 9000, ttls: sample)
    world.run(10)
    #expect(world.warning(.ttlNotAsDeclared) == nil)
    sample.add(3600)
    world.counts[0].census?.ttls = sample
    world.run(10)
    #expect(world.warning(.ttlNotAsDeclared)?.message.contains("menu") == true)
  }

  @Test func `a few keys say nothing`() {
    #expect(world { ($0.keys, $0.keysWithTTL) = (99, 0) }.warning(.keysWithoutTTL) == nil)
  }

  /// Declared, average left, whether it is told.
  @Test(
    arguments: [
      ([60], 30, false), ([60], 66, true), ([60], 65, false), ([60, 3600], 3000, false), ([60, 3600], 4000, true),
      ([60, 3600], 6, true), ([60, 3600], 8, false), ([60, nil], 5000, false), ([nil], 5000, false),
    ] as [([Double?], Double, Bool)])
  func `average times to live are held against all that are declared`(
    _ declared: [Double?], _ average: Double, _ told: Bool
  ) {
    let warning = world(declared) { $0.averageTTL = average }.warning(.ttlNotAsDeclared)
    #expect((warning != nil) == told)
    if let warning {
      #expect(warning.severity == .info)
      #expect(warning.evidence.contains(Evidence("average_ttl_seconds", average)))
    }
  }

  @Test func `too long and too short have advice of their own`() {
    #expect(world { $0.averageTTL = 600 }.warning(.ttlNotAsDeclared)?.advice.contains("longer") == true)
    #expect(world { $0.averageTTL = 1 }.warning(.ttlNotAsDeclared)?.advice.contains("shorter") == true)
  }
}
