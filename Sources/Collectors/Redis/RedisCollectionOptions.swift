public import CacheModel
public import RESP

/// What a target's collectors are to do.
public struct RedisCollectionOptions: Sendable {
  /// When the slow tier runs; default every 15 s.
  public var slow = SlowPace(interval: 15)
  /// Seconds until a refused collector is tried again; default 300.
  public var retryInterval = 300.0
  /// Whether families whose names `promtool check metrics` finds fault with keep them; otherwise their fields appear
  /// as `redis_info_field`.
  public var legacyNames = false
  /// What the server calls CONFIG; nil when it is not to be sent.
  public var configCommand: String? = "CONFIG"
  /// Which families are served beside those that always are; default latency alone.
  public var choices: Set<RedisFamilyChoice> = [.latency]
  /// Bytes of a file on this machine, for ``RedisFamilyChoice/rdbFileSize``; nil where there is none.
  public var sizeOfFile: @Sendable (String) -> Int64? = { _ in nil }
  /// Where applications keep their counts.
  public var counterSources: [CounterSource] = []
  /// The database that cachegauge's connection selects itself.
  public var database = 0
  /// What cachegauge's connection calls itself, so that its own slow-log entries are left out.
  public var clientName = "cachegauge"
  /// The most series that the target may have.
  public var seriesCapacity = 4096
  /// The most series of clients, keys and the like that come and go.
  public var passingCapacity = 20_000

  /// The defaults.
  public init() {}
}

/// What to do after replies came.
public enum RedisStep: Sendable {
  /// Send these in the same poll, under the same deadline.
  case more([RESPCommand])
  /// The poll is complete.
  case done(CollectedPoll)
}
