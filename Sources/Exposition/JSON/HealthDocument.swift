public import CacheModel

/// The JSON of `/api/cache/health`: how each cache and namespace does, and what is wrong.
///
/// `stats_summary` has one `<namespace>_hit_rate` for each namespace, over the last hour (over everything counted when
/// there was no lookup in it). Targets that share a namespace's name are summed there; `targets` shows each alone.
public func healthDocument(_ snapshot: Snapshot) -> [UInt8] {
  let document: JSONValue = [
    "status": .name(snapshot.status),
    "redis_available": .bool(snapshot.redisAvailable),
    "cache": .text(snapshot.isConnected ? "connected" : "disconnected"),
    "time": .time(snapshot.time),
    "warnings": .array(snapshot.warnings.map { $0.warning.json(target: $0.target.target.name) }),
    "stats_summary": summary(NamespaceView.all(of: snapshot.targets)),
    "targets": .array(snapshot.targets.map(targetHealth)),
  ]
  return document.bytes
}

/// The HTTP status for that answer: 503 when anything is unhealthy or no cache answers, else 200.
public func healthStatusCode(_ snapshot: Snapshot) -> Int {
  snapshot.status == .unhealthy || !snapshot.targets.contains(where: \.isUp) ? 503 : 200
}

private func targetHealth(_ target: TargetSnapshot) -> JSONValue {
  let namespaces = NamespaceView.all(of: target).map { view -> (String, JSONValue) in
    (view.name, ["status": .name(view.status), "windows": view.windows.json])
  }
  return .object(
    target.identity + [
      ("windows", target.health.windows.json),
      ("namespaces", .object(namespaces)),
    ])
}

/// Names reduced to `[a-z0-9_]`; a second namespace with the same reduced name gets `_2`, a third `_3`.
private func summary(_ namespaces: [NamespaceView]) -> JSONValue {
  var taken: Set<String> = []
  return .object(
    namespaces.map { namespace in
      let plain = MetricName.sanitized(namespace.name)
      var key = "\(plain)_hit_rate"
      var number = 2
      while !taken.insert(key).inserted {
        key = "\(plain)_\(number)_hit_rate"
        number += 1
      }
      return (key, .number(namespace.recentHitRate))
    })
}
