public import CacheModel

/// The JSON of `/api/cache/stats`: memory, keys, hits and misses of all caches together, of each, and of each namespace.
///
/// Sums leave out caches that are down: their last figures are stale. A namespace's counts are its last ones.
public func statsDocument(_ snapshot: Snapshot) -> [UInt8] {
  let namespaces = NamespaceView.all(of: snapshot.targets)
  let document: JSONValue = [
    "available": .bool(snapshot.isConnected),
    "message": .text(message(snapshot)),
    "time": .time(snapshot.time),
    "stats": stats(snapshot.targets),
    "config": configuration(namespaces),
    "namespaces": .object(namespaces.map { ($0.name, $0.json) }),
    "targets": .array(snapshot.targets.map(targetStats)),
  ]
  return document.bytes
}

private func stats(_ targets: [TargetSnapshot]) -> JSONValue {
  let memory = sum(targets.map(\.currentFacts.usedMemory))
  let members: [(String, JSONValue)] = [
    ("used_memory", .integer(memory)),
    ("used_memory_human", .text(memory.map(humanSize))),
    ("total_keys", .integer(sum(targets.map(\.currentFacts.keys)))),
  ]
  let windows = [HitRateWindow].merged(targets.map(\.health.windows))
  return .object(members + Counts(sumOf: targets.map(\.currentCounts)).members + [("windows", windows.json)])
}

private func configuration(_ namespaces: [NamespaceView]) -> JSONValue {
  [
    "ttl": .object(namespaces.map { ($0.name, .number($0.definition.ttl)) }),
    "targets": .object(namespaces.map { ($0.name, $0.definition.target?.json ?? .null) }),
  ]
}

private func targetStats(_ target: TargetSnapshot) -> JSONValue {
  let namespaces = NamespaceView.all(of: target)
  return .object(
    target.identity + [
      ("stats", stats([target])),
      ("config", configuration(namespaces)),
      ("namespaces", .object(namespaces.map { ($0.name, $0.json) })),
    ])
}

/// One sentence for people: what is down, else the most severe warning, else that all is well.
private func message(_ snapshot: Snapshot) -> String {
  let down = snapshot.targets.filter { !$0.isUp }
  if snapshot.targets.isEmpty { return "No cache is configured." }
  if !down.isEmpty {
    let causes = down.map { "\($0.target.name) (\(Spoken.state($0)))" }
    return "Cache is not available: " + causes.joined(separator: ", ") + "."
  }
  let warnings = snapshot.warnings
  guard let first = warnings.first else {
    return snapshot.status == .unknown
      ? "Too few lookups to judge the cache." : "Cache is \(snapshot.status.rawValue)."
  }
  let more = warnings.count - 1
  return first.warning.message + (more == 0 ? "" : " \(more) more \(more == 1 ? "warning" : "warnings").")
}
