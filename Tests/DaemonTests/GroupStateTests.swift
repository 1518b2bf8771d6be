import CacheModel
import Collectors
import Exposition
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
  _ host: String, _ role: String, hits: Int64 = 0, run: String = "1", isUp: Bool = true, menu: Int64? = nil,
  from origin: CountsOrigin = .counters
) -> TargetSnapshot {
  let counts = NamespaceCounts(definition: menuDefinition, hits: menu, misses: menu.map { $0 * 2 }, origin: origin)
  var snapshot = TargetSnapshot(
    target: Target(
      name: "shop/\(host):1", isNamed: true, kind: .redis, address: "\(host):1", part: .node(of: "shop")),
    time: UnixTime(seconds: 0), interval: 1, namespaces: [counts])
  snapshot.isUp = isUp
  snapshot.polls = 1
  snapshot.failure = isUp ? nil : .refused
  (snapshot.hits, snapshot.misses) = (hits, hits / 2)
  (snapshot.facts.role, snapshot.facts.runID) = (role, host + run)
  (snapshot.facts.keys, snapshot.facts.usedMemory, snapshot.facts.evictedKeys) = (10, 1000, hits)
  return snapshot
}

private let menuDefinition = NamespaceDefinition(name: "menu", keys: ["menu:*"])

/// A group as its follower and its nodes' pollers make it.
private struct Group {
  var state: GroupState
  var tally = GroupTally()

  init(_ told: Topology? = topology, isHeard: Bool = false) {
    var target = TargetConfiguration(url: "redis://a:1")
    target.observe.events = isHeard
    (target.name, target.isCluster) = ("shop", true)
    target.namespaces = [menuDefinition]
    let identity = Target(name: "shop", isNamed: true, kind: .redis, address: "a:1", part: .cluster)
    state = GroupState(target, identity, started: UnixTime(seconds: 0))
    if let told { self.told(told) }
  }

  mutating func told(_ topology: Topology) {
    state.told(topology, at: UnixTime(seconds: 1))
    tally.told(
      Dictionary(topology.nodes.map { ("shop/\($0.address)", $0.role) }, uniquingKeysWith: { $1 }))
  }

  /// Nodes' polls, at which nobody looks.
  mutating func poll(_ nodes: TargetSnapshot...) { for node in nodes { tally.add(node) } }

  /// A poll of each node, and a look at all.
  mutating func gather(_ nodes: TargetSnapshot...) { look(nodes) }

  private mutating func look(_ nodes: [TargetSnapshot]) {
    for node in nodes { tally.add(node) }
    let known = Dictionary(nodes.map { ($0.target.address, $0) }, uniquingKeysWith: { $1 })
    state.gather(known, counted: tally.figures, at: UnixTime(seconds: 1), seconds: 0.1, connects: 1)
  }

  func hits(_ role: ClusterFigures.Role) -> Int64? { state.snapshot.cluster?.totals[role]?.hits }

  /// Hits of the only namespace, after another look at these nodes; one of them is watched `anew`.
  mutating func menu(_ nodes: TargetSnapshot..., anew host: String? = nil) -> Int64? {
    if let host { tally.begins("shop/\(host):1", hasHistory: true) }
    look(nodes)
    let counts = state.snapshot.namespaces[0]
    #expect(counts.misses == counts.hits.map { $0 * 2 })
    return counts.hits
  }
}

@Test func `an application's counter is followed from master to master, and never falls`() {
  var group = Group()
  let sums = [
    group.menu(node("a", "master"), node("b", "master")),
    // The key's slot is b's; a answers that it moved.
    group.menu(node("a", "master"), node("b", "master", menu: 500)),
    group.menu(node("a", "master"), node("b", "master", menu: 510)),
    // Nobody has it while b is dead; then its replica, which is two behind.
    group.menu(node("a", "master"), node("b", "master", isUp: false), node("d", "slave")),
    group.menu(node("a", "master"), node("d", "master", menu: 508)),
    group.menu(node("a", "master"), node("d", "master", menu: 511)),
    // The slot moves to a.
    group.menu(node("a", "master", menu: 512), node("d", "master")),
    // The application begins anew: what it counted since the poll before is not known.
    group.menu(node("a", "master", menu: 3), node("d", "master")),
    group.menu(node("a", "master", menu: 6), node("d", "master")),
  ]
  #expect(sums == [nil, 500, 510, 510, 510, 513, 514, 514, 517])
  #expect(group.state.snapshot.namespaces[0].origin == .counters)
}

