extension TargetConfiguration {
  /// Whether it stands for several servers that are discovered.
  var isGroup: Bool { isCluster || TargetURL.parse(url)?.masterName != nil }
}

extension Configuration {
  /// The targets that are one server each.
  var ownTargets: [TargetConfiguration] { targets.filter { !$0.isGroup } }

  /// Clusters and Sentinels' groups.
  var groups: [TargetConfiguration] { targets.filter { $0.isGroup } }

  /// Whether there is nothing to watch and nobody who may ask for anything.
  var isEmpty: Bool { targets.isEmpty && targetFiles.isEmpty && scrape.allow.isEmpty }
}
