/// How well a namespace, a target or everything does.
public enum Status: String, Sendable, Hashable, CaseIterable {
  /// Everything that is asked for holds.
  case healthy
  /// Something asked for does not hold, but the cache does its work.
  case degraded
  /// The cache is gone, or does harm.
  case unhealthy
  /// There is not enough evidence for a verdict.
  case unknown
}

/// How urgent a warning is.
public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Worth knowing.
  case info
  /// Wants attention in working hours.
  case warning
  /// Wants attention now.
  case critical

  /// Whether `left` is less urgent than `right`.
  public static func < (left: Severity, right: Severity) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int {
    switch self {
    case .info: 0
    case .warning: 1
    case .critical: 2
    }
  }
}

/// What is wrong: stable codes, the anchors of `docs/warnings.md`.
public enum WarningCode: String, Sendable, Hashable, CaseIterable {
  /// The hit rate is below the namespace's target.
  case hitRateBelowTarget = "hit_rate_below_target"
  /// The hit rate is below the namespace's critical bound.
  case hitRateCritical = "hit_rate_critical"
  /// The hit rate fell below the namespace's own recent normal.
  case hitRateFalling = "hit_rate_falling"
  /// Memory in use is close to `maxmemory`.
  case memoryNearLimit = "memory_near_limit"
  /// `maxmemory` is not set.
  case memoryUnlimited = "memory_unlimited"
  /// Memory in use grows so fast that it meets its limit soon.
  case memoryGrowing = "memory_growing"
  /// The eviction policy can't work for a cache.
  case evictionPolicyUnsuitable = "eviction_policy_unsuitable"
  /// Keys are evicted at a high rate.
  case evictionsHigh = "evictions_high"
  /// Much more memory is resident than in use.
  case fragmentationHigh = "fragmentation_high"
  /// Many keys have no time to live.
  case keysWithoutTTL = "keys_without_ttl"
  /// Keys live much longer, or much shorter, than is declared.
  case ttlNotAsDeclared = "ttl_not_as_declared"
  /// Client connections are close to the server's limit.
  case clientsNearLimit = "clients_near_limit"
  /// Clients open connections anew instead of keeping them.
  case connectionChurn = "connection_churn"
  /// Buffers of clients take much memory.
  case clientBuffersLarge = "client_buffers_large"
  /// The application's counters of a namespace can't be read.
  case countersUnreadable = "counters_unreadable"
  /// Keyspace notifications were asked for, and the server does not send all that are needed.
  case notificationsMissing = "notifications_missing"
  /// The server refused client connections.
  case connectionsRejected = "connections_rejected"
  /// Operations took longer than the server's slow-log threshold.
  case slowOperations = "slow_operations"
  /// A replica lost its master, or a master lost replicas.
  case replicationBroken = "replication_broken"
  /// The cache does not answer.
  case targetDown = "target_down"
  /// The last successful sample is old.
  case sampleStale = "sample_stale"
}

/// One thing that is wrong, with what shows it and what to do.
public struct Warning: Sendable, Hashable {
  /// What is wrong.
  public var code: WarningCode
  /// How urgent it is.
  public var severity: Severity
  /// The namespace that it concerns; nil when it concerns the whole target.
  public var namespace: String?
  /// When this warning was first raised and has held since.
  public var since: UnixTime
  /// One sentence with the numbers in it.
  public var message: String
  /// One sentence: what to do and why that, chosen by the evidence.
  public var advice: String
  /// The numbers behind the sentence, by name, in base units and ratios.
  public var evidence: [Evidence]

  /// A warning.
  public init(
    code: WarningCode, severity: Severity, namespace: String? = nil, since: UnixTime, message: String,
    advice: String, evidence: [Evidence] = []
  ) {
    self.code = code
    self.severity = severity
    self.namespace = namespace
    self.since = since
    self.message = message
    self.advice = advice
    self.evidence = evidence
  }
}

/// One number of a warning's evidence.
public struct Evidence: Sendable, Hashable {
  /// What it is, in snake case with its unit: `hit_rate`, `lookups`, `window_seconds`, `used_memory_bytes`.
  public var name: String
  /// The number; finite.
  public var value: Double

  /// A number of evidence.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// Hits and misses within the last so many seconds.
public struct HitRateWindow: Sendable, Hashable {
  /// The window's length in seconds: 60, 300, 900, 3600, 21600 or 86400.
  public var seconds: Int
  /// Hits within it.
  public var hits: Double
  /// Misses within it.
  public var misses: Double
  /// Seconds of the window that history covers; shorter than `seconds` while history is young.
  public var coveredSeconds: Double
  /// Bounds of the 95 % interval of the ratio; nil when there was no lookup.
  public var interval: ClosedRange<Double>?

  /// A window's figures.
  public init(
    seconds: Int, hits: Double, misses: Double, coveredSeconds: Double, interval: ClosedRange<Double>?
  ) {
    self.seconds = seconds
    self.hits = hits
    self.misses = misses
    self.coveredSeconds = coveredSeconds
    self.interval = interval
  }

  /// Hits over lookups, in 0…1; nil when there was no lookup.
  public var ratio: Double? {
    let lookups = hits + misses
    return lookups > 0 ? hits / lookups : nil
  }

  /// The window's name as label and JSON key: `1m`, `5m`, `15m`, `1h`, `6h`, `24h`.
  public var name: String {
    seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds / 60)m"
  }
}

/// The verdict on one namespace.
public struct NamespaceHealth: Sendable, Hashable {
  /// The namespace.
  public var name: String
  /// `unknown` without evidence, never healthy.
  public var status: Status
  /// Shortest first.
  public var windows: [HitRateWindow]

  /// A verdict.
  public init(name: String, status: Status, windows: [HitRateWindow]) {
    self.name = name
    self.status = status
    self.windows = windows
  }
}

/// The verdict on one target.
public struct TargetHealth: Sendable, Hashable {
  /// The worst of what counts.
  public var status: Status
  /// The target as a whole: lookups of every key.
  public var windows: [HitRateWindow]
  /// In the configuration's order.
  public var namespaces: [NamespaceHealth]
  /// Most severe first, then by code and namespace.
  public var warnings: [Warning]

  /// A verdict.
  public init(status: Status, windows: [HitRateWindow], namespaces: [NamespaceHealth], warnings: [Warning]) {
    self.status = status
    self.windows = windows
    self.namespaces = namespaces
    self.warnings = warnings
  }
}
