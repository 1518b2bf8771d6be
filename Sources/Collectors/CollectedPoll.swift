public import CacheModel

/// Something to tell the operator once.
public struct CollectorNotice: Sendable, Hashable {
  /// The collector.
  public let collector: String
  /// One sentence.
  public let message: String
}

/// What a complete poll has brought, whatever kind of cache was asked.
public struct CollectedPoll: Sendable {
  /// The series' values.
  public let sample: Sample
  /// The values of series that come and go, which history does not keep; nil without any.
  public let passing: Sample?
  /// What the lookups were answered that were offered for this poll.
  public var answers: [OwnAnswer] = []
  /// The server.
  public let facts: ServerFacts
  /// In the order of the options' counter sources, one for each.
  public let counters: [CounterReading]
  /// Own lookups made in this poll after its INFO that the server counts as hits.
  public let ownHits: Int64
  /// … and as misses.
  public let ownMisses: Int64
  /// The keys of these misses, one for each.
  public var ownMissed: [KeyPlace] = []
  /// Whether the server's counters were reset since the last complete poll, its process being the same.
  public let statsReset: Bool
  /// Whether another process answers than in the last complete poll.
  public let serverChanged: Bool
  /// Why INFO has no result although the server answers and permits it: it is loading, busy, or lost its master. Such
  /// a server serves no application, so the poll is to be taken for a failed one. Nil otherwise.
  public let serverFailure: FailureCause?
  /// New entries of the slow log, oldest first, without namespaces.
  public let slowOperations: [SlowOperation]
  /// Entries that the server dropped before they could be read.
  public let slowOperationsLost: Int64
  /// The slow log's threshold in microseconds; nil while unknown.
  public let slowThreshold: Int64?
  /// All collectors that ever ran, in a fixed order.
  public let collectors: [CollectorStatus]
  /// What to log.
  public let notices: [CollectorNotice]
  /// What the server itself counts by prefix; nil where it does not, or was not asked in this poll.
  public var prefixes: PrefixReport?
  /// What a Memcached server itself counts of its log; nil of other kinds.
  public var logTotals: LogTotals?
  /// What the application itself tells of each namespace, in the configuration's order; empty where it does not.
  public var namespaces: [NamespaceReading] = []
}

/// What an application's own counters said.
public struct CounterReading: Sendable, Hashable {
  /// Where they are.
  public let source: CounterSource
  /// Lookups that found their key, 0 while none was counted; nil when the counters can't be read.
  public let hits: Int64?
  /// Lookups that did not.
  public let misses: Int64?
  /// Why there are none, where that is a fault.
  public let failure: FailureCause?
}