@Test func `where notifications are heard, an application's counter begins at 0 and has causes`() {
  var group = Group(isHeard: true)
  /// What the node's own poll makes of a reading: it was first read at 400.
  func read(_ host: String, _ role: String, menu: Int64, cold: Int64? = nil) -> TargetSnapshot {
    var snapshot = node(host, role, menu: menu - 400)
    snapshot.namespaces[0].counted = LookupCounts(hits: menu, misses: menu * 2)
    snapshot.namespaces[0].observed = cold.map { heard in
      var observed = ObservedMisses(total: (menu - 400) * 2)
      observed.heard = [heard, 0, 0, 0, 0]
      return observed
    }
    return snapshot
  }
  // Nothing is heard of a master yet.
  #expect(group.menu(node("a", "master"), read("b", "master", menu: 500)) == 0)
  #expect(group.menu(node("a", "master"), read("b", "master", menu: 510, cold: 0)) == 10)
  #expect(group.menu(node("a", "master"), read("b", "master", menu: 511, cold: 2)) == 11)
  // Its replica was read first when it was elsewhere, which changes nothing.
  #expect(group.menu(node("a", "master"), read("d", "master", menu: 513)) == 13)
  #expect(group.state.snapshot.namespaces[0].observed?.causes == [2, 0, 0, 0, 24])
}

@Test func `a group's own history is told of as a target's is`() {
  var group = Group()
  group.gather(node("a", "master", hits: 5), node("b", "master", hits: 6))
  group.state.recorded(refused: 3, oldest: UnixTime(seconds: 1))
  let snapshot = Snapshot(
    generation: 1, targets: [group.state.snapshot],
    exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0)))
  let report = String(decoding: reportDocument(snapshot, isOneLine: true), as: UTF8.self)
  #expect(report.contains("\"series_without_history\": 3,"), "\(report)")
  #expect(report.contains("\"history_from\": \"1970-01-01T00:00:01"), "\(report)")
}

@Test func `two masters that both have an application's counter are not added up`() {
  var group = Group()
  let sums = [
    group.menu(node("a", "master", menu: 100), node("c", "slave", menu: 99)),
    group.menu(node("a", "master", menu: 101), node("c", "master", menu: 140)),
    group.menu(node("a", "master", menu: 102), node("c", "master", menu: 150)),
    group.menu(node("a", "slave", menu: 150), node("c", "master", menu: 151)),
  ]
  #expect(sums == [100, 101, 102, 151])
}

@Test func `what is heard of each node is added while it is master, and goes on over a failover`() {
  var group = Group()
  func node(_ host: String, _ role: String, _ menu: Int64, isUp: Bool = true) -> TargetSnapshot {
    DaemonTests.node(host, role, isUp: isUp, menu: menu, from: .events)
  }
  let sums = [
    group.menu(node("a", "master", 10), node("b", "master", 5), node("c", "slave", 7)),
    group.menu(node("a", "master", 12), node("b", "master", 6), node("c", "slave", 8)),
    group.menu(node("a", "master", 12, isUp: false), node("b", "master", 6), node("c", "slave", 8)),
    group.menu(node("b", "master", 6), node("c", "master", 11)),
    // Back as a replica, watched anew; then c is watched anew.
    group.menu(node("a", "slave", 2), node("b", "master", 6), node("c", "master", 12), anew: "a"),
    group.menu(node("a", "slave", 2), node("b", "master", 6), node("c", "master", 4), anew: "c"),
    // An estimate that is taken back, and rises again.
    group.menu(node("b", "master", 4), node("c", "master", 4)),
    group.menu(node("b", "master", 7), node("c", "master", 4)),
  ]
  #expect(sums == [15, 18, 18, 21, 22, 26, 26, 27])
}

