/// What would help a namespace's hit rate, or that nothing simple would.
public struct Advice: Sendable, Hashable {
  /// What kind of change it speaks of.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A longer time to live.
    case ttl
    /// More memory first: evictions bind.
    case memory
    /// Most misses are of keys that were never there.
    case cold
    /// Most misses follow deletions.
    case invalidation
    /// Less memory would cost hardly any hits.
    case lessMemory = "less_memory"
  }

  /// The namespace; nil for all of the cache.
  public var namespace: String?
  /// What kind of change.
  public var kind: Kind
  /// One sentence with its numbers.
  public var message: String
  /// The hit rate now, in 0…1; nil where hits are not known.
  public var hitRate: Double?
  /// The hit rate that is predicted, with its 95 % interval; nil where none is.
  public var predicted: SampledRatio?
  /// The time to live that the prediction is for, in seconds.
  public var ttl: Double?
  /// What multiple of the server's memory limit the prediction is for.
  public var memoryFactor: Double?

  /// An advice.
  public init(
    namespace: String?, kind: Kind, message: String, hitRate: Double? = nil, predicted: SampledRatio? = nil,
    ttl: Double? = nil, memoryFactor: Double? = nil
  ) {
    self.namespace = namespace
    self.kind = kind
    self.message = message
    self.hitRate = hitRate
    self.predicted = predicted
    self.ttl = ttl
    self.memoryFactor = memoryFactor
  }
}

/// What a longer time to live would make of the misses that follow an expiry.
public struct LongerTTL: Sendable, Hashable {
  /// How many times as long.
  public var factor: Double
  /// The part of the expiry misses that would have been hits, in 0…1, with its 95 % interval.
  public var saved: SampledRatio

  /// A prediction.
  public init(factor: Double, saved: SampledRatio) {
    self.factor = factor
    self.saved = saved
  }
}

/// What a higher memory limit would make of the misses.
public struct MoreMemory: Sendable, Hashable {
  /// How many times as high.
  public var factor: Double
  /// The part of all misses that would have been hits, in 0…1, with its 95 % interval.
  public var spared: SampledRatio
  /// The time that those misses are of, as ``RecentMisses/seconds``: only since it is known how long keys would stay.
  public var seconds: Double

  /// A prediction.
  public init(factor: Double, spared: SampledRatio, seconds: Double) {
    self.factor = factor
    self.spared = spared
    self.seconds = seconds
  }
}
