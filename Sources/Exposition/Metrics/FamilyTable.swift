public import CacheModel

extension Snapshot {
  /// Every family that is known: cachegauge's own, and those of the targets' samples; sorted by name, each name once.
  public var families: [MetricFamily] {
    var byName: [String: MetricFamily] = [:]
    for target in targets {
      for sample in [target.sample, target.passing] {
        for definition in sample?.catalog.definitions ?? [] {
          byName[definition.family.name] = definition.family
        }
      }
    }
    for own in OwnFamily.sorted { byName[own.name] = own.head.family }
    return byName.values.sorted { $0.name < $1.name }
  }
}
