import CacheModel
import Health
import Testing

struct ClientTests {
  private func world(_ seconds: Double = 30, _ change: (inout ServerFacts) -> Void) -> World {
    var world = World()
    world.facts.maximumMemory = 1_000_000_000
    world.facts.usedMemory = 500_000_000
    world.facts.evictionPolicy = "allkeys-lru"
    world.facts.maximumClients = 1000
    change(&world.facts)
    world.run(seconds)
    return world
  }

  @Test(arguments: [(799, nil), (800, .warning), (950, .critical)] as [(Int64, Severity?)])
  func `connections close to the limit are told before any is refused`(_ clients: Int64, _ severity: Severity?) {
    #expect(world { $0.connectedClients = clients }.warning(.clientsNearLimit)?.severity == severity)
  }

  @Test func `clients that block have advice of their own`() {
    let warning = world { ($0.connectedClients, $0.blockedClients) = (900, 600) }.warning(.clientsNearLimit)
    #expect(warning?.advice.contains("one reader") == true)
    #expect(warning?.message == "900 of 1,000 clients are connected, 600 of them wait in a blocking call.")
  }

  @Test func `clients around the threshold do not flap`() {
    var world = world { $0.connectedClients = 820 }
    #expect(world.warning(.clientsNearLimit) != nil)
    for round in 0..<20 {
      world.facts.connectedClients = round % 2 == 0 ? 780 : 805
      world.run(20)
      #expect(world.warning(.clientsNearLimit) != nil)
    }
    world.facts.connectedClients = 600
    world.run(121)
    #expect(world.warning(.clientsNearLimit) == nil)
  }

  /// Connections and commands a second, whether it is told, and whose series history has: Redis', or another cache's.
  @Test(
    arguments: [
      (20, 100, true, 0), (20, 1000, false, 0), (5, 20, false, 0), (10, 100, true, 0), (20, 100, true, 1),
    ]
      as [(Int64, Int64, Bool, Int)])
  func `many connections for few commands are told`(
    _ connections: Int64, _ commands: Int64, _ told: Bool, _ kind: Int
  ) {
    var world = world { _ in }
    world.kindOfSeries = kind
    (world.facts.connectionsReceived, world.facts.commandsProcessed) = (1, 1)
    world.run(400) {
      $0.facts.connectionsReceived = ($0.facts.connectionsReceived ?? 0) + connections
      $0.facts.commandsProcessed = ($0.facts.commandsProcessed ?? 0) + commands
    }
    #expect((world.warning(.connectionChurn) != nil) == told)
    guard told else { return }
    world.run(500) { $0.facts.commandsProcessed = ($0.facts.commandsProcessed ?? 0) + commands }
    #expect(world.warning(.connectionChurn) == nil)
  }

  @Test func `a fleet that connects at once is no churn`() {
    var world = world { ($0.connectionsReceived, $0.commandsProcessed) = (0, 0) }
    world.run(60)
    world.facts.connectionsReceived = 2000
    world.facts.commandsProcessed = 4000
    world.run(600) {
      $0.facts.commandsProcessed = ($0.facts.commandsProcessed ?? 0) + 500
      #expect($0.warning(.connectionChurn) == nil)
    }
  }

  @Test(
    arguments: [(120_000_000, 1_000_000_000, true), (90_000_000, 1_000_000_000, false), (20_000_000, 0, false)]
      as [(Int64, Int64, Bool)])
  func `buffers of clients are told where they take a tenth of the memory and enough of it`(
    _ bytes: Int64, _ limit: Int64, _ told: Bool
  ) {
    let world = world { ($0.clientMemory, $0.maximumMemory, $0.largestOutputBuffer) = (bytes, limit, 5_000_000) }
    #expect((world.warning(.clientBuffersLarge) != nil) == told)
    if told { #expect(world.warning(.clientBuffersLarge)?.message.contains("largest output buffer") == true) }
  }
}
