/// One number of ``HealthPolicy`` under the name that a configuration has for it.
public struct HealthSetting: Sendable {
  /// How the number is meant, so that a configuration can read `5m`, `90%`, `100MiB` or `10`.
  public enum Unit: Sendable, Hashable {
    /// How many; at least 0.
    case count
    /// Within 0…1.
    case ratio
    /// A multiple; at least 1.
    case factor
    /// Seconds; at least 0.
    case seconds
    /// Bytes; at least 0.
    case bytes
  }

  /// In snake case, unique.
  public let name: String
  /// How the number is meant.
  public let unit: Unit
  /// Where it lives.
  public let path: any WritableKeyPath<HealthPolicy, Double> & Sendable

  /// The values that make sense.
  public var range: ClosedRange<Double> {
    switch unit {
    case .count, .seconds, .bytes: 0...1e15
    case .ratio: 0...1
    case .factor: 1...1e6
    }
  }

  /// Every number of a policy, in the order of the documentation.
  public static let all: [HealthSetting] = [
    HealthSetting("minimum_lookups", .count, \.minimumLookups),
    HealthSetting("minimum_misses", .count, \.minimumMisses),
    HealthSetting("minimum_recent_lookups", .count, \.minimumRecentLookups),
    HealthSetting("miss_tolerance", .factor, \.missTolerance),
    HealthSetting("fast_burn", .factor, \.fastBurn),
    HealthSetting("slow_burn", .factor, \.slowBurn),
    HealthSetting("raise_after", .seconds, \.raiseAfter),
    HealthSetting("clear_after", .seconds, \.clearAfter),
    HealthSetting("evidence_hold", .seconds, \.evidenceHold),
    HealthSetting("falling_drop", .ratio, \.fallingDrop),
    HealthSetting("falling_miss_growth", .factor, \.fallingMissGrowth),
    HealthSetting("falling_minimum_drop", .ratio, \.fallingMinimumDrop),
    HealthSetting("falling_deviations", .count, \.fallingDeviations),
    HealthSetting("memory_warning", .ratio, \.memoryWarning),
    HealthSetting("memory_critical", .ratio, \.memoryCritical),
    HealthSetting("memory_margin", .ratio, \.memoryMargin),
    HealthSetting("memory_horizon", .seconds, \.memoryHorizon),
    HealthSetting("keys_without_ttl", .ratio, \.keysWithoutTTL),
    HealthSetting("ttl_excess", .factor, \.ttlExcess),
    HealthSetting("ttl_shortfall", .ratio, \.ttlShortfall),
    HealthSetting("good_hit_rate", .ratio, \.goodHitRate),
    HealthSetting("without_ttl_share", .ratio, \.withoutTTLShare),
    HealthSetting("minimum_keys", .count, \.minimumKeys),
    HealthSetting("evictions_per_lookup", .ratio, \.evictionsPerLookup),
    HealthSetting("eviction_turnover", .seconds, \.evictionTurnover),
    HealthSetting("minimum_evictions", .count, \.minimumEvictions),
    HealthSetting("fragmentation_ratio", .factor, \.fragmentationRatio),
    HealthSetting("fragmentation_bytes", .bytes, \.fragmentationBytes),
    HealthSetting("fragmentation_after", .seconds, \.fragmentationAfter),
    HealthSetting("rejected_connections", .count, \.rejectedConnections),
    HealthSetting("client_share", .ratio, \.clientShare),
    HealthSetting("connections_per_second", .count, \.connectionsPerSecond),
    HealthSetting("connections_per_command", .ratio, \.connectionsPerCommand),
    HealthSetting("client_memory_share", .ratio, \.clientMemoryShare),
    HealthSetting("client_memory_bytes", .bytes, \.clientMemoryBytes),
    HealthSetting("client_share_critical", .ratio, \.clientShareCritical),
    HealthSetting("slow_operations", .count, \.slowOperations),
    HealthSetting("slow_operation_seconds", .seconds, \.slowOperationSeconds),
    HealthSetting("link_down_after", .seconds, \.linkDownAfter),
    HealthSetting("replica_memory", .seconds, \.replicaMemory),
    HealthSetting("stale_intervals", .count, \.staleIntervals),
    HealthSetting("stale_seconds", .seconds, \.staleSeconds),
  ]

  private init(_ name: String, _ unit: Unit, _ path: any WritableKeyPath<HealthPolicy, Double> & Sendable) {
    self.name = name
    self.unit = unit
    self.path = path
  }
}

extension HealthPolicy {
  /// Sets the number called `name`; false, and nothing changes, when there is none or `value` is out of its range.
  public mutating func set(_ name: String, to value: Double) -> Bool {
    guard let setting = HealthSetting.all.first(where: { $0.name == name }), setting.range.contains(value) else {
      return false
    }
    self[keyPath: setting.path] = value
    return true
  }
}
