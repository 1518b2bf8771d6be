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
  /// What each node had counted when it was last looked at.
  private var last: [String: Counted] = [:]
  private var namespaces: NamespaceSums

  private struct Counted {
    var runID: String?
    var role: ClusterFigures.Role
    var totals: ClusterFigures.Totals
  }

  /// Before anything is known.
  init(_ target: TargetConfiguration, _ identity: Target, started: UnixTime) {
    let namespaces = target.namespaces.map {
      NamespaceCounts(definition: $0, hits: nil, misses: nil, origin: .none)
    }
    self.namespaces = NamespaceSums(count: namespaces.count)
    let interval = target.poll.interval.inSeconds
    snapshot = TargetSnapshot(target: identity, time: started, interval: interval, namespaces: namespaces)
    snapshot.cluster = ClusterFigures()
    evaluator = HealthEvaluator(policy: target.healthPolicy, namespaces: target.namespaces, interval: interval)
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

  /// Puts together what the nodes' last polls said. `nodes` has a snapshot for each node of the topology that has one,
  /// by address.
  mutating func gather(_ nodes: [String: TargetSnapshot], at now: UnixTime, seconds: Double, connects: Int64) {
    var masters: [TargetSnapshot] = []
    var answering: [(node: TargetSnapshot, role: ClusterFigures.Role)] = []
    var described: [ClusterFigures.Node] = []
    for node in topology?.nodes ?? [] {
      guard let known = nodes[node.address] else { continue }
      let role = known.isUp ? Self.role(known) ?? node.role : node.role
      described.append(
        ClusterFigures.Node(
          target: known.target.name, address: node.address, role: role, shard: node.shard, slots: node.slots,
          isUp: known.isUp, isFailing: node.isFailing))
      if known.isUp {
        count(known, role)
        answering.append((known, role))
        if role == .master { masters.append(known) }
      }
    }
    snapshot.cluster?.nodes = described
    snapshot.cluster?.slotsServed = topology?.slotsServed
    for role in ClusterFigures.Role.allCases where topology != nil {
      snapshot.cluster?.totals[role, default: ClusterFigures.Totals()].hits += 0
    }
    sum(masters)
    namespaces.gather(answering, into: &snapshot.namespaces)
    judgeWhetherUp(described, nodes)
    snapshot.time = now
    snapshot.polls += 1
    snapshot.pollSeconds = seconds
    snapshot.connects = connects
    if snapshot.isUp { snapshot.lastSuccess = now }
    if let cause = snapshot.failure, !snapshot.isUp { snapshot.failures[cause, default: 0] += 1 }
  }

  /// Judges it as one cache, as of `tick`.
  mutating func judge(at tick: UnixTime, history: Ring) {
    snapshot.health = evaluator.evaluate(HealthInput(snapshot, at: tick), history: history)
  }

  private static func role(_ snapshot: TargetSnapshot) -> ClusterFigures.Role? {
    switch snapshot.facts.role {
    case "master": .master
    case "slave", "replica": .replica
    default: nil
    }
  }

  /// Adds what the node has counted since it was last looked at to the totals of its role. At first sight there is
  /// nothing to add; what another process of the server has counted is new altogether.
  private mutating func count(_ node: TargetSnapshot, _ role: ClusterFigures.Role) {
    var now = ClusterFigures.Totals()
    let before = last[node.target.name]
    let facts = node.facts
    let isSame = before?.runID == facts.runID
    for (path, value) in [
      (\ClusterFigures.Totals.hits, node.hits), (\.misses, node.misses), (\.evictions, facts.evictedKeys),
      (\.expirations, facts.expiredKeys),
    ] as [(WritableKeyPath<ClusterFigures.Totals, Int64>, Int64?)] {
      guard let value else {
        now[keyPath: path] = before?.totals[keyPath: path] ?? 0
        continue
      }
      now[keyPath: path] = value
      guard let before else { continue }
      let old = before.totals[keyPath: path]
      // Within one run a count falls only when somebody resets it.
      let gained = isSame && value >= old ? value - old : value
      snapshot.cluster?.totals[role, default: ClusterFigures.Totals()][keyPath: path] += max(0, gained)
    }
    if before?.role == .replica, role == .master { snapshot.cluster?.promotions += 1 }
    last[node.target.name] = Counted(runID: facts.runID, role: role, totals: now)
  }

  /// The masters' figures as those of one server.
  private mutating func sum(_ masters: [TargetSnapshot]) {
    let totals = snapshot.cluster?.totals[.master]
    guard let first = masters.first else { return }
    func total(_ path: KeyPath<ServerFacts, Int64?>) -> Int64? {
      let values = masters.compactMap { $0.facts[keyPath: path] }
      return values.isEmpty ? nil : values.reduce(0, &+)
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
