/// All that is known of one target after one poll. Immutable: readers keep one for as long as they like.
public struct TargetSnapshot: Sendable {
  /// Whose it is.
  public var target: Target
  /// When it was made.
  public var time: UnixTime
  /// Whether the last poll succeeded.
  public var isUp: Bool
  /// Why it did not.
  public var failure: FailureCause?
  /// When a poll last succeeded; nil when never.
  public var lastSuccess: UnixTime?
  /// Seconds between planned polls.
  public var interval: Double
  /// Seconds that the last poll took, from its first byte out to its last byte in, connecting included.
  public var pollSeconds: Double
  /// Polls tried since cachegauge started.
  public var polls: Int64
  /// Polls that failed, by cause.
  public var failures: [FailureCause: Int64]
  /// Connections opened since cachegauge started.
  public var connects: Int64
  /// The series of the last successful poll; nil when there was none yet. Stale while `isUp` is false.
  public var sample: Sample?
  /// The values of series that come and go (a client, a key), which history does not keep; nil without any. Stale likewise.
  public var passing: Sample?
  /// The server as of the last successful poll.
  public var facts: ServerFacts
  /// Lookups that found their key, cachegauge's own look-ups subtracted; nil when unknown.
  public var hits: Int64?
  /// Lookups that did not, cachegauge's own subtracted; nil when unknown.
  public var misses: Int64?
  /// cachegauge's own lookups that the server counts among its hits, since the server's counters began.
  public var ownHits: Int64
  /// cachegauge's own lookups that the server counts among its misses.
  public var ownMisses: Int64
  /// Lookups since cachegauge began to watch that a server which counts by prefix counted under none: by meta commands,
  /// or of keys without the delimiter. Nil where the server does not count so.
  public var uncountedLookups: Int64?
  /// In the configuration's order.
  public var namespaces: [NamespaceCounts]
  /// What would help, as far as the causes of misses tell.
  public var advice: [Advice] = []
  /// What sampling has brought; nil where nothing is sampled.
  public var sampling: SampleReport?
  /// What walking over all keys has brought; nil where keys are not counted.
  public var census: CensusReport?
  /// How well keyspace notifications are heard; nil where none are asked for.
  public var observation: ObservationReport?
  /// Slow operations.
  public var slowOperations: SlowOperationReport
  /// By name.
  public var collectors: [CollectorStatus]
  /// The verdict.
  public var health: TargetHealth
  /// How far back history reaches; nil while it is empty.
  public var oldestHistory: UnixTime?
  /// Series that history has, or had, no room for.
  public var seriesWithoutHistory: Int64 = 0
  /// Of a cluster or a Sentinel's group as a whole: its nodes and what they sum up to; nil for any other target.
  public var cluster: ClusterFigures?

  /// The snapshot of a target that was not polled yet.
  public init(target: Target, time: UnixTime, interval: Double, namespaces: [NamespaceCounts]) {
    self.target = target
    self.time = time
    self.interval = interval
    self.namespaces = namespaces
    isUp = false
    failure = nil
    lastSuccess = nil
    pollSeconds = 0
    polls = 0
    failures = [:]
    connects = 0
    sample = nil
    facts = ServerFacts()
    hits = nil
    misses = nil
    ownHits = 0
    ownMisses = 0
    sampling = nil
    observation = nil
    slowOperations = SlowOperationReport()
    collectors = []
    health = TargetHealth(status: .unknown, windows: [], namespaces: [], warnings: [])
    oldestHistory = nil
    cluster = nil
  }
}

/// What is known of all targets: what a scrape or a report is rendered from.
public struct Snapshot: Sendable {
  /// Rises with each new snapshot; rendered bytes are kept by it.
  public var generation: UInt64
  /// In the configuration's order.
  public var targets: [TargetSnapshot]
  /// cachegauge itself.
  public var exporter: ExporterFigures

  /// A snapshot.
  public init(generation: UInt64, targets: [TargetSnapshot], exporter: ExporterFigures) {
    self.generation = generation
    self.targets = targets
    self.exporter = exporter
  }

  /// The worst status of all targets; unknown when there is none.
  public var status: Status {
    let all = Set(targets.map(\.health.status))
    return [.unhealthy, .degraded, .unknown, .healthy].first(where: all.contains) ?? .unknown
  }
}

/// Figures about cachegauge itself.
public struct ExporterFigures: Sendable, Hashable {
  /// The version, from the source tree.
  public var version: String
  /// When the process started.
  public var started: UnixTime
  /// Bytes that history takes now, over all targets.
  public var historyBytes: Int64
  /// The most that it may take.
  public var historyBudget: Int64
  /// How reading the configuration went; nil where no file is read.
  public var configuration: ConfigurationFigures?
  /// Whether the files of web access could be used when they were read last; nil where there are none.
  public var areWebFilesCurrent: Bool?
  /// Requests without the credentials that are asked for; nil where none can be.
  public var requestsRefused: Int64?
  /// How late polls begin; nil before the first.
  public var punctuality: PollPunctuality?
  /// Receivers of remote write, in the configuration's order.
  public var remoteWrite: [RemoteWriteFigures] = []
  /// History's files; nil where none are kept.
  public var historyFiles: HistoryFileFigures?
  /// The files that name targets; nil where there are none.
  public var targetFiles: TargetFileFigures?
  /// HTTP requests answered, by route and class of status.
  public var requests: [RequestKey: Int64]
  /// The process as the operating system sees it; nil where that is not read.
  public var process: ProcessFigures?

  /// Figures of a process.
  public init(
    version: String, started: UnixTime, historyBytes: Int64 = 0, historyBudget: Int64 = 0,
    requests: [RequestKey: Int64] = [:], process: ProcessFigures? = nil
  ) {
    self.version = version
    self.started = started
    self.historyBytes = historyBytes
    self.historyBudget = historyBudget
    self.requests = requests
    self.process = process
  }
}

/// Whether the configuration in force is what its file says.
public struct ConfigurationFigures: Sendable, Hashable {
  /// Whether the file could be used when it was read last.
  public var isCurrent: Bool
  /// When the configuration in force was read.
  public var read: UnixTime

  /// Figures as of one moment.
  public init(isCurrent: Bool, read: UnixTime) {
    self.isCurrent = isCurrent
    self.read = read
  }
}

/// A route and a class of answers.
public struct RequestKey: Sendable, Hashable, Comparable {
  /// The route's path; `other` for paths that don't exist.
  public var route: String
  /// The status code's first digit: 2 for 200…299.
  public var statusClass: Int

  /// A key.
  public init(route: String, statusClass: Int) {
    self.route = route
    self.statusClass = statusClass
  }

  /// By route, then class.
  public static func < (left: RequestKey, right: RequestKey) -> Bool {
    (left.route, left.statusClass) < (right.route, right.statusClass)
  }
}
