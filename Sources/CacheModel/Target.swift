/// `host:port`, with brackets around an IPv6 address.
public func hostAndPort(_ host: String, _ port: some BinaryInteger) -> String {
  host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
}

/// What kind of cache a target is.
public enum CacheKind: String, Sendable, Hashable, CaseIterable {
  /// Redis and the servers that speak its protocol (Valkey, KeyDB, Dragonfly, Garnet, Kvrocks).
  case redis
  /// Memcached.
  case memcached
  /// An in-process cache that publishes its own statistics as JSON.
  case json
}

/// How a target stands to the others: which answers show it, so that nothing is counted twice.
public enum TargetPart: Sendable, Hashable {
  /// A cache by itself: shown everywhere.
  case whole
  /// A server of the cluster, or of the Sentinel's group, of this name: shown on `/metrics` and when it is asked for.
  case node(of: String)
  /// A cluster or a Sentinel's group as one cache, put together from its nodes: shown where caches are reported on;
  /// on `/metrics` by families of its own.
  case cluster
  /// Asked for by somebody's scrape, and told to those who ask for it only.
  case asked
}

/// One watched cache, as every floor above the clients names it.
public struct Target: Sendable, Hashable {
  /// Unique among the targets of one process.
  public let name: String
  /// Whether `name` was written by the operator. A single unnamed target carries no `target` label, so that its
  /// series are the ones that redis_exporter's users already have.
  public let isNamed: Bool
  /// What kind of cache this is.
  public let kind: CacheKind
  /// Where it is, fit for people and logs: host and port or socket path, never user information or a password.
  public let address: String
  /// Labels besides `target` that each of its series has in front of its own, in this order; their names are valid. A
  /// series' own label of such a name is renamed: see ``Label/names(_:beside:)``.
  public let labels: [Label]
  /// How it stands to the others.
  public let part: TargetPart

  /// Creates a target's identity; `address` must already be free of credentials.
  public init(
    name: String, isNamed: Bool, kind: CacheKind, address: String, labels: [Label] = [], part: TargetPart = .whole
  ) {
    self.name = name
    self.isNamed = isNamed
    self.kind = kind
    self.address = address
    self.labels = labels
    self.part = part
  }

  /// The labels in front of each of its series: `target` where it has a name, then ``labels``.
  public var seriesLabels: [Label] { (isNamed ? [Label("target", name)] : []) + labels }

  /// The same target without labels of its own, for who asks for this target alone.
  public var unlabelled: Target {
    Target(name: name, isNamed: false, kind: kind, address: address, part: part)
  }
}