@Test func `while a node's hits are not known its misses wait with them, so that no rate of the sums is false`() {
  var group = Group()
  func node(_ host: String, hits: Int64?, misses: Int64) -> TargetSnapshot {
    var snapshot = DaemonTests.node(host, "master", menu: hits, from: hits == nil ? .events : .sampled)
    snapshot.namespaces[0].misses = misses
    snapshot.namespaces[0].observed = ObservedMisses(total: misses)
    return snapshot
  }
  func sums(_ nodes: TargetSnapshot...) -> [Int64?] {
    for node in nodes { group.tally.add(node) }
    let known = Dictionary(nodes.map { ($0.target.address, $0) }, uniquingKeysWith: { $1 })
    group.state.gather(
      known, counted: group.tally.figures, at: UnixTime(seconds: 1), seconds: 0.1, connects: 1)
    let counts = group.state.snapshot.namespaces[0]
    #expect(counts.observed?.total == counts.misses)
    return [counts.hits, counts.misses]
  }
  // Before there are bursts misses are known alone, as where nothing is sampled.
  #expect(sums(node("a", hits: nil, misses: 1), node("b", hits: nil, misses: 2)) == [nil, 3])
  #expect(sums(node("a", hits: 90, misses: 10), node("b", hits: 50, misses: 50)) == [140, 60])
  #expect(sums(node("a", hits: nil, misses: 100), node("b", hits: 60, misses: 60)) == [150, 70])
  #expect(sums(node("a", hits: nil, misses: 150), node("b", hits: 60, misses: 60)) == [150, 70])
  #expect(sums(node("a", hits: 1800, misses: 200), node("b", hits: 60, misses: 60)) == [1860, 260])
}

@Test func `sums are of masters, begin at nothing, and go on over a failover`() {
  var group = Group()
  group.gather(
    node("a", "master", hits: 1000), node("b", "master", hits: 500), node("c", "slave", hits: 40),
    node("d", "slave", hits: 0))
  #expect(group.state.snapshot.isUp)
  #expect(group.hits(.master) == 0)
  #expect(group.state.snapshot.facts.keys == 20)
  group.gather(
    node("a", "master", hits: 1010), node("b", "master", hits: 505), node("c", "slave", hits: 43),
    node("d", "slave", hits: 0))
  #expect(group.hits(.master) == 15)
  #expect(group.hits(.replica) == 3)
  // The master dies; nobody has taken over yet.
  group.gather(
    node("a", "master", hits: 1010, isUp: false), node("b", "master", hits: 506), node("c", "slave", hits: 43),
    node("d", "slave", hits: 0))
  #expect(!group.state.snapshot.isUp)
  #expect(group.state.snapshot.failure == .refused)
  #expect(group.hits(.master) == 16)
  // Its replica says itself that it is master now, before anybody tells a new topology.
  group.gather(
    node("a", "master", hits: 1010, isUp: false), node("b", "master", hits: 506), node("c", "master", hits: 50),
    node("d", "slave", hits: 0))
  #expect(group.state.snapshot.isUp)
  #expect(group.hits(.master) == 23)
  #expect(group.hits(.replica) == 3)
  #expect(group.state.snapshot.cluster?.promotions == 1)
  #expect(group.state.snapshot.hits == 23)
  #expect(group.state.snapshot.facts.keys == 20)
  // The old master comes back as another process, and as a replica: what it has counted is all new.
  group.gather(
    node("a", "slave", hits: 4, run: "2"), node("b", "master", hits: 506), node("c", "master", hits: 50),
    node("d", "slave", hits: 0))
  #expect(group.hits(.master) == 23)
  #expect(group.hits(.replica) == 7)
}

@Test func `a reset of the server's counters takes nothing away`() {
  var group = Group()
  group.gather(node("a", "master", hits: 100), node("b", "master", hits: 100))
  group.gather(node("a", "master", hits: 110), node("b", "master", hits: 100))
  group.gather(node("a", "master", hits: 2), node("b", "master", hits: 100))
  #expect(group.hits(.master) == 12)
  #expect(group.state.snapshot.cluster?.totals[.master]?.evictions == 12)
}

