public import CacheModel
public import RESP

/// What a target's collectors are to do.
public struct RedisCollectionOptions: Sendable {
  /// Seconds between runs of the slow tier; default 15.
  public var slowInterval = 15.0
  /// Seconds until a refused collector is tried again; default 300.
  public var retryInterval = 300.0
  /// Whether families whose names `promtool check metrics` finds fault with keep them; otherwise their fields appear
  /// as `redis_info_field`.
  public var legacyNames = false
  /// Whether INFO modules is asked for, in the slow tier; default false.
  public var includesModules = false
  /// Where applications keep their counts.
  public var counterSources: [CounterSource] = []
  /// What cachegauge's connection calls itself, so that its own slow-log entries are left out.
  public var clientName = "cachegauge"
  /// The most series that the target may have.
  public var seriesCapacity = 4096

  /// The defaults.
  public init() {}
}

/// Something to tell the operator once.
public struct CollectorNotice: Sendable, Hashable {
  /// The collector.
  public let collector: String
  /// One sentence.
  public let message: String
}

/// What a complete poll has brought.
public struct RedisCollected: Sendable {
  /// The series' values.
  public let sample: Sample
  /// The server.
  public let facts: ServerFacts
  /// In the order of the options' counter sources, one for each.
  public let counters: [CounterReading]
  /// Own lookups made in this poll after its INFO that the server counts as hits.
  public let ownHits: Int64
  /// … and as misses.
  public let ownMisses: Int64
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
}

/// What to do after replies came.
public enum RedisStep: Sendable {
  /// Send these in the same poll, under the same deadline.
  case more([RESPCommand])
  /// The poll is complete.
  case done(RedisCollected)
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
