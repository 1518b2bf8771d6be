/// What kind of cache a target is.
public enum CacheKind: String, Sendable, Hashable, CaseIterable {
  /// Redis and the servers that speak its protocol (Valkey, KeyDB, Dragonfly, Garnet, Kvrocks).
  case redis
  /// Memcached.
  case memcached
  /// An in-process cache that publishes its own statistics as JSON.
  case json
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

  /// Creates a target's identity; `address` must already be free of credentials.
  public init(name: String, isNamed: Bool, kind: CacheKind, address: String) {
    self.name = name
    self.isNamed = isNamed
    self.kind = kind
    self.address = address
  }
}