@Test func `counts at the ends of integers are summed up to the largest, and never fall`() {
  var group = Group()
  for (run, hits) in ([0, .max, .max, .min, .max, -1, .max] as [Int64]).enumerated() {
    let before = group.hits(.master) ?? 0
    group.gather(
      node("a", "master", hits: hits, run: "\(run)", menu: Int64.max / 2, from: .events),
      node("b", "master", hits: hits, run: "1", menu: Int64.max / 2, from: .events))
    group.tally.begins("shop/a:1", hasHistory: true)
    #expect((group.hits(.master) ?? 0) >= before)
  }
  #expect(group.hits(.master) == .max)
  #expect(group.state.snapshot.cluster?.totals[.master]?.evictions == .max)
  #expect(group.state.snapshot.namespaces[0].hits == .max && group.state.snapshot.namespaces[0].misses == .max)
  #expect(group.state.snapshot.facts.keys == 20)
}

@Test func `an application's counter at the end of integers is followed up to the largest`() {
  var group = Group()
  var told: [Int64] = []
  for menu in [.max / 2, 0, .max / 2, .min / 2, .max / 2, 0, .max / 2] as [Int64] {
    group.gather(node("a", "master", menu: menu), node("b", "master"))
    told.append(group.state.snapshot.namespaces[0].hits ?? -1)
  }
  #expect(told == told.sorted() && told.first == Int64.max / 2 && told.last == Int64.max)
}

@Test func `a cluster of which nothing is known is down, with the cause of who was asked`() {
  var group = Group(nil)
  group.state.failed(.timeout)
  group.gather()
  #expect(!group.state.snapshot.isUp)
  #expect(group.state.snapshot.failure == .timeout)
  #expect(group.state.snapshot.failures == [.timeout: 1])
  #expect(group.state.snapshot.cluster?.nodes.isEmpty == true)
}

@Test func `a cluster that serves no longer all slots is down`() {
  var group = Group()
  var part = topology
  part.nodes.removeAll { $0.host == "b" || $0.host == "d" }
  group.told(part)
  group.gather(node("a", "master", hits: 0), node("c", "slave", hits: 0))
  #expect(!group.state.snapshot.isUp)
  #expect(group.state.snapshot.cluster?.slotsServed == 8192)
}

@Test func `what a node counts between its first poll and the first look at the group is not lost`() {
  var group = Group()
  group.poll(node("a", "master", hits: 1000), node("a", "master", hits: 1004))
  group.poll(node("a", "master", hits: 1009), node("c", "slave", hits: 3))
  group.gather(node("a", "master", hits: 1010), node("c", "slave", hits: 5))
  #expect(group.hits(.master) == 10)
  #expect(group.hits(.replica) == 2)
}

@Test func `what a node counts is of the role that it has then, however seldom anybody looks`() {
  var group = Group()
  group.poll(node("c", "slave", hits: 10), node("c", "slave", hits: 14), node("c", "master", hits: 17))
  group.poll(node("c", "slave", hits: 19), node("c", "master", hits: 24))
  group.gather(node("c", "master", hits: 24))
  #expect(group.hits(.master) == 8)
  #expect(group.hits(.replica) == 6)
  #expect(group.state.snapshot.cluster?.promotions == 2)
}

@Test func `a node that is forgotten keeps what it counted last, and goes on where it was when it is back`() {
  var group = Group()
  group.gather(node("a", "master", hits: 100), node("b", "master", hits: 100))
  // Its last poll is after the last look that knows it.
  group.poll(node("b", "master", hits: 107))
  var part = topology
  part.nodes.removeAll { $0.host == "b" }
  group.told(part)
  group.gather(node("a", "master", hits: 100))
  #expect(group.hits(.master) == 7)
  group.told(topology)
  group.tally.begins("shop/b:1", hasHistory: true)
  group.gather(node("a", "master", hits: 100), node("b", "master", hits: 109))
  #expect(group.hits(.master) == 9)
  // Without its history nobody knows which of the lookups were cachegauge's own.
  group.tally.begins("shop/b:1", hasHistory: false)
  group.gather(node("a", "master", hits: 100), node("b", "master", hits: 120))
  group.gather(node("a", "master", hits: 100), node("b", "master", hits: 121))
  #expect(group.hits(.master) == 10)
}

@Test func `what a server tells only later begins then`() {
  var group = Group()
  var silent = node("a", "master")
  (silent.hits, silent.misses) = (nil, nil)
  group.gather(silent, node("b", "master"))
  group.gather(node("a", "master", hits: 1000), node("b", "master"))
  #expect(group.hits(.master) == 0)
  group.gather(node("a", "master", hits: 1001), node("b", "master"))
  #expect(group.hits(.master) == 1)
  // A new process that does not tell at first has counted from nothing.
  silent.facts.runID = "a2"
  group.gather(silent, node("b", "master"))
  group.gather(node("a", "master", hits: 1002, run: "2"), node("b", "master"))
  #expect(group.hits(.master) == 1003)
}

