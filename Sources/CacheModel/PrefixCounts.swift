/// What a Memcached server counts of the keys with one prefix, since `stats detail on` or `stats reset`.
public struct PrefixCounts: Sendable, Hashable {
  /// What stands before the delimiter, without it.
  public var prefix: String
  /// Lookups that found their key.
  public var hits: Int64
  /// Lookups that did not.
  public var misses: Int64
  /// Keys stored.
  public var sets: Int64
  /// Keys deleted.
  public var deletes: Int64

  /// Counts of a prefix.
  public init(prefix: String, hits: Int64, misses: Int64, sets: Int64, deletes: Int64) {
    self.prefix = prefix
    self.hits = hits
    self.misses = misses
    self.sets = sets
    self.deletes = deletes
  }
}

/// All that a Memcached server counts by prefix, as of one poll.
public struct PrefixReport: Sendable, Hashable {
  /// By prefix; in no order.
  public var prefixes: [PrefixCounts]
  /// What ends a prefix; `:` unless the server was told otherwise.
  public var delimiter: String
  /// Whether the server counts by prefix now.
  public var isOn: Bool
  /// Why it does not, where it is off.
  public var whyOff = FailureCause.countingOff
  /// Lookups of the whole server: those by meta commands and of keys without the delimiter too, which no prefix counts.
  public var lookups: Int64

  /// A report.
  public init(
    prefixes: [PrefixCounts], delimiter: String = ":", isOn: Bool, lookups: Int64 = 0
  ) {
    self.prefixes = prefixes
    self.delimiter = delimiter
    self.isOn = isOn
    self.lookups = lookups
  }
}
