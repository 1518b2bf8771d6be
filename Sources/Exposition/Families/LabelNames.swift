/// Labels that `cache_*` and `cachegauge_*` families have themselves, besides `target`: those of a target that brings one of
/// the name are renamed there.
public let ownLabelNames: Set<String> = Set(OwnFamily.sorted.flatMap(\.labels)).subtracting(["target"])

/// Whether a label may be called so in Prometheus' text format.
public func isValidLabelName(_ name: String) -> Bool { MetricName.isValid(label: name) }