@Test func `a node that does not tell its role has the one that the cluster says`() {
  var group = Group()
  group.gather(node("a", "", hits: 10), node("c", "", hits: 10))
  group.gather(node("a", "", hits: 11), node("c", "", hits: 12))
  #expect(group.hits(.master) == 1)
  #expect(group.hits(.replica) == 2)
}

/// A node that has heard misses, all of one cause but for one.
private func heard(_ host: String, _ role: String, expired: Int64, share: Double) -> TargetSnapshot {
  var snapshot = node(host, role, menu: 0, from: .events)
  var observed = ObservedMisses(total: expired + 1, bridged: 1, causes: [0, expired, 0, 0, 1])
  observed.shares = [CauseShare(cause: .expired, share: share, interval: share - 0.1...share + 0.1)]
  snapshot.namespaces[0].observed = observed
  snapshot.namespaces[0].misses = observed.total
  return snapshot
}

@Test func `causes of misses are summed over masters, and go on over a failover`() {
  var group = Group()
  func observed(_ nodes: TargetSnapshot...) -> ObservedMisses? {
    for node in nodes { group.tally.add(node) }
    let known = Dictionary(nodes.map { ($0.target.address, $0) }, uniquingKeysWith: { $1 })
    group.state.gather(
      known, counted: group.tally.figures, at: UnixTime(seconds: 1), seconds: 0.1, connects: 1)
    return group.state.snapshot.namespaces[0].observed
  }
  let first = observed(
    heard("a", "master", expired: 299, share: 0.4), heard("b", "master", expired: 99, share: 0.8),
    heard("c", "slave", expired: 50, share: 1))
  #expect(first?.causes == [0, 398, 0, 0, 2])
  #expect(first?.total == 400 && first?.bridged == 2)
  let share = first?.shares?.first
  #expect(first?.shares?.count == 1 && share?.cause == .expired)
  #expect(abs((share?.share ?? 0) - 0.5) < 1e-9)
  #expect(abs((share?.interval.lowerBound ?? 0) - 0.4) < 1e-9)
  // a dies; what its replica heard before is its own affair.
  let second = observed(
    heard("b", "master", expired: 99, share: 0.8), heard("c", "master", expired: 60, share: 1))
  #expect(second?.causes == [0, 408, 0, 0, 2])
  #expect(group.state.snapshot.namespaces[0].misses == 410)
}

@Test func `the census of a group is that of its masters, as old as the oldest`() {
  var group = Group()
  func counted(_ host: String, _ role: String, keys: Int64, at seconds: Int64, isWhole: Bool = true)
    -> TargetSnapshot
  {
    var snapshot = node(host, role)
    var report = CensusReport()
    (report.isWhole, report.time, report.walks) = (isWhole, UnixTime(seconds: seconds), isWhole ? 2 : 0)
    report.namespaces = [CensusCounts(keys: keys, memoryBytes: keys * 100)]
    report.other = CensusCounts(keys: 1, memoryBytes: 70)
    (report.progress, report.visited) = (0.5, keys)
    snapshot.census = report
    return snapshot
  }
  group.gather(
    counted("a", "master", keys: 30, at: 20), counted("b", "master", keys: 12, at: 10),
    counted("c", "slave", keys: 30, at: 5))
  let census = group.state.snapshot.census
  #expect(census?.namespaces == [CensusCounts(keys: 42, memoryBytes: 4200)])
  #expect(group.state.snapshot.namespaces[0].census == CensusCounts(keys: 42, memoryBytes: 4200))
  #expect(census?.other == CensusCounts(keys: 2, memoryBytes: 140))
  #expect(census?.time == UnixTime(seconds: 10) && census?.isWhole == true && census?.visited == 42)
  group.gather(counted("a", "master", keys: 30, at: 20), counted("b", "master", keys: 3, at: 30, isWhole: false))
  #expect(group.state.snapshot.census?.isWhole == false)
  #expect(group.state.snapshot.census?.walks == 0)
}
