import CacheModel
import Namespaces
import TimeSeries

/// A group's namespaces as those of one cache, so that their counts go on over failovers and moves of slots and nothing is
/// counted twice. A value: no connection, no clock.
///
/// Counters that the application keeps in the cache are of one key, which some master has at a time: its growth is followed
/// from master to master. What is heard of each node is summed up by ``GroupTally``.
struct NamespaceSums {
  /// What one master says of a key.
  private struct Reading {
    var node: String
    var value: Int64
  }

  /// One figure of one namespace, followed.
  private struct Key {
    var total: Int64?
    /// Who told it last.
    var last: Reading?

    /// Takes the count from who told it last, while that is a master, else from the master that is ahead.
    mutating func follow(_ masters: [Reading]) {
      let told = masters.first { $0.node == last?.node } ?? masters.max { $0.value < $1.value }
      guard let told else { return }
      let before = last
      last = told
      guard let before else { return grow(by: told.value) }
      // Where it falls, the application begins anew, a replica that was a little behind has become master, or a master an older copy.
      grow(by: max(0, told.value.saturatingDifference(before.value)))
    }

    private mutating func grow(by count: Int64) { total = (total ?? 0).saturatingSum(count) }
  }

  private var hits: [Key]
  private var misses: [Key]
  private var causes: [CountedCauses]
  private let isHeard: Bool

  /// Sums of so many namespaces, of which nothing is known. Where notifications are heard, they give the causes of misses that an
  /// application counts.
  init(count: Int, isHeard: Bool = false) {
    hits = Array(repeating: Key(), count: count)
    misses = hits
    causes = hits.map { _ in CountedCauses() }
    self.isHeard = isHeard
  }

  /// Goes on with hits, and misses by cause, where history ends.
  mutating func resumeCauses(_ ring: Ring, _ definitions: [NamespaceDefinition]) {
    causes = definitions.map { CountedCauses(resuming: ring, of: $0.name) }
  }

  /// Takes what the masters that answer say now and what was `heard` of all nodes, and tells what that sums up to.
  mutating func gather(
    _ masters: [TargetSnapshot], _ heard: [GroupTally.Heard], at now: UnixTime,
    into namespaces: inout [NamespaceCounts]
  ) {
    for index in namespaces.indices {
      let known = masters.filter { $0.namespaces.indices.contains(index) }
      let parts = known.map { $0.namespaces[index] }
      let origin = parts.map(\.origin).first { $0 != .none }
      namespaces[index].origin = origin ?? namespaces[index].origin
      let sum = heard.indices.contains(index) ? heard[index] : GroupTally.Heard()
      let observed = sum.observed(parts.compactMap(\.observed), of: namespaces[index].definition)
      namespaces[index].observed = observed
      namespaces[index].counted = nil
      guard namespaces[index].origin == .counters else {
        (namespaces[index].hits, namespaces[index].misses) = (sum.hits, sum.misses)
        continue
      }
      func readings(_ figure: KeyPath<NamespaceCounts, Int64?>, _ counted: KeyPath<LookupCounts, Int64>)
        -> [Reading]
      {
        known.compactMap { node in
          let counts = node.namespaces[index]
          let value = counts.counted?[keyPath: counted] ?? counts[keyPath: figure]
          return value.map { Reading(node: node.target.name, value: $0) }
        }
      }
      hits[index].follow(readings(\.hits, \.hits))
      misses[index].follow(readings(\.misses, \.misses))
      (namespaces[index].hits, namespaces[index].misses) = (hits[index].total, misses[index].total)
      // Also before the first is heard, so that nothing else is ever told.
      if isHeard { causes[index].follow(observed ?? ObservedMisses(), into: &namespaces[index], at: now) }
    }
  }
}

extension GroupTally.Heard {
  /// The misses by cause, with the shares that the masters' present ones come to; nil where none are heard.
  fileprivate func observed(_ parts: [ObservedMisses], of definition: NamespaceDefinition) -> ObservedMisses? {
    guard let causes else { return nil }
    var observed = ObservedMisses(total: causes.saturatingSum, bridged: bridged, causes: causes)
    observed.shares = [CauseShare].weighted(parts)
    observed.ttl = definition.ttl ?? parts.lazy.compactMap(\.ttl).first
    return observed
  }
}

extension [CauseShare] {
  /// The shares of several servers' misses together: each server weighs as much as its misses. So do the bounds of its
  /// intervals, which makes the interval of the whole no narrower than it is. Nil where no server knows any.
  fileprivate static func weighted(_ parts: [ObservedMisses]) -> Self? {
    let known = parts.filter { $0.shares?.isEmpty == false && $0.heardTotal > 0 }
    let all = known.reduce(0) { $0 + Double($1.heardTotal) }
    guard all > 0 else { return nil }
    return MissCause.allCases.compactMap { cause in
      var (share, low, high) = (0.0, 0.0, 0.0)
      var isKnown = false
      for part in known {
        guard let own = part.shares?.first(where: { $0.cause == cause }) else { continue }
        let weight = Double(part.heardTotal) / all
        isKnown = true
        share += weight * own.share
        low += weight * own.interval.lowerBound
        high += weight * own.interval.upperBound
      }
      // Sums of rounded numbers may stand a little out of order.
      return isKnown ? CauseShare(cause: cause, share: share, interval: Swift.min(low, high)...high) : nil
    }
  }
}
