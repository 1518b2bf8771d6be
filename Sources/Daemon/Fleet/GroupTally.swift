import CacheModel
import Locked

/// What the nodes of one cluster or Sentinel's group count, gathered poll by poll: nothing is lost between a node's poll
/// and a look at the group, and nothing is counted twice. A value: no connection, no clock.
///
/// What a node tells is added under the role that it has then. The server's own counters begin at a node's first poll; what
/// cachegauge hears of a node begins when it is watched.
struct GroupTally: Sendable {
  /// What was heard of one namespace while nodes were masters; nil where nothing was.
  struct Heard: Sendable, Equatable {
    var hits: Int64?
    var misses: Int64?
    /// By cause, in the order of `MissCause.allCases`.
    var causes: [Int64]?
    /// Those of the misses that fell into gaps.
    var bridged: Int64 = 0
  }

  /// Sums over all nodes, those that are gone included.
  struct Figures: Sendable {
    var totals: [ClusterFigures.Role: ClusterFigures.Totals] = [:]
    var promotions: Int64 = 0
    /// In the order of the definitions; as many as some node told of.
    var heard: [Heard] = []
  }

  private struct Node {
    var role: ClusterFigures.Role
    var runID: String?
    /// What the server has counted: hits, misses, evictions, expirations; nil for what it never told.
    var counts: [Int64?]
  }

  private(set) var figures = Figures()
  /// What each node said last, by its target's name.
  private var nodes: [String: Node] = [:]
  /// The most that each node's present watch has told of each namespace.
  private var marks: [String: [Heard]] = [:]
  /// As the topology has them, for nodes that don't tell their role themselves.
  private var roles: [String: ClusterFigures.Role] = [:]

  /// Takes the roles of all nodes as they are told, by the nodes' names. Of nodes that are gone for long nothing is kept.
  mutating func told(_ roles: [String: ClusterFigures.Role]) {
    self.roles = roles
    guard nodes.count > 2 * roles.count + 100 else { return }
    nodes = nodes.filter { roles[$0.key] != nil }
    marks = marks.filter { roles[$0.key] != nil }
  }

  /// A node is watched from now on: what is heard of it begins at nothing; where it does not go on from `history`, so does
  /// what it is known to have counted.
  mutating func begins(_ name: String, hasHistory: Bool) {
    marks[name] = nil
    if !hasHistory { nodes[name] = nil }
  }

  /// Takes what a node's poll said; nothing of one that failed.
  mutating func add(_ node: TargetSnapshot) {
    guard node.isUp else { return }
    let name = node.target.name
    let before = nodes[name]
    let role = ClusterFigures.Role(of: node.facts) ?? roles[name] ?? before?.role ?? .replica
    if before?.role == .replica, role == .master { figures.promotions += 1 }
    nodes[name] = Node(role: role, runID: node.facts.runID, counts: count(node, role, before))
    hear(node.namespaces, of: name, isMaster: role == .master)
  }

  /// Adds what the node has counted since its poll before. At the first there is nothing to add; what another process of
  /// the server has counted is new altogether.
  private mutating func count(_ node: TargetSnapshot, _ role: ClusterFigures.Role, _ before: Node?) -> [Int64?] {
    let facts = node.facts
    let told = [node.hits, node.misses, facts.evictedKeys, facts.expiredKeys]
    let paths: [WritableKeyPath<ClusterFigures.Totals, Int64>] = [\.hits, \.misses, \.evictions, \.expirations]
    let isSame = before?.runID == facts.runID
    var counts = told
    for (index, path) in paths.enumerated() {
      guard let old = before?.counts[index] else { continue }
      guard let value = told[index] else {
        counts[index] = isSame ? old : 0
        continue
      }
      // Within one run a count falls only when somebody resets it.
      let gained = max(0, isSame && value >= old ? value.saturatingDifference(old) : value)
      var totals = figures.totals[role] ?? ClusterFigures.Totals()
      totals[keyPath: path] = totals[keyPath: path].saturatingSum(gained)
      figures.totals[role] = totals
    }
    return counts
  }

