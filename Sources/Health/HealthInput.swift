public import CacheModel

/// What is known of one target after one poll.
public struct HealthInput: Sendable {
  /// The poll's planned tick, the time of the newest row of history.
  public var now: UnixTime
  /// Whether the poll succeeded.
  public var isUp: Bool
  /// Why it did not.
  public var failure: FailureCause?
  /// When a poll last succeeded; nil when never.
  public var lastSuccess: UnixTime?
  /// Polls tried so far; while 0, nothing is known.
  public var polls: Int64
  /// The server as of the last successful poll.
  public var facts: ServerFacts
  /// The whole target's hits, own look-ups subtracted; nil when unknown.
  public var hits: Int64?
  /// The whole target's misses likewise.
  public var misses: Int64?
  /// The counts of the namespaces; those that were declared to the evaluator are found by name.
  public var namespaces: [NamespaceCounts]
  /// Slow operations.
  public var slowOperations: SlowOperationReport
  /// How well keyspace notifications are heard; nil where none are asked for.
  public var observation: ObservationReport?

  /// An input; `now` is the poll's tick.
  public init(
    now: UnixTime, isUp: Bool, failure: FailureCause? = nil, lastSuccess: UnixTime? = nil, polls: Int64 = 1,
    facts: ServerFacts = ServerFacts(), hits: Int64? = nil, misses: Int64? = nil,
    namespaces: [NamespaceCounts] = [], slowOperations: SlowOperationReport = SlowOperationReport(),
    observation: ObservationReport? = nil
  ) {
    self.now = now
    self.isUp = isUp
    self.failure = failure
    self.lastSuccess = lastSuccess
    self.polls = polls
    self.facts = facts
    self.hits = hits
    self.misses = misses
    self.namespaces = namespaces
    self.slowOperations = slowOperations
    self.observation = observation
  }

  /// What a snapshot knows, as of the tick `now`.
  public init(_ snapshot: TargetSnapshot, at now: UnixTime) {
    self.init(
      now: now, isUp: snapshot.isUp, failure: snapshot.failure, lastSuccess: snapshot.lastSuccess,
      polls: snapshot.polls, facts: snapshot.facts, hits: snapshot.hits, misses: snapshot.misses,
      namespaces: snapshot.namespaces, slowOperations: snapshot.slowOperations,
      observation: snapshot.observation)
  }
}
