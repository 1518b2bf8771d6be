import CacheModel

extension TargetConfiguration {
  /// Whether it stands for several servers that are discovered.
  var isGroup: Bool { isCluster || TargetURL.parse(url)?.masterName != nil }

  /// Who tells a group's servers, at one of the places that are known: a node of the cluster, or a Sentinel, which has a login of its
  /// own.
  func teller(at place: TargetURL.Place) -> TargetConfiguration {
    guard var parsed = TargetURL.parse(url) else { return self }
    var teller = self
    if parsed.masterName != nil {
      (teller.username, teller.password) = (sentinel.username, sentinel.password)
      teller.passwordFile = sentinel.passwordFile
    }
    parsed.database = nil
    teller.url = parsed.text(ofServerAt: place)
    return teller
  }

  /// One of a group's servers, which is no group itself.
  func server(at place: TargetURL.Place) -> TargetConfiguration {
    guard let parsed = TargetURL.parse(url) else { return self }
    var server = self
    server.url = parsed.text(ofServerAt: place)
    (server.isCluster, server.seeds, server.sentinel) = (false, [], SentinelLogin())
    return server
  }
}

extension TargetURL {
  /// The URL of one server of a group that this is the URL of.
  fileprivate func text(ofServerAt place: Place) -> String {
    var server = self
    (server.place, server.otherPlaces, server.masterName) = (place, [], nil)
    server.scheme = isEncrypted ? "rediss" : "redis"
    return server.text
  }
}

extension Configuration {
  /// The targets of this shard that are one server each.
  var ownTargets: [TargetConfiguration] { targets.filter { !$0.isGroup && shard.takes($0.identity.name) } }

  /// Clusters and Sentinels' groups of this shard; each is in one as a whole.
  var groups: [TargetConfiguration] { targets.filter { $0.isGroup && shard.takes($0.identity.name) } }

  /// Whether there is nothing to watch and nobody who may ask for anything.
  var isEmpty: Bool { targets.isEmpty && targetFiles.isEmpty && scrape.allow.isEmpty }
}
