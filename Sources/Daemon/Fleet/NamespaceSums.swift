import CacheModel

/// Hits and misses of a group's namespaces as those of one cache, gathered step by step, so that they go on over failovers and
/// moves of slots and nothing is counted twice. A value: no connection, no clock.
///
/// Counters that the application keeps in the cache are of one key, which some master has at a time: its growth is followed
/// from master to master. What cachegauge itself hears of each node is that node's own, and is added while it is a master.
struct NamespaceSums {
  /// What one node says.
  fileprivate struct Reading {
    var node: String
    /// Polls of the node's present watch: fewer than before, and counting has begun anew.
    var polls: Int64
    var isMaster: Bool
    var value: Int64
  }

  /// One figure of one namespace.
  fileprivate struct Sum {
    var total: Int64?
    /// The application's own count, and who told it last.
    var key: Reading?
    /// What each node had heard.
    var nodes: [String: Reading] = [:]
  }

  private var hits: [Sum]
  private var misses: [Sum]

  /// Sums of so many namespaces, of which nothing is known.
  init(count: Int) {
    hits = Array(repeating: Sum(), count: count)
    misses = hits
  }

  /// Takes what the nodes that answer say now, and tells what that sums up to.
  mutating func gather(
    _ nodes: [(node: TargetSnapshot, role: ClusterFigures.Role)], into namespaces: inout [NamespaceCounts]
  ) {
    for index in namespaces.indices {
      let known = nodes.filter { $0.node.namespaces.indices.contains(index) }
      let masters = known.filter { $0.role == .master }
      let origin = masters.map { $0.node.namespaces[index].origin }.first { $0 != .none }
      namespaces[index].origin = origin ?? namespaces[index].origin
      func readings(_ figure: KeyPath<NamespaceCounts, Int64?>) -> [Reading] {
        known.compactMap { node, role in
          node.namespaces[index][keyPath: figure].map {
            Reading(node: node.target.name, polls: node.polls, isMaster: role == .master, value: $0)
          }
        }
      }
      let isKey = namespaces[index].origin == .counters
      hits[index].add(readings(\.hits), isKey: isKey)
      misses[index].add(readings(\.misses), isKey: isKey)
      (namespaces[index].hits, namespaces[index].misses) = (hits[index].total, misses[index].total)
    }
  }
}

extension NamespaceSums.Sum {
  fileprivate mutating func add(_ readings: [NamespaceSums.Reading], isKey: Bool) {
    if isKey {
      follow(readings.filter(\.isMaster))
    } else {
      for reading in readings { hear(reading) }
    }
  }

  /// Takes the count of the key from who told it last, while that is a master, else from the master that is ahead.
  private mutating func follow(_ masters: [NamespaceSums.Reading]) {
    let told = masters.first { $0.node == key?.node } ?? masters.max { $0.value < $1.value }
    guard let told else { return }
    let before = key
    key = told
    guard let before else { return grow(by: told.value) }
    if told.value >= before.value { return grow(by: told.value - before.value) }
    // The application begins anew; or a replica that was a little behind has become master.
    grow(by: told.node == before.node ? told.value : 0)
  }

  private mutating func hear(_ reading: NamespaceSums.Reading) {
    var reading = reading
    let before = nodes[reading.node]
    let isNew = before.map { reading.polls < $0.polls } ?? true
    let known = isNew ? 0 : before?.value ?? 0
    // An estimate may be taken back a little; what was told stays.
    let gained = max(0, reading.value - known)
    reading.value = max(reading.value, known)
    nodes[reading.node] = reading
    if reading.isMaster { grow(by: gained) }
  }

  private mutating func grow(by count: Int64) { total = (total ?? 0) + count }
}
