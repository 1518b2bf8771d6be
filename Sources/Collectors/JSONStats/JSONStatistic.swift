/// What an application may tell of its cache, or of a part of it.
public enum JSONStatistic: String, Sendable, Hashable, CaseIterable {
  /// Lookups that found their key.
  case hits
  /// Lookups that did not.
  case misses
  /// Hits over lookups, where the application tells no counts.
  case hitRate = "hit_rate"
  /// Entries.
  case keys
  /// What they take.
  case memory
  /// The most that they may take; of the whole cache only.
  case maximumMemory = "max_memory"
  /// Entries removed for want of room; of the whole cache only.
  case evictions
  /// Entries removed at the end of their time; of the whole cache only.
  case expirations

  /// What is measured.
  public var quantity: JSONField.Quantity {
    switch self {
    case .hitRate: .ratio
    case .memory, .maximumMemory: .bytes
    default: .count
    }
  }

  /// Those that a namespace may have.
  public static let ofNamespaces: [JSONStatistic] = [.hits, .misses, .hitRate, .keys, .memory]
}

/// Where the statistics of a cache, or of a part of it, are told.
public typealias JSONStatistics = [JSONStatistic: JSONField]

/// What of an endpoint's answer becomes which figure.
public struct JSONStatsOptions: Sendable, Hashable {
  /// Of the whole cache. Hits and misses that are not told are the sums of the namespaces'.
  public var whole: JSONStatistics = [:]
  /// Of each namespace, in the configuration's order.
  public var namespaces: [JSONStatistics] = []

  /// Nothing.
  public init() {}
}
