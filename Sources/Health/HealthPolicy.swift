public import CacheModel

/// Every threshold of health, each with its default. A value: change what differs.
public struct HealthPolicy: Sendable, Hashable {
  // MARK: Hit rates

  /// The hit rate asked of the whole target; judged only while no namespace gives counts. Default none, since a
  /// number that fits one cache is wrong for the next.
  public var wholeTarget: HitRateTarget?
  /// Lookups in a window below which there is no verdict on it. Default 100.
  public var minimumLookups = 100.0
  /// Misses in a window below which no target counts as missed: so few may be an accident. Default 10.
  public var minimumMisses = 10.0
  /// Lookups in the recent window that has to agree that a miss of the target still goes on. Default 10.
  public var minimumRecentLookups = 10.0
  /// Misses over what the target allows that are let pass, however sure: 1.05 lets a target of 80 % go down to 79 %.
  /// Default 1.05.
  public var missTolerance = 1.05
  /// Misses over what the target allows, within 5 minutes, that make the warning critical. Default 6; a target that
  /// can't reach it gets 0.8 / (1 − target).
  public var fastBurn = 6.0
  /// Likewise within an hour. Default 3.
  public var slowBurn = 3.0
  /// Seconds that a hit rate must be missed before it is a warning. Default 15.
  public var raiseAfter = 15.0
  /// Seconds that a condition must be gone before its warning is. Default 120.
  public var clearAfter = 120.0
  /// Seconds after which a warning without evidence either way is withdrawn. Default 300.
  public var evidenceHold = 300.0

  // MARK: Falls

  /// A fall of the hit rate by this much against its normal is a warning. Default 0.05.
  public var fallingDrop = 0.05
  /// So is a miss rate that rose to this many times its normal, where the hit rate fell by at least
  /// ``fallingMinimumDrop``. Default 1.5.
  public var fallingMissGrowth = 1.5
  /// Default 0.01.
  public var fallingMinimumDrop = 0.01
  /// Standard errors that a fall must exceed to be no accident. Default 4.
  public var fallingDeviations = 4.0

  // MARK: Memory

  /// Share of `maxmemory` in use that is a warning. Default 0.90.
  public var memoryWarning = 0.90
  /// Share that is critical where the server can't evict. Default 0.97.
  public var memoryCritical = 0.97
  /// How far below ``memoryWarning`` the share must fall for the warning to clear. Default 0.02.
  public var memoryMargin = 0.02
  /// The hit rate from which evictions count as normal work, where no target says more. Default 0.80.
  public var goodHitRate = 0.80
  /// How urgent a missing `maxmemory` is. Default info.
  public var unlimitedMemorySeverity = Severity.info
  /// How urgent an unsuitable eviction policy is. Default warning.
  public var evictionPolicySeverity = Severity.warning
  /// Seconds within which memory that only grows would meet its limit, at most which that is told. Default 6 h.
  public var memoryHorizon = 21_600.0
  /// Share of keys without a time to live that is told for itself. Default 0.50.
  public var keysWithoutTTL = 0.50
  /// Average time to live over the longest declared one from which keys live too long. Default 1.1.
  public var ttlExcess = 1.1
  /// Average time to live over the shortest declared one up to which keys live too short. Default 0.10.
  public var ttlShortfall = 0.10
  /// Share of keys without a time to live from which `volatile-*` can't do its work. Default 0.30.
  public var withoutTTLShare = 0.30
  /// Keys below which that share says nothing. Default 100.
  public var minimumKeys = 100.0
  /// Evictions over lookups within 5 minutes that are many. Default 0.10.
  public var evictionsPerLookup = 0.10
  /// Seconds in which evictions would replace every key, at most which they are many. Default 900.
  public var evictionTurnover = 900.0
  /// Evictions within 5 minutes below which neither says anything. Default 100.
  public var minimumEvictions = 100.0
  /// Resident over used memory that is high. Default 1.5.
  public var fragmentationRatio = 1.5
  /// Bytes of fragmentation that must be wasted as well. Default 100 MiB.
  public var fragmentationBytes = 104_857_600.0
  /// Seconds that both must last. Default 300.
  public var fragmentationAfter = 300.0

  // MARK: Connections, operations, replication

  /// Connections refused within 5 minutes that are a warning. Default 1.
  public var rejectedConnections = 1.0
  /// Share of the client limit in use that is a warning. Default 0.80.
  public var clientShare = 0.80
  /// New connections a second, over 5 minutes, that are many … Default 10.
  public var connectionsPerSecond = 10.0
  /// … where they are at least this share of the commands. Default 0.10.
  public var connectionsPerCommand = 0.10
  /// Clients' buffers over `maxmemory`, or over the memory in use where there is no limit, that are large … Default 0.10.
  public var clientMemoryShare = 0.10
  /// … where they take at least so many bytes. Default 32 MiB.
  public var clientMemoryBytes = 33_554_432.0
  /// Share of the client limit in use at which refusals are critical. Default 0.95.
  public var clientShareCritical = 0.95
  /// Slow operations within 5 minutes that are a warning. Default 10.
  public var slowOperations = 10.0
  /// Seconds of one operation within 5 minutes that are a warning by themselves. Default 1.
  public var slowOperationSeconds = 1.0
  /// Seconds that a replica's link must be down. Default 10.
  public var linkDownAfter = 10.0
  /// Seconds after which a lower number of replicas is the new normal. Default 3600.
  public var replicaMemory = 3600.0

  // MARK: Availability

  /// Poll intervals without a success after which the sample is stale, together with ``staleSeconds``. Default 3.
  public var staleIntervals = 3.0
  /// Seconds likewise; both must have passed. Default 5.
  public var staleSeconds = 5.0

  /// The defaults.
  public init() {}

  /// The defaults: what is surely wrong is a warning, what depends on the application is for information.
  public static let standard = HealthPolicy()

  /// For development: a hit rate of 50 % is good enough, below 20 % is critical; memory settings are for information.
  public static let development: HealthPolicy = {
    var policy = HealthPolicy()
    policy.wholeTarget = HitRateTarget(hitRate: 0.5, critical: 0.2)
    policy.goodHitRate = 0.5
    policy.evictionPolicySeverity = .info
    policy.slowOperations = 50
    return policy
  }()

  /// For production: a hit rate of 80 % is good enough, below 50 % is critical; `maxmemory` has to be set.
  public static let production: HealthPolicy = {
    var policy = HealthPolicy()
    policy.wholeTarget = HitRateTarget(hitRate: 0.8, critical: 0.5)
    policy.unlimitedMemorySeverity = .warning
    return policy
  }()
}
