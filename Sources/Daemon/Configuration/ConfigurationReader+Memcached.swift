import CacheModel

extension ConfigurationReader {
  /// A target's `memcached`.
  mutating func memcached(_ node: ConfigurationNode, _ path: String, url: TargetURL?) -> MemcachedConfiguration {
    var memcached = MemcachedConfiguration()
    if let url, url.kind != .memcached {
      error(node.place, path, "has no effect on a \(url.scheme):// target; remove it")
    }
    let known = ["manage", "watch", "sasl", "slab_classes", "connections", "state_directory"]
    guard let fields = fields(node, path, known: known) else { return memcached }
    memcached.manage = value("manage", of: fields, path, parseBoolean) ?? false
    memcached.watch = value("watch", of: fields, path, parseBoolean) ?? false
    memcached.sasl = value("sasl", of: fields, path, parseBoolean) ?? false
    if memcached.watch, memcached.sasl, let node = fields["watch"] {
      error(node.place, joined(path, "watch"), "is not to be had with sasl: the binary protocol has no watch")
    }
    memcached.stateDirectory = value("state_directory", of: fields, path, parseDirectory)
    let slabClasses = value("slab_classes", of: fields, path, counts(in: 0...63))
    memcached.slabClasses = slabClasses ?? memcached.slabClasses
    memcached.connections = value("connections", of: fields, path, parseBoolean) ?? false
    return memcached
  }

  /// Says so where a target of another kind has what only servers of the Redis family can do: what there is instead of
  /// counters, and why there are no `others`.
  mutating func refuseRedisOnly(
    _ fields: [String: ConfigurationNode], _ path: String, _ namespaces: [NamespaceDefinition],
    counters instead: String = "Memcached counts by prefix itself (stats detail on)",
    others reason: String = "is for Redis and its relatives; Memcached has none of it, remove it"
  ) {
    if let node = fields["namespaces"], let index = namespaces.firstIndex(where: { $0.counters != nil }) {
      error(
        node.place(of: "counters", inItem: index), "\(path).namespaces[\(index)].counters",
        "is read from Redis only; \(instead)")
    }
    for key in ["observe", "census", "checks", "collect", "config_command", "cluster", "sentinel"] {
      guard let node = fields[key] else { continue }
      error(node.place, joined(path, key), reason)
    }
  }
}
