import CacheModel
import Collectors
import Testing

@testable import Daemon

/// Two shards of a master and a replica each.
private let topology = Topology(
  nodes: [
    Topology.Node(host: "a", port: 1, role: .master, shard: 0, slots: 8192),
    Topology.Node(host: "b", port: 1, role: .master, shard: 1, slots: 8192),
    Topology.Node(host: "c", port: 1, role: .replica, shard: 0),
    Topology.Node(host: "d", port: 1, role: .replica, shard: 1),
  ], epoch: 1, hasSlots: true)

private func node(
  _ host: String, _ role: String, hits: Int64 = 0, run: String = "1", isUp: Bool = true, polls: Int64 = 1,
  menu: Int64? = nil, from origin: CountsOrigin = .counters
) -> TargetSnapshot {
  let counts = NamespaceCounts(definition: menuDefinition, hits: menu, misses: menu.map { $0 * 2 }, origin: origin)
  var snapshot = TargetSnapshot(
    target: Target(
      name: "shop/\(host):1", isNamed: true, kind: .redis, address: "\(host):1", part: .node(of: "shop")),
    time: UnixTime(seconds: 0), interval: 1, namespaces: [counts])
  snapshot.isUp = isUp
  snapshot.polls = polls
  snapshot.failure = isUp ? nil : .refused
  (snapshot.hits, snapshot.misses) = (hits, hits / 2)
  (snapshot.facts.role, snapshot.facts.runID) = (role, host + run)
  (snapshot.facts.keys, snapshot.facts.usedMemory, snapshot.facts.evictedKeys) = (10, 1000, hits)
  return snapshot
}

private let menuDefinition = NamespaceDefinition(name: "menu", keys: ["menu:*"])

private func group() -> GroupState {
  var target = TargetConfiguration(url: "redis://a:1")
  (target.name, target.isCluster) = ("shop", true)
  target.namespaces = [menuDefinition]
  let identity = Target(name: "shop", isNamed: true, kind: .redis, address: "a:1", part: .cluster)
  return GroupState(target, identity, started: UnixTime(seconds: 0))
}

extension GroupState {
  fileprivate mutating func gather(_ nodes: TargetSnapshot...) {
    let known = Dictionary(nodes.map { ($0.target.address, $0) }, uniquingKeysWith: { $1 })
    gather(known, at: UnixTime(seconds: 1), seconds: 0.1, connects: 1)
  }

  fileprivate func hits(_ role: ClusterFigures.Role) -> Int64? { snapshot.cluster?.totals[role]?.hits }

  /// Hits of the only namespace, after another look at these nodes.
  fileprivate mutating func menu(_ nodes: TargetSnapshot...) -> Int64? {
    let known = Dictionary(nodes.map { ($0.target.address, $0) }, uniquingKeysWith: { $1 })
    gather(known, at: UnixTime(seconds: 1), seconds: 0.1, connects: 1)
    let counts = snapshot.namespaces[0]
    #expect(counts.misses == counts.hits.map { $0 * 2 })
    return counts.hits
  }
}

@Test func `an application's counter is followed from master to master, and never falls`() {
  var state = group()
  state.told(topology, at: UnixTime(seconds: 1))
  let sums = [
    state.menu(node("a", "master"), node("b", "master")),
    // The key's slot is b's; a answers that it moved.
    state.menu(node("a", "master"), node("b", "master", menu: 500)),
    state.menu(node("a", "master"), node("b", "master", menu: 510)),
    // Nobody has it while b is dead; then its replica, which is two behind.
    state.menu(node("a", "master"), node("b", "master", isUp: false), node("d", "slave")),
    state.menu(node("a", "master"), node("d", "master", menu: 508)),
    state.menu(node("a", "master"), node("d", "master", menu: 511)),
    // The slot moves to a.
    state.menu(node("a", "master", menu: 512), node("d", "master")),
    // The application begins anew.
    state.menu(node("a", "master", menu: 3), node("d", "master")),
  ]
  #expect(sums == [nil, 500, 510, 510, 510, 513, 514, 517])
  #expect(state.snapshot.namespaces[0].origin == .counters)
}

@Test func `two masters that both have an application's counter are not added up`() {
  var state = group()
  state.told(topology, at: UnixTime(seconds: 1))
  let sums = [
    state.menu(node("a", "master", menu: 100), node("c", "slave", menu: 99)),
    state.menu(node("a", "master", menu: 101), node("c", "master", menu: 140)),
    state.menu(node("a", "master", menu: 102), node("c", "master", menu: 150)),
    state.menu(node("a", "slave", menu: 150), node("c", "master", menu: 151)),
  ]
  #expect(sums == [100, 101, 102, 151])
}

