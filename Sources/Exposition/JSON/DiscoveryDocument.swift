public import CacheModel

/// The answer for Prometheus' `http_sd_configs`: one group for each target, with its address and labels that say who it
/// is. Labels that begin with `__meta_cachegauge_` are for relabelling.
public func discoveryDocument(_ targets: [TargetSnapshot]) -> [UInt8] {
  let groups = targets.map { snapshot -> JSONValue in
    var labels = snapshot.target.labels.map { ($0.name, JSONValue.text($0.value)) }
    labels.append(("__meta_cachegauge_target", .text(snapshot.target.name)))
    if let role = snapshot.facts.role { labels.append(("__meta_cachegauge_role", .text(role))) }
    return [
      "targets": .array([.text(snapshot.target.address)]),
      "labels": .object(labels),
    ]
  }
  return JSONValue.array(groups).bytes
}

/// The same as redis_exporter answers it: all addresses in one group without labels.
public func discoveryDocument(plain targets: [TargetSnapshot]) -> [UInt8] {
  let addresses = targets.map { JSONValue.text("redis://\($0.target.address)") }
  let group: JSONValue = ["targets": .array(addresses), "labels": .object([])]
  return JSONValue.array([group]).bytes
}
