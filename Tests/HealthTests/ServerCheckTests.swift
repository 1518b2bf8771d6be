import CacheModel
import Health
import Testing

struct ServerCheckTests {
  private func world(
    _ policy: HealthPolicy = .standard, _ seconds: Double = 30, _ change: (inout ServerFacts) -> Void
  ) -> World {
    var world = World(policy: policy)
    world.facts.maximumMemory = 1_000_000_000
    world.facts.usedMemory = 100_000_000
    world.facts.evictionPolicy = "allkeys-lru"
    world.facts.keys = 10_000
    world.facts.keysWithTTL = 10_000
    change(&world.facts)
    world.run(seconds)
    return world
  }

  @Test func `a server in order has no warning`() {
    let world = world(.production) { _ in }
    #expect(world.health.warnings.isEmpty)
    #expect(world.health.status == .healthy)
  }

  @Test func `a server that says nothing has no warning`() {
    var world = World()
    world.facts = ServerFacts()
    world.run(60)
    #expect(world.health.warnings.isEmpty)
    #expect(world.health.status == .healthy)
  }

  // MARK: Memory

  /// Policy, share of memory used, severity of memory_near_limit.
  @Test(
    arguments: [
      ("noeviction", 0.89, nil), ("noeviction", 0.90, .warning), ("noeviction", 0.97, .critical),
      ("allkeys-lru", 0.90, .warning), ("allkeys-lru", 1.00, .warning), ("volatile-lru", 0.98, .warning),
      ("volatile-ttl", 0.85, nil),
    ] as [(String, Double, Severity?)])
  func `memory near its limit is critical only where nothing can be evicted`(
    _ policy: String, _ share: Double, _ severity: Severity?
  ) {
    let world = world {
      $0.evictionPolicy = policy
      $0.usedMemory = Int64(share * 1_000_000_000)
    }
    #expect(world.warning(.memoryNearLimit)?.severity == severity)
  }

  @Test func `a full cache that evicts and hits well is only worth knowing`() {
    var world = World([namespace()])
    world.facts.maximumMemory = 1000
    world.facts.usedMemory = 999
    world.facts.evictionPolicy = "allkeys-lfu"
    world.run(300, perMinute: 1000, hitRate: 0.95)
    #expect(world.warning(.memoryNearLimit)?.severity == .info)
    #expect(world.health.status == .healthy)
    world.run(600, perMinute: 1000, hitRate: 0.6)
    #expect(world.warning(.memoryNearLimit)?.severity == .warning)
  }

  @Test func `memory that hovers around the limit keeps one warning`() throws {
    var world = world {
      $0.evictionPolicy = "noeviction"
      $0.usedMemory = 905_000_000
    }
    let since = try #require(world.warning(.memoryNearLimit)).since
    for second in 0..<600 {
      world.facts.usedMemory = second % 20 < 10 ? 895_000_000 : 905_000_000
      world.poll()
      #expect(world.warning(.memoryNearLimit)?.since == since)
    }
    world.facts.usedMemory = 870_000_000
    world.run(130)
    #expect(world.warning(.memoryNearLimit) == nil)
  }

  @Test func `memory that grows says when it is full`() throws {
    var world = World()
    world.facts.maximumMemory = 1_000_000_000
    world.facts.evictionPolicy = "noeviction"
    for second in 0..<1200 {
      world.facts.usedMemory = 800_000_000 + Int64(second) * 100_000
      world.poll()
    }
    let warning = try #require(world.warning(.memoryNearLimit))
    let seconds = try #require(warning.evidence.first { $0.name == "seconds_until_full" }).value
    #expect(abs(seconds - 800) < 60)
    #expect(warning.message.contains("at the present rate it is full in 13 min"))
  }

  @Test(arguments: [
    (HealthPolicy.standard, Severity.info, Status.healthy), (.development, .info, .healthy),
    (.production, .warning, .degraded),
  ])
  func `no maxmemory weighs what the preset says`(_ policy: HealthPolicy, _ severity: Severity, _ status: Status) {
    let world = world(policy) { $0.maximumMemory = 0 }
    #expect(world.health.warnings.map(\.code) == [.memoryUnlimited])
    #expect(world.health.warnings[0].severity == severity)
    #expect(world.health.status == status)
  }

  /// Policy, keys without a time to live out of 10,000, whether it is unsuitable.
  @Test(arguments: [
    ("allkeys-lru", 10_000, false), ("noeviction", 0, true), ("volatile-lru", 0, false),
    ("volatile-lru", 2000, false),
    ("volatile-lru", 4000, true), ("volatile-ttl", 10_000, true),
  ])
  func `a policy is unsuitable when it can't make room`(_ policy: String, _ without: Int64, _ expected: Bool) {
    let world = world {
      $0.evictionPolicy = policy
      $0.keysWithTTL = 10_000 - without
    }
    #expect((world.warning(.evictionPolicyUnsuitable) != nil) == expected)
    if expected, policy != "noeviction" {
      let share = world.warning(.evictionPolicyUnsuitable)?.evidence.first { $0.name == "without_ttl_ratio" }
      #expect(share?.value == Double(without) / 10_000)
    }
  }

