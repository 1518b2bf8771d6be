import CacheModel
import Collectors
import Health
import TimeSeries

/// What is known of a cluster or a Sentinel's group as one cache: its nodes' snapshots put together, so that sums go
/// on over a failover and nothing is counted twice. A value: no connection, no clock.
struct GroupState {
  private(set) var snapshot: TargetSnapshot
  private var evaluator: HealthEvaluator
  /// What was told last.
  private(set) var topology: Topology?
  /// Why nobody tells anything; nil while somebody does.
  private(set) var failure: FailureCause?
  private var namespaces: NamespaceSums

  /// Before anything is known.
  init(_ target: TargetConfiguration, _ identity: Target, started: UnixTime) {
    let namespaces = target.namespaces.map {
      NamespaceCounts(definition: $0, hits: nil, misses: nil, origin: .none)
    }
    self.namespaces = NamespaceSums(count: namespaces.count, isHeard: target.isHeard)
    let interval = target.poll.interval.inSeconds
    snapshot = TargetSnapshot(target: identity, time: started, interval: interval, namespaces: namespaces)
    snapshot.cluster = ClusterFigures()
    evaluator = HealthEvaluator(policy: target.healthPolicy, namespaces: target.namespaces, interval: interval)
  }

  /// Goes on with the hits, and the misses by cause, of applications' own counters where history ends; before the first look.
  mutating func resumeCauses(_ ring: Ring) {
    namespaces.resumeCauses(ring, snapshot.namespaces.map(\.definition))
  }

  /// Takes what a node or a Sentinel tells.
  mutating func told(_ topology: Topology, at now: UnixTime) {
    self.topology = topology
    failure = nil
    snapshot.cluster?.told = now
  }

  /// Nobody tells anything; what was told before stays.
  mutating func failed(_ cause: FailureCause) {
    failure = cause
  }

  /// Puts together what the nodes' last polls said, and what they `counted` until then. `nodes` has a snapshot for each node of
  /// the topology that has one, by address.
  mutating func gather(
    _ nodes: [String: TargetSnapshot], counted: GroupTally.Figures, at now: UnixTime, seconds: Double,
    connects: Int64
  ) {
    var masters: [TargetSnapshot] = []
    var described: [ClusterFigures.Node] = []
    for node in topology?.nodes ?? [] {
      guard let known = nodes[node.address] else { continue }
      let role = known.isUp ? ClusterFigures.Role(of: known.facts) ?? node.role : node.role
      described.append(
        ClusterFigures.Node(
          target: known.target.name, address: node.address, role: role, shard: node.shard, slots: node.slots,
          isUp: known.isUp, isFailing: node.isFailing))
      if known.isUp, role == .master { masters.append(known) }
    }
    snapshot.cluster?.nodes = described
    snapshot.cluster?.slotsServed = topology?.slotsServed
    snapshot.cluster?.promotions = counted.promotions
    for role in ClusterFigures.Role.allCases where topology != nil {
      snapshot.cluster?.totals[role] = counted.totals[role] ?? ClusterFigures.Totals()
    }
    sum(masters)
    namespaces.gather(masters, counted.heard, at: now, into: &snapshot.namespaces)
    takeCensus(of: masters)
    judgeWhetherUp(described, nodes)
    snapshot.time = now
    snapshot.polls += 1
    snapshot.pollSeconds = seconds
    snapshot.connects = connects
    if snapshot.isUp { snapshot.lastSuccess = now }
    if let cause = snapshot.failure, !snapshot.isUp { snapshot.failures[cause, default: 0] += 1 }
  }

  /// Notes how many series have no place in history, and how far back it reaches.
  mutating func recorded(refused: Int64, oldest: UnixTime?) {
    snapshot.seriesWithoutHistory = refused
    snapshot.oldestHistory = oldest
  }

  /// Judges it as one cache, as of `tick`.
  mutating func judge(at tick: UnixTime, history: Ring) {
    snapshot.health = evaluator.evaluate(HealthInput(snapshot, at: tick), history: history)
  }

  /// Each node's census is of its own keys, so that of the masters is of all.
  private mutating func takeCensus(of masters: [TargetSnapshot]) {
    // One that has yet to begin counts as one that has found nothing.
    guard let census = CensusReport.merged(masters.compactMap(\.census)) else { return }
    snapshot.census = census
    for index in snapshot.namespaces.indices { snapshot.namespaces[index].census = census.namespaces?[index] }
  }

  /// The masters' figures as those of one server.
  private mutating func sum(_ masters: [TargetSnapshot]) {
    let totals = snapshot.cluster?.totals[.master]
    guard let first = masters.first else { return }
    func total(_ path: KeyPath<ServerFacts, Int64?>) -> Int64? {
      let values = masters.compactMap { $0.facts[keyPath: path] }
      return values.isEmpty ? nil : values.saturatingSum
    }
    var facts = ServerFacts()
    (facts.software, facts.version, facts.role) = (first.facts.software, first.facts.version, "master")
    facts.evictionPolicy = first.facts.evictionPolicy
    facts.usedMemory = total(\.usedMemory)
    facts.residentMemory = total(\.residentMemory)
    facts.maximumMemory = masters.contains { $0.facts.maximumMemory == 0 } ? 0 : total(\.maximumMemory)
    facts.keys = total(\.keys)
    facts.keysWithTTL = total(\.keysWithTTL)
    facts.connectedClients = total(\.connectedClients)
    facts.maximumClients = total(\.maximumClients)
    facts.blockedClients = total(\.blockedClients)
    facts.evictedKeys = totals?.evictions
    facts.expiredKeys = totals?.expirations
    (facts.hits, facts.misses) = (totals?.hits, totals?.misses)
    snapshot.facts = facts
    (snapshot.hits, snapshot.misses) = (totals?.hits, totals?.misses)
  }

  /// Up is a group each of whose shards has a master that answers; behind Sentinels, one that has any.
  private mutating func judgeWhetherUp(_ described: [ClusterFigures.Node], _ nodes: [String: TargetSnapshot]) {
    let answering = described.filter { $0.role == .master && $0.isUp }
    let shards = Set((topology?.nodes ?? []).compactMap(\.shard))
    let covered = Set(answering.compactMap(\.shard))
    let isWhole = topology?.slotsServed.map { $0 == 16_384 } ?? true
    snapshot.isUp = !answering.isEmpty && covered.isSuperset(of: shards) && isWhole
    guard !snapshot.isUp else {
      snapshot.failure = nil
      return
    }
    let silent = described.first { $0.role == .master && !$0.isUp }
    snapshot.failure = silent.flatMap { nodes[$0.address]?.failure } ?? failure ?? .masterDown
  }
}