@Test func `what is heard of each node is added while it is master, and goes on over a failover`() {
  var state = group()
  state.told(topology, at: UnixTime(seconds: 1))
  func node(_ host: String, _ role: String, _ menu: Int64, isUp: Bool = true, polls: Int64 = 9) -> TargetSnapshot {
    DaemonTests.node(host, role, isUp: isUp, polls: polls, menu: menu, from: .events)
  }
  let sums = [
    state.menu(node("a", "master", 10), node("b", "master", 5), node("c", "slave", 7)),
    state.menu(node("a", "master", 12), node("b", "master", 6), node("c", "slave", 8)),
    state.menu(node("a", "master", 12, isUp: false), node("b", "master", 6), node("c", "slave", 8)),
    state.menu(node("b", "master", 6), node("c", "master", 11)),
    // Back as a replica, watched anew; then c is watched anew.
    state.menu(node("a", "slave", 2, polls: 1), node("b", "master", 6), node("c", "master", 12)),
    state.menu(node("a", "slave", 2), node("b", "master", 6), node("c", "master", 4, polls: 1)),
    // An estimate that is taken back, and rises again.
    state.menu(node("b", "master", 4, polls: 10), node("c", "master", 4)),
    state.menu(node("b", "master", 7, polls: 11), node("c", "master", 4)),
  ]
  #expect(sums == [15, 18, 18, 21, 22, 26, 26, 27])
}

@Test func `sums are of masters, begin at nothing, and go on over a failover`() {
  var state = group()
  state.told(topology, at: UnixTime(seconds: 1))
  state.gather(
    node("a", "master", hits: 1000), node("b", "master", hits: 500), node("c", "slave", hits: 40),
    node("d", "slave", hits: 0))
  #expect(state.snapshot.isUp)
  #expect(state.hits(.master) == 0)
  #expect(state.snapshot.facts.keys == 20)
  state.gather(
    node("a", "master", hits: 1010), node("b", "master", hits: 505), node("c", "slave", hits: 43),
    node("d", "slave", hits: 0))
  #expect(state.hits(.master) == 15)
  #expect(state.hits(.replica) == 3)
  // The master dies; nobody has taken over yet.
  state.gather(
    node("a", "master", hits: 1010, isUp: false), node("b", "master", hits: 506), node("c", "slave", hits: 43),
    node("d", "slave", hits: 0))
  #expect(!state.snapshot.isUp)
  #expect(state.snapshot.failure == .refused)
  #expect(state.hits(.master) == 16)
  // Its replica says itself that it is master now, before anybody tells a new topology.
  state.gather(
    node("a", "master", hits: 1010, isUp: false), node("b", "master", hits: 506), node("c", "master", hits: 50),
    node("d", "slave", hits: 0))
  #expect(state.snapshot.isUp)
  #expect(state.hits(.master) == 23)
  #expect(state.hits(.replica) == 3)
  #expect(state.snapshot.cluster?.promotions == 1)
  #expect(state.snapshot.hits == 23)
  #expect(state.snapshot.facts.keys == 20)
  // The old master comes back as another process, and as a replica: what it has counted is all new.
  state.gather(
    node("a", "slave", hits: 4, run: "2"), node("b", "master", hits: 506), node("c", "master", hits: 50),
    node("d", "slave", hits: 0))
  #expect(state.hits(.master) == 23)
  #expect(state.hits(.replica) == 7)
}

@Test func `a reset of the server's counters takes nothing away`() {
  var state = group()
  state.told(topology, at: UnixTime(seconds: 1))
  state.gather(node("a", "master", hits: 100), node("b", "master", hits: 100))
  state.gather(node("a", "master", hits: 110), node("b", "master", hits: 100))
  state.gather(node("a", "master", hits: 2), node("b", "master", hits: 100))
  #expect(state.hits(.master) == 12)
  #expect(state.snapshot.cluster?.totals[.master]?.evictions == 12)
}

@Test func `a cluster of which nothing is known is down, with the cause of who was asked`() {
  var state = group()
  state.failed(.timeout)
  state.gather()
  #expect(!state.snapshot.isUp)
  #expect(state.snapshot.failure == .timeout)
  #expect(state.snapshot.failures == [.timeout: 1])
  #expect(state.snapshot.cluster?.nodes.isEmpty == true)
}

@Test func `a cluster that serves no longer all slots is down`() {
  var state = group()
  var part = topology
  part.nodes.removeAll { $0.host == "b" || $0.host == "d" }
  state.told(part, at: UnixTime(seconds: 1))
  state.gather(node("a", "master", hits: 0), node("c", "slave", hits: 0))
  #expect(!state.snapshot.isUp)
  #expect(state.snapshot.cluster?.slotsServed == 8192)
}