  /// Evictions and lookups a second, keys, severity.
  @Test(
    arguments: [
      (0, 100, 10_000, nil), (1, 1000, 1_000_000, nil), (20, 100, 1_000_000, .warning),
      (20, 10_000, 10_000, .warning),
    ] as [(Int64, Int64, Int64, Severity?)])
  func `evictions are many against lookups or against keys`(
    _ evictions: Int64, _ lookups: Int64, _ keys: Int64, _ severity: Severity?
  ) {
    var world = World()
    world.facts.keys = keys
    world.facts.evictedKeys = 5_000_000
    for _ in 0..<400 {
      world.facts.evictedKeys = (world.facts.evictedKeys ?? 0) + evictions
      world.add(hits: lookups / 2, misses: lookups / 2, to: nil)
      world.poll()
    }
    #expect(world.warning(.evictionsHigh)?.severity == severity)
  }

  @Test(arguments: [(1.6, 200, true), (1.6, 50, false), (1.3, 200, false), (12, 10, false)])
  func `fragmentation counts when ratio and bytes are high for five minutes`(
    _ ratio: Double, _ mebibytes: Int64, _ expected: Bool
  ) {
    var world = world(.standard, 290) {
      $0.fragmentationRatio = ratio
      $0.fragmentationBytes = mebibytes << 20
    }
    #expect(world.warning(.fragmentationHigh) == nil)
    world.run(30)
    #expect((world.warning(.fragmentationHigh) != nil) == expected)
  }

  // MARK: Activity

  @Test func `refused connections are told for five minutes and then not`() {
    var world = world { $0.rejectedConnections = 7 }
    #expect(world.warning(.connectionsRejected) == nil)
    world.facts.rejectedConnections = 10
    world.facts.connectedClients = 100
    world.facts.maximumClients = 1000
    world.poll()
    #expect(world.warning(.connectionsRejected)?.severity == .warning)
    #expect(world.warning(.connectionsRejected)?.message.hasPrefix("3 connections refused within 5m") == true)
    world.facts.connectedClients = 990
    world.poll()
    #expect(world.warning(.connectionsRejected)?.severity == .critical)
    world.run(430)
    #expect(world.warning(.connectionsRejected) == nil)
  }

  @Test func `a server that restarted counts its refusals anew`() {
    var world = world { $0.rejectedConnections = 50 }
    world.facts.rejectedConnections = 0
    world.run(10)
    #expect(world.warning(.connectionsRejected) == nil)
  }

  private func slow(_ command: String, _ milliseconds: Int64, at time: UnixTime, id: Int64 = 1) -> SlowOperation {
    SlowOperation(
      id: id, time: time, microseconds: milliseconds * 1000, command: command, namespace: "menu", arguments: [])
  }

  /// Command, milliseconds, count, whether it is told, a word of the advice.
  @Test(arguments: [
    ("get", 20, 3, false, ""), ("hgetall", 20, 12, true, "HSCAN"), ("keys", 1500, 1, true, "SCAN"),
    ("evalsha", 40, 12, true, "script"), ("del", 40, 12, true, "UNLINK"), ("mget", 40, 12, true, "mget of menu"),
  ])
  func `slow operations are told when many or long`(
    _ command: String, _ milliseconds: Int64, _ count: Int, _ expected: Bool, _ word: String
  ) {
    var world = World()
    world.slow.thresholdMicroseconds = 10_000
    world.slow.totals[SlowOperationKey(namespace: "menu", command: command)] = SlowOperationTotals()
    world.run(10)
    world.slow.recent = (0..<count).map { slow(command, milliseconds, at: world.now, id: Int64($0)) }
    world.slow.totals[SlowOperationKey(namespace: "menu", command: command)]?.count = Int64(count)
    world.poll()
    #expect((world.warning(.slowOperations) != nil) == expected)
    if expected { #expect(world.warning(.slowOperations)?.advice.contains(word) == true) }
    world.run(430)
    #expect(world.warning(.slowOperations) == nil)
  }

  @Test func `a slow log that is off says nothing`() {
    var world = World()
    world.slow.thresholdMicroseconds = -1
    world.slow.recent = [slow("keys", 9000, at: World.start)]
    world.poll()
    #expect(world.health.warnings.isEmpty)
  }

  // MARK: Replication

  @Test func `a replica's lost link is critical after ten seconds`() {
    var world = world {
      $0.role = "slave"
      $0.masterLinkUp = false
      $0.masterLinkDownSeconds = 4
    }
    #expect(world.warning(.replicationBroken) == nil)
    world.facts.masterLinkDownSeconds = 12
    world.poll()
    #expect(world.warning(.replicationBroken)?.severity == .critical)
    world.facts.masterLinkUp = true
    world.run(121)
    #expect(world.warning(.replicationBroken) == nil)
  }

  @Test func `a master misses replicas that it had, for an hour`() {
    var world = world {
      $0.role = "master"
      $0.onlineReplicas = 2
      $0.connectedReplicas = 2
    }
    #expect(world.warning(.replicationBroken) == nil)
    world.facts.onlineReplicas = 1
    world.facts.connectedReplicas = 1
    world.poll()
    #expect(world.warning(.replicationBroken)?.severity == .warning)
    #expect(world.warning(.replicationBroken)?.message == "1 of 2 replicas are online.")
    world.facts.onlineReplicas = 0
    world.facts.connectedReplicas = 0
    world.poll()
    #expect(world.warning(.replicationBroken)?.severity == .critical)
    world.run(3800)
    #expect(world.warning(.replicationBroken) == nil)
  }

  @Test func `a server that changes its role starts anew`() {
    var world = world {
      $0.role = "master"
      $0.onlineReplicas = 2
    }
    world.facts.role = "slave"
    world.facts.onlineReplicas = 0
    world.facts.masterLinkUp = true
    world.poll()
    #expect(world.health.warnings.isEmpty)
  }
}
