/// What one line of the log says in which a Memcached server tells of its keys (`watch`); the key's bytes are elsewhere.
public struct LogEntry: Sendable, Hashable {
  /// What happened.
  public enum Kind: Sendable, Hashable {
    /// A lookup, by whatever command, also by a store or a deletion, found its key.
    case found
    /// A lookup did not find its key.
    case absent
    /// A lookup found its key too late, and removed it.
    case expired
    /// A lookup found its key from before a `flush_all`, and removed it.
    case flushed
    /// The key was stored, for so many seconds; 0 for ever.
    case stored(seconds: UInt32)
    /// A store was refused by its own condition, and nothing changed.
    case refused
    /// A store was refused since the value is too large or memory is short; what the key had before is removed, by a lookup that follows.
    case unstorable
    /// The key was removed to make room.
    case evicted
  }

  /// What happened.
  public var kind: Kind
  /// The line's place among all of the server's process: lines come nearly in this order, not quite.
  public var number: UInt64
  /// When it happened, by the server's clock: milliseconds since 1970.
  public var milliseconds: Int64
  /// The number that the server has for the client's connection; -1 where none is told.
  public var connection: Int32
  /// Where the key lies in the bytes that came along.
  public var key: Range<Int>

  /// A line.
  public init(kind: Kind, number: UInt64, milliseconds: Int64, connection: Int32, key: Range<Int>) {
    self.kind = kind
    self.number = number
    self.milliseconds = milliseconds
    self.connection = connection
    self.key = key
  }
}

/// What a Memcached server itself counts of what its log tells, since it started.
public struct LogTotals: Sendable, Hashable {
  /// Lines that a full buffer lost before any watcher could have them.
  public var dropped: Int64
  /// Lookups of readers.
  public var lookups: Int64
  /// Lookups that deletions, increments and touches made: the log does not tell them from readers'.
  public var others: Int64

  /// Totals.
  public init(dropped: Int64 = 0, lookups: Int64 = 0, others: Int64 = 0) {
    self.dropped = dropped
    self.lookups = lookups
    self.others = others
  }
}

/// How much a Memcached server's log has told, and how much it has not: the error bar of what is counted from it.
public struct LogReport: Sendable, Hashable {
  /// Lines taken.
  public var lines: Int64 = 0
  /// Lines that the server says it dropped: those that its buffers lost, and those that it skipped for want of a reader.
  public var dropped: Int64 = 0
  /// Lookups by deletions, increments and touches, as the server counts them: they are among hits and misses, but for ``corrected``.
  public var others: Int64 = 0
  /// Of these, deletions that showed themselves and were taken out of the hits.
  public var corrected: Int64 = 0

  /// Nothing yet.
  public init() {}

  /// By how many lookups all hits and misses together may be wrong.
  public var uncertain: Int64 { dropped.saturatingSum(max(0, others.saturatingDifference(corrected))) }
}
