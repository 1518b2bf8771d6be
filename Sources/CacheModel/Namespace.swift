/// What the operator declares about one part of a cache.
public struct NamespaceDefinition: Sendable, Hashable {
  /// The label value `namespace`; unique within its target.
  public var name: String
  /// Glob patterns of the keys that belong here; the most specific of all namespaces' patterns wins.
  public var keys: [String]
  /// The time to live that the application gives its keys, in seconds; nil where not declared.
  public var ttl: Double?
  /// The hit rate that is good enough; nil where none is wanted.
  public var target: HitRateTarget?
  /// What a miss costs; nil where not declared.
  public var missCost: MissCost?
  /// Where the application keeps its own hit and miss counts; nil where it does not.
  public var counters: CounterSource?
  /// Whether this namespace alone can make the whole target unhealthy.
  public var isCritical: Bool

  /// A namespace; everything but its name is optional.
  public init(
    name: String, keys: [String] = [], ttl: Double? = nil, target: HitRateTarget? = nil,
    missCost: MissCost? = nil, counters: CounterSource? = nil, isCritical: Bool = false
  ) {
    self.name = name
    self.keys = keys
    self.ttl = ttl
    self.target = target
    self.missCost = missCost
    self.counters = counters
    self.isCritical = isCritical
  }
}

/// A hit rate to hold, and one below which it is an emergency. Both lie in 0…1, `critical` below `hitRate`.
public struct HitRateTarget: Sendable, Hashable {
  /// Below this, with evidence, the namespace is degraded.
  public var hitRate: Double
  /// Below this, with evidence, it is unhealthy.
  public var critical: Double

  /// A target; ranges are the configuration's business to check.
  public init(hitRate: Double, critical: Double) {
    self.hitRate = hitRate
    self.critical = critical
  }
}

/// What one miss costs the application.
public struct MissCost: Sendable, Hashable {
  /// Seconds of work or waiting.
  public var seconds: Double
  /// Money, in whatever currency the operator thinks in; nil where not declared.
  public var amount: Double?

  /// A cost per miss.
  public init(seconds: Double, amount: Double? = nil) {
    self.seconds = seconds
    self.amount = amount
  }
}

/// Where an application keeps its own counts inside the cache.
public enum CounterSource: Sendable, Hashable {
  /// Two fields of a hash.
  case hash(key: String, hits: String, misses: String)
  /// Two keys that hold integers.
  case keys(hits: String, misses: String)
}

/// Where a namespace's figures come from; the `source` of JSON and of the info metric.
public enum CountsOrigin: String, Sendable, Hashable {
  /// The application's own counters in the cache: exact.
  case counters
  /// The server's keyspace notifications: misses exact while the subscription holds.
  case events
  /// Notifications and bursts of MONITOR: misses exact, hits estimated.
  case sampled
  /// Memcached's log of lookups (`watch`): exact but for lines that the server drops, and lookups by commands that don't read.
  case watched
  /// Memcached's own counts by prefix (`stats detail`): exact for its classic commands.
  case memcached
  /// The application's own statistics, told over HTTP: exact.
  case json
  /// None yet: a declared namespace without a source that answers.
  case none
}

/// Lookups by their outcome.
public struct LookupCounts: Sendable, Hashable {
  /// Those that found their key.
  public var hits: Int64
  /// Those that did not.
  public var misses: Int64

  /// Both of one moment.
  public init(hits: Int64, misses: Int64) {
    self.hits = hits
    self.misses = misses
  }
}

/// Hits and misses of one namespace at one poll.
public struct NamespaceCounts: Sendable, Hashable {
  /// The declared namespace.
  public var definition: NamespaceDefinition
  /// Lookups that found their key, since the source began to count; nil while the source has not answered.
  public var hits: Int64?
  /// Lookups that did not.
  public var misses: Int64?
  /// Where these figures come from.
  public var origin: CountsOrigin
  /// What the application's counters say, where ``hits`` and ``misses`` are what these grew by since notifications gave the misses
  /// their causes; nil where they are told as they are, or can't be read.
  public var counted: LookupCounts?
  /// Why there are none, where that is a failure (the key is no hash, a field is no number).
  public var failure: FailureCause?
  /// The hit ratio that the application tells itself, in 0…1, of nobody knows how many lookups; nil where it tells none.
  public var reportedRatio: Double?
  /// Its hit ratios as bursts tell them, by the window's seconds; empty where nothing is sampled.
  public var sampled: [Int: SampledRatio] = [:]
  /// What the server's notifications tell of its misses; nil where they are not heard.
  public var observed: ObservedMisses?
  /// Its keys and what they take; nil where keys are neither counted nor told of, or none was yet.
  public var census: CensusCounts?

  /// The figures of one namespace.
  public init(
    definition: NamespaceDefinition, hits: Int64?, misses: Int64?, origin: CountsOrigin,
    failure: FailureCause? = nil
  ) {
    self.definition = definition
    self.hits = hits
    self.misses = misses
    self.origin = origin
    self.failure = failure
  }
}
