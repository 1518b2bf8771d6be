import CacheModel

/// One namespace as the JSON answers show it: of one target, or of all targets that declare its name.
struct NamespaceView {
  /// The first declaration.
  let definition: NamespaceDefinition
  let counts: Counts
  let origin: CountsOrigin
  /// Whether nothing of the counts is estimated; nil without counts.
  let isExact: Bool?
  let failure: FailureCause?
  let status: Status
  let windows: [HitRateWindow]
  let saved: (seconds: Double?, amount: Double?)
  /// What notifications tell, where it is of one target.
  let observed: ObservedMisses?
  /// Hit ratios from bursts, where they are of one target.
  let sampled: [Int: SampledRatio]
  /// The hit ratio that the application tells itself, where it is of one target.
  let reportedRatio: Double?
  /// Its keys and what they take.
  let census: CensusCounts?

  var name: String { definition.name }

  /// The namespaces of one target, in the configuration's order.
  static func all(of target: TargetSnapshot) -> [NamespaceView] {
    target.namespaces.map { counts in NamespaceView([(counts, target.health.verdict(on: counts.definition.name))]) }
  }

  /// The namespaces of all targets: those of one name together, in the order of their first declaration.
  static func all(of targets: [TargetSnapshot]) -> [NamespaceView] {
    var names: [String] = []
    var parts: [String: [(NamespaceCounts, NamespaceHealth?)]] = [:]
    for target in targets {
      for counts in target.namespaces {
        let name = counts.definition.name
        if parts[name] == nil { names.append(name) }
        parts[name, default: []].append((counts, target.health.verdict(on: name)))
      }
    }
    return names.compactMap { parts[$0] }.map(NamespaceView.init)
  }

  /// Several parts of one namespace; at least one.
  private init(_ parts: [(counts: NamespaceCounts, health: NamespaceHealth?)]) {
    definition = parts[0].counts.definition.completed(by: parts.map(\.counts.definition))
    counts = Counts(sumOf: parts.map { Counts($0.counts.hits, $0.counts.misses) })
    let origins = parts.map(\.counts.origin)
    origin = [.counters, .memcached, .json, .sampled, .watched, .events].first(where: origins.contains) ?? .none
    observed = parts.count == 1 ? parts[0].counts.observed : nil
    sampled = parts.count == 1 ? parts[0].counts.sampled : [:]
    reportedRatio = parts.count == 1 ? parts[0].counts.reportedRatio : nil
    census = .merged(parts.compactMap(\.counts.census))
    isExact =
      origin == .none
      ? nil
      : parts.allSatisfy { part in
        [.counters, .memcached, .json].contains(part.counts.origin)
          || part.counts.origin == .events && (part.counts.observed?.bridged ?? 0) == 0
          || part.counts.origin == .watched && part.counts.observed?.uncertain == 0
      }
    failure = parts.lazy.compactMap(\.counts.failure).first
    status = Status.worst(parts.map { $0.health?.status ?? .unknown })
    windows = .merged(parts.map { $0.health?.windows ?? [] })
    saved = (
      parts.compactMap(\.counts.savedSeconds).reduce(nil) { ($0 ?? 0) + $1 },
      parts.compactMap(\.counts.savedAmount).reduce(nil) { ($0 ?? 0) + $1 }
    )
  }

  /// Over the last hour; without a lookup in it, over all that was counted.
  var recentHitRate: Double? {
    windows.first { $0.seconds == 3600 }?.ratio ?? counts.hitRate
  }

  /// All that is known of it.
  var json: JSONValue {
    .object(
      counts.members + [
        ("source", .name(origin)),
        ("exact", .bool(isExact)),
        ("failure", .name(failure)),
        ("ttl", .number(definition.ttl)),
        ("target", definition.target?.json ?? .null),
        ("status", .name(status)),
        ("windows", windows.json),
        ("observed", observed?.ofAll.json ?? .null),
        ("sampled", sampledJSON),
        ("reported_hit_rate", .number(reportedRatio)),
      ] + CensusCounts.members(census))
  }

  /// Hit ratios with their intervals, by window; null where nothing is sampled.
  private var sampledJSON: JSONValue {
    guard !sampled.isEmpty else { return .null }
    return .object(
      sampled.sorted { $0.key < $1.key }.map { seconds, sampled in ("\(seconds / 60)m", sampled.json) })
  }

  /// Counts, and what its hits are worth.
  var jsonWithSavings: JSONValue {
    guard case .object(let members) = json else { return .null }
    let savings: JSONValue = ["seconds": .number(saved.seconds), "amount": .number(saved.amount)]
    return .object(members + [("saved", definition.missCost == nil ? .null : savings)])
  }
}

extension HitRateTarget {
  /// `{"hit_rate": 0.85, "critical": 0.5}`.
  var json: JSONValue { ["hit_rate": .number(hitRate), "critical": .number(critical)] }
}

extension NamespaceDefinition {
  /// This declaration, with what it leaves open taken from the first other that says it.
  fileprivate func completed(by others: [NamespaceDefinition]) -> NamespaceDefinition {
    var result = self
    result.ttl = ttl ?? others.lazy.compactMap(\.ttl).first
    result.target = target ?? others.lazy.compactMap(\.target).first
    result.missCost = missCost ?? others.lazy.compactMap(\.missCost).first
    return result
  }
}

extension TargetHealth {
  /// The verdict on the namespace of this name.
  func verdict(on name: String) -> NamespaceHealth? { namespaces.first { $0.name == name } }
}

extension Status {
  /// The one that counts when several come together: unhealthy, degraded, unknown, healthy; unknown for none.
  static func worst(_ all: [Status]) -> Status {
    [.unhealthy, .degraded, .unknown, .healthy].first(where: all.contains) ?? .unknown
  }
}