  /// Adds what was heard of each namespace since the poll before, while the node is a master. Counters that the application
  /// keeps in the cache are not heard but read, and followed from master to master: see ``NamespaceSums``.
  private mutating func hear(_ namespaces: [NamespaceCounts], of name: String, isMaster: Bool) {
    var known = marks[name] ?? []
    for (index, counts) in namespaces.enumerated() {
      if known.count == index { known.append(Heard()) }
      if figures.heard.count == index { figures.heard.append(Heard()) }
      let gained = known[index].rise(to: Heard(counts))
      if isMaster { figures.heard[index].add(gained) }
    }
    marks[name] = known
  }
}

extension GroupTally.Heard {
  /// What a node has heard of a namespace.
  fileprivate init(_ counts: NamespaceCounts) {
    if counts.origin != .counters { (hits, misses) = (counts.hits, counts.misses) }
    guard let observed = counts.observed else { return }
    causes = observed.heard ?? observed.causes
    bridged = observed.bridged
  }

  /// Becomes `now` where that is more, and answers by how much. An estimate may be taken back a little; what was told stays. Where hits
  /// are not known for a while, misses wait with them: of either without the other a false rate would be made.
  fileprivate mutating func rise(to now: Self) -> Self {
    guard now.hits != nil || hits == nil else { return Self() }
    func gain(_ old: inout Int64?, _ new: Int64?) -> Int64? {
      guard let new else { return nil }
      let known = old ?? 0
      old = max(known, new)
      return max(0, new.saturatingDifference(known))
    }
    var gained = Self()
    gained.hits = gain(&hits, now.hits)
    gained.misses = gain(&misses, now.misses)
    gained.bridged = max(0, now.bridged.saturatingDifference(bridged))
    bridged = max(bridged, now.bridged)
    if let causes = now.causes {
      let old = self.causes ?? causes.map { _ in 0 }
      gained.causes = zip(causes, old).map { max(0, $0.saturatingDifference($1)) }
      self.causes = zip(causes, old).map { max($0, $1) }
    }
    return gained
  }

  fileprivate mutating func add(_ other: Self) {
    if let count = other.hits { hits = (hits ?? 0).saturatingSum(count) }
    if let count = other.misses { misses = (misses ?? 0).saturatingSum(count) }
    if let more = other.causes { causes = causes.map { zip($0, more).map { $0.saturatingSum($1) } } ?? more }
    bridged = bridged.saturatingSum(other.bridged)
  }
}

extension ClusterFigures.Role {
  /// As the server says itself; nil where it does not tell.
  init?(of facts: ServerFacts) {
    switch facts.role {
    case "master": self = .master
    case "slave", "replica": self = .replica
    default: return nil
    }
  }
}

/// The tallies of all groups. Nodes' pollers add to them, groups' followers read them; each holds the lock for some additions.
final class GroupTallies: Sendable {
  private let tallies = Locked<[String: GroupTally]>([:])

  /// The roles of a group's nodes as they are told, by the nodes' names.
  func told(_ roles: [String: ClusterFigures.Role], of group: String) {
    tallies.withLock { $0[group, default: GroupTally()].told(roles) }
  }

  /// A target is watched from now on; passed over where it is no node of a group.
  func begins(_ target: Target, hasHistory: Bool) {
    guard case .node(of: let group) = target.part else { return }
    tallies.withLock { $0[group, default: GroupTally()].begins(target.name, hasHistory: hasHistory) }
  }

  /// Takes a poll's outcome; passed over likewise.
  func add(_ snapshot: TargetSnapshot) {
    guard case .node(of: let group) = snapshot.target.part else { return }
    tallies.withLock { $0[group, default: GroupTally()].add(snapshot) }
  }

  /// What the nodes of a group sum up to.
  func figures(of group: String) -> GroupTally.Figures {
    tallies.withLock { $0[group]?.figures ?? GroupTally.Figures() }
  }
}
