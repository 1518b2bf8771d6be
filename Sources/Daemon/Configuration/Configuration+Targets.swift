import CacheModel

extension TargetConfiguration {
  /// Whether it stands for several servers that are discovered.
  var isGroup: Bool { isCluster || TargetURL.parse(url)?.masterName != nil }
}

extension Configuration {
  /// The targets of this shard that are one server each.
  var ownTargets: [TargetConfiguration] { targets.filter { !$0.isGroup && shard.takes($0.identity.name) } }

  /// Clusters and Sentinels' groups of this shard; each is in one as a whole.
  var groups: [TargetConfiguration] { targets.filter { $0.isGroup && shard.takes($0.identity.name) } }

  /// Whether there is nothing to watch and nobody who may ask for anything.
  var isEmpty: Bool { targets.isEmpty && targetFiles.isEmpty && scrape.allow.isEmpty }
}
