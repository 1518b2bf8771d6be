import CacheModel
import Health
import Testing

struct MemoryGrowthTests {
  /// Memory that grows by so many bytes a second, for so long.
  private func world(
    _ growth: Int64, seconds: Double = 3600, policy: String = "noeviction", limit: Int64 = 1_000_000_000
  ) -> World {
    var world = World(interval: 5)
    world.facts.maximumMemory = limit
    world.facts.evictionPolicy = policy
    world.facts.usedMemory = 100_000_000
    world.facts.machineMemory = 2_000_000_000
    world.run(seconds) { $0.facts.usedMemory = ($0.facts.usedMemory ?? 0) + 5 * growth }
    return world
  }

  /// Bytes a second, eviction policy, severity. 900 MB are left at first.
  @Test(
    arguments: [
      (0, "noeviction", nil), (20_000, "noeviction", nil), (50_000, "noeviction", .warning),
      (150_000, "noeviction", .critical), (150_000, "allkeys-lru", nil), (-10_000, "noeviction", nil),
    ] as [(Int64, String, Severity?)])
  func `memory that will be full soon is told where nothing can be evicted`(
    _ growth: Int64, _ policy: String, _ severity: Severity?
  ) throws {
    let world = world(growth, policy: policy)
    let warning = world.warning(.memoryGrowing)
    #expect(warning?.severity == severity)
    if let warning {
      let left = try #require(warning.evidence.first { $0.name == "seconds_until_full" }).value
      let expected = (1e9 - Double(world.facts.usedMemory ?? 0)) / Double(growth)
      #expect(abs(left / expected - 1) < 0.05)
    }
  }

  @Test func `without a limit the machine's memory is what fills`() {
    let warning = world(200_000, policy: "noeviction", limit: 0).warning(.memoryGrowing)
    #expect(warning?.message.contains("the machine's memory (1.9 GiB") == true)
  }

  @Test func `half an hour must be known, and growth that stopped is forgotten`() {
    #expect(world(100_000, seconds: 1700).warning(.memoryGrowing) == nil)
    var world = world(100_000, seconds: 2400)
    #expect(world.warning(.memoryGrowing) != nil)
    world.run(1200)
    #expect(world.warning(.memoryGrowing) == nil)
  }

  @Test func `memory that rises and falls within the hour does not grow`() {
    var world = world(0)
    for round in 0..<24 {
      world.run(300) { $0.facts.usedMemory = 100_000_000 + (round % 2 == 0 ? 400_000_000 : 0) }
      #expect(world.warning(.memoryGrowing) == nil)
    }
  }
}
