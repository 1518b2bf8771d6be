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

private func node(_ host: String, _ role: String, hits: Int64, run: String = "1", isUp: Bool = true)
  -> TargetSnapshot
{
  var snapshot = TargetSnapshot(
    target: Target(
      name: "shop/\(host):1", isNamed: true, kind: .redis, address: "\(host):1", part: .node(of: "shop")),
    time: UnixTime(seconds: 0), interval: 1, namespaces: [])
  snapshot.isUp = isUp
  snapshot.polls = 1
  snapshot.failure = isUp ? nil : .refused
  (snapshot.hits, snapshot.misses) = (hits, hits / 2)
  (snapshot.facts.role, snapshot.facts.runID) = (role, host + run)
  (snapshot.facts.keys, snapshot.facts.usedMemory, snapshot.facts.evictedKeys) = (10, 1000, hits)
  return snapshot
}

private func group() -> GroupState {
  var target = TargetConfiguration(url: "redis://a:1")
  (target.name, target.isCluster) = ("shop", true)
  let identity = Target(name: "shop", isNamed: true, kind: .redis, address: "a:1", part: .cluster)
  return GroupState(target, identity, started: UnixTime(seconds: 0))
}

extension GroupState {
  fileprivate mutating func gather(_ nodes: TargetSnapshot...) {
    let known = Dictionary(nodes.map { ($0.target.address, $0) }, uniquingKeysWith: { $1 })
    gather(known, at: UnixTime(seconds: 1), seconds: 0.1, connects: 1)
  }

  fileprivate func hits(_ role: ClusterFigures.Role) -> Int64? { snapshot.cluster?.totals[role]?.hits }
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
