/// What less memory would make of the hits, if the server then evicted what was not read for longest (`allkeys-lru`).
public struct LessMemory: Sendable, Hashable {
  /// How much of the memory that is used now, in 0…1.
  public var factor: Double
  /// That many bytes.
  public var bytes: Int64
  /// The hits of a second that would have been misses, with their 95 % interval.
  public var lostHits: SampledRatio
  /// The hit rate that would have been, with its 95 % interval.
  public var hitRate: SampledRatio

  /// A prediction.
  public init(factor: Double, bytes: Int64, lostHits: SampledRatio, hitRate: SampledRatio) {
    self.factor = factor
    self.bytes = bytes
    self.lostHits = lostHits
    self.hitRate = hitRate
  }
}

/// What idle times tell of a cache with less memory, or why they tell nothing.
public struct IdleReport: Sendable, Hashable {
  /// How many keys' idle times the last walk found.
  public var sampledKeys: Int64
  /// The hit rate of the time that ``lessMemory`` is of; nil where nothing is told.
  public var hitRate: Double?
  /// The largest factor first; empty where nothing is told.
  public var lessMemory: [LessMemory]
  /// Why nothing is told; nil where something is.
  public var obstacle: IdleObstacle?

  /// A report.
  public init(
    sampledKeys: Int64 = 0, hitRate: Double? = nil, lessMemory: [LessMemory] = [], obstacle: IdleObstacle? = nil
  ) {
    self.sampledKeys = sampledKeys
    self.hitRate = hitRate
    self.lessMemory = lessMemory
    self.obstacle = obstacle
  }
}

/// Why idle times tell nothing of a cache with less memory.
public enum IdleObstacle: String, Sendable, Hashable, CaseIterable {
  /// No walk is whole yet.
  case firstWalk = "first_walk"
  /// `DEBUG` is switched off, or the user may not use it.
  case debugRefused = "debug_refused"
  /// The server answers `DEBUG OBJECT` otherwise.
  case unsupported
  /// It does not tell what keys take.
  case sizesUnknown = "sizes_unknown"
  /// A replica holds what its master holds.
  case replica
  /// A server that counts reads keeps no idle times.
  case frequencyPolicy = "lfu_policy"
  /// It evicts by another order than idle time, so that what it holds is not what a smaller cache would choose from.
  case otherPolicy = "evicts_otherwise"
  /// Too much of the memory is of keys that are not asked.
  case largeValues = "large_values"
  /// The sample is too small.
  case fewKeys = "few_keys"
  /// There were too few lookups.
  case fewLookups = "few_lookups"
  /// Keys would stay for too short a time to be known from whole seconds.
  case shortIdleTimes = "short_idle_times"

  /// Whether it ends by itself, so that nobody need do anything.
  public var isPassing: Bool {
    switch self {
    case .firstWalk, .fewKeys, .fewLookups, .shortIdleTimes: true
    default: false
    }
  }

  /// What it is, and what to do.
  public var message: String {
    switch self {
    case .firstWalk: "No walk over all keys is whole yet."
    case .debugRefused:
      "The server refuses DEBUG OBJECT: start it with enable-debug-command local (or yes, where cachegauge is on another "
        + "machine), and allow the user +debug|object."
    case .unsupported: "The server's DEBUG OBJECT tells no idle times; switch census.idle_times off."
    case .sizesUnknown: "The server does not tell what keys take: allow the user +memory|usage."
    case .replica: "A replica holds what its master holds: ask the master."
    case .frequencyPolicy:
      "Under maxmemory-policy allkeys-lfu and volatile-lfu the server keeps no idle times; switch census.idle_times off."
    case .otherPolicy:
      "The server evicts keys by another order than their idle time: what it holds tells nothing of one that goes by it."
    case .largeValues:
      "More than a tenth of the memory is of keys of more than 16 KiB, or of shared numbers, which are not asked."
    case .fewKeys: "Fewer than 300 keys were asked."
    case .fewLookups: "There were fewer than 1,000 lookups between two walks."
    case .shortIdleTimes:
      "With less memory keys would stay for less than about 10 s, too short for idle times of whole seconds."
    }
  }
}

extension ServerFacts {
  /// Why idle times would tell nothing, by what the server is.
  public var idleObstacle: IdleObstacle? {
    if isReplica { return .replica }
    return evictionPolicy?.hasSuffix("lfu") == true ? .frequencyPolicy : nil
  }
}
