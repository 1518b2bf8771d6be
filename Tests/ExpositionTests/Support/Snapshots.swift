import CacheModel
import Exposition
import TimeSeries

/// Snapshots made by hand, for golden files and tables.
enum Snapshots {
  static let noon = UnixTime(milliseconds: 1_760_011_200_250)

  /// One unnamed Redis that does well in one namespace and badly in another.
  static var solo: Snapshot {
    Snapshot(generation: 7, targets: [redis("127.0.0.1:6379", isNamed: false)], exporter: exporter)
  }

  /// Two named caches of which the second is down; both declare the namespace `menu`.
  static var pair: Snapshot {
    var second = redis("second", isNamed: true)
    second.isUp = false
    second.failure = .timeout
    second.failures = [.timeout: 4, .refused: 2]
    second.health.status = .unhealthy
    second.health.warnings = [
      Warning(
        code: .targetDown, severity: .critical, since: noon.adding(seconds: -4),
        message: "The cache does not answer since 4 s: timeout.",
        advice: "See whether the server runs and whether the network lets cachegauge through.",
        evidence: [Evidence("down_seconds", 4)])
    ]
    return Snapshot(
      generation: 8, targets: [heard(redis("first", isNamed: true)), second], exporter: exporter)
  }

  /// The target with what notifications told of it: a gap, and causes of a sample.
  private static func heard(_ target: TargetSnapshot) -> TargetSnapshot {
    var target = target
    var report = ObservationReport()
    report.isHolding = true
    report.events = [.keymiss: 5000, .expired: 900, .evicted: 70, .del: 30]
    report.gaps = [.closedByPeer: 1]
    report.gapSeconds = 2.5
    report.bridgedMisses = 120
    report.difference = 3
    report.missingFlags = "g"
    report.unclassified = ObservedMisses(total: 7, causes: [7, 0, 0, 0, 0])
    report.sampleRate = 0.25
    report.sampledKeys = 300_000
    report.memoryBytes = 12_582_912
    target.observation = report
    var misses = ObservedMisses(total: 1000, bridged: 120, causes: [100, 600, 150, 30, 120])
    misses.ttl = 60
    misses.moreMemory = [
      MoreMemory(factor: 1.5, spared: SampledRatio(ratio: 0.1, interval: 0.05...0.2), seconds: 4000)
    ]
    misses.shares = MissCause.allCases.map { cause in
      let share = Double(misses[cause]) / 1000
      return CauseShare(cause: cause, share: share, interval: (share / 2)...(share + 0.05))
    }
    target.namespaces[0].observed = misses
    var ttls = TTLSample()
    for seconds in [30.0, 200, 250, 4000] { ttls.add(seconds) }
    ttls.add(nil)
    target.namespaces[0].census = CensusCounts(keys: 5000, memoryBytes: 1_250_000, ttls: ttls)
    var census = CensusReport()
    census.namespaces = [CensusCounts(keys: 5000, memoryBytes: 1_250_000, ttls: ttls)]
    census.other = CensusCounts(keys: 12)
    census.isWhole = true
    census.time = noon.adding(seconds: -90)
    census.progress = 0.25
    (census.walks, census.visited, census.seconds, census.failures) = (3, 16_500, 2.5, [.timeout: 1])
    census.idle = IdleReport(
      sampledKeys: 16_400, hitRate: 0.8,
      lessMemory: [
        LessMemory(
          factor: 0.75, bytes: 768_000_000, lostHits: SampledRatio(ratio: 12, interval: 4.5...30),
          hitRate: SampledRatio(ratio: 0.79, interval: 0.775...0.797))
      ])
    target.census = census
    target.namespaces[0].sampled = [60: SampledRatio(ratio: 0.91, interval: 0.9...0.925)]
    target.advice = [
      Advice(
        namespace: "menu", kind: .ttl, message: "Raise \"menu\".", hitRate: 0.8,
        predicted: SampledRatio(ratio: 0.9, interval: 0.87...0.93), ttl: 7200),
      Advice(namespace: "menu", kind: .memory, message: "Memory comes first.", memoryFactor: 1.5),
      Advice(
        namespace: nil, kind: .lessMemory, message: "Less would do.", hitRate: 0.8,
        predicted: SampledRatio(ratio: 0.79, interval: 0.775...0.797), memoryFactor: 0.75),
    ]
    target.sampling = SampleReport(
      bursts: 400, seconds: 4.5, skips: [.busy: 3], hits: [9000], unclassifiedHits: 12, windows: [])
    return target
  }

  /// A cluster as a whole: two masters, of which one was a replica, and its former master, which is down.
  static var cluster: Snapshot {
    var whole = heard(redis("shop", isNamed: true))
    whole.target = Target(name: "shop", isNamed: true, kind: .redis, address: "127.0.0.1:7001", part: .cluster)
    (whole.sample, whole.observation, whole.sampling, whole.advice) = (nil, nil, nil, [])
    var figures = ClusterFigures()
    figures.nodes = [
      ClusterFigures.Node(
        target: "shop/127.0.0.1:7001", address: "127.0.0.1:7001", role: .replica, shard: 0, isFailing: true),
      ClusterFigures.Node(
        target: "shop/127.0.0.1:7002", address: "127.0.0.1:7002", role: .master, shard: 1, slots: 8192, isUp: true),
      ClusterFigures.Node(
        target: "shop/127.0.0.1:7003", address: "127.0.0.1:7003", role: .master, shard: 0, slots: 8192, isUp: true),
    ]
    (figures.slotsServed, figures.promotions, figures.told) = (16_384, 1, noon)
    figures.totals[.master, default: ClusterFigures.Totals()].hits = 1255
    figures.totals[.replica, default: ClusterFigures.Totals()].misses = 4
    whole.cluster = figures
    whole.seriesWithoutHistory = 3
    return Snapshot(generation: 9, targets: [whole], exporter: exporter)
  }

  /// A Memcached whose log is heard, with some lines dropped.
  static var watched: Snapshot {
    var target = heard(redis("pages", isNamed: true))
    target.target = Target(name: "pages", isNamed: true, kind: .memcached, address: "127.0.0.1:11211")
    (target.sampling, target.census, target.sample) = (nil, nil, nil)
    var log = LogReport()
    (log.lines, log.dropped, log.others, log.corrected) = (123_456, 12, 40, 33)
    target.observation?.log = log
    target.observation?.missingFlags = nil
    target.observation?.difference = nil
    target.observation?.bridgedMisses = 0
    target.namespaces[0].origin = .watched
    target.namespaces[0].census = nil
    target.namespaces[0].sampled = [:]
    target.namespaces[0].observed?.bridged = 0
    target.namespaces[0].observed?.uncertain = log.uncertain
    return Snapshot(generation: 4, targets: [target], exporter: exporter)
  }

  /// Nothing polled yet.
  static var fresh: Snapshot {
    let target = Target(name: "redis", isNamed: false, kind: .redis, address: "127.0.0.1:6379")
    let counts = NamespaceCounts(definition: menu, hits: nil, misses: nil, origin: .none)
    let first = TargetSnapshot(target: target, time: noon, interval: 1, namespaces: [counts])
    return Snapshot(
      generation: 0, targets: [first], exporter: ExporterFigures(version: "0.1.0", started: noon))
  }

  /// Text from outside at its worst, in every place where text goes.
  static var hostile: Snapshot {
    let name = "a \"b\"\\c\nd é 日本 \u{1B}[31m\u{202E}"
    var target = redis(name, isNamed: true)
    var definition = NamespaceDefinition(name: name)
    definition.ttl = 60
    let twin = NamespaceDefinition(name: "A_\"B\"_C_D_É_日本__[31M_")
    target.namespaces = [definition, twin].map {
      NamespaceCounts(definition: $0, hits: 3, misses: 1, origin: .counters)
    }
    target.health.namespaces = [NamespaceHealth(name: name, status: .unknown, windows: windows(hits: 3, misses: 1))]
    target.health.warnings = [
      Warning(
        code: .hitRateFalling, severity: .info, namespace: name, since: noon, message: "\(name) falls.",
        advice: "</script>", evidence: [Evidence("hit_rate", .infinity)])
    ]
    target.slowOperations.totals = [SlowOperationKey(namespace: name, command: name): SlowOperationTotals(count: 1)]
    var sample = Sample(catalog: SeriesCatalog(), time: noon, epoch: 1)
    let field = MetricFamily("redis_info_field", .gauge, "A field, with \"quotes\", a \\ and a\nline feed.")
    sample.set(
      SeriesDefinition(field, labels: [Label("section", name), Label("field", "x")]), FixedPoint(-15, digits: 1))
    sample.set(SeriesDefinition(MetricFamily("redis bad name", .gauge, "")), FixedPoint(1))
    sample.set(
      SeriesDefinition(MetricFamily("redis_bad_label", .gauge, ""), labels: [Label("9x", "")]), FixedPoint(1))
    sample.set(
      SeriesDefinition(MetricFamily("redis_twin", .gauge, ""), labels: [Label("target", "")]), FixedPoint(1))
    sample.set(SeriesDefinition(MetricFamily("cache_up", .gauge, "Not this one.")), FixedPoint(5))
    target.sample = sample
    return Snapshot(generation: 9, targets: [target], exporter: exporter)
  }

  /// A target whose labels have the names of those of series, `exported_` ones among them.
  static var labelled: Snapshot {
    let names = ["target", "namespace", "exported_namespace", "cause", "cmd", "field", "code", "db", "window"]
    var target = redis("shop", isNamed: true)
    target.target = Target(
      name: "shop", isNamed: true, kind: .redis, address: "shop:1",
      labels: names.dropFirst().map { Label($0, "of the target") })
    return Snapshot(generation: 3, targets: [target], exporter: exporter)
  }

  /// Two targets of which every number from outside is `number`.
  static func extreme(_ number: Int64) -> Snapshot {
    var target = redis("extreme", isNamed: true)
    target.hits = number
    target.misses = number
    target.facts.usedMemory = number
    target.facts.maximumMemory = number
    target.facts.keys = number
    target.facts.uptime = number
    target.lastSuccess = UnixTime(milliseconds: number / 2)
    target.oldestHistory = UnixTime(milliseconds: number)
    target.namespaces = target.namespaces.map {
      NamespaceCounts(definition: $0.definition, hits: number, misses: number, origin: .counters)
    }
    var ttls = TTLSample()
    ttls.add(30)
    target.census = CensusReport()
    target.census?.idle = IdleReport(obstacle: .debugRefused)
    for index in target.namespaces.indices {
      target.namespaces[index].census = CensusCounts(keys: number, memoryBytes: number, ttls: ttls)
    }
    target.slowOperations.recent[0].microseconds = number
    target.slowOperations.recent[0].time = UnixTime(milliseconds: number)
    target.slowOperations.thresholdMicroseconds = number
    target.sample?.set(
      SeriesDefinition(MetricFamily("redis_extreme_total", .counter, "")), FixedPoint(number, digits: 255))
    target.sample?.set(SeriesDefinition(MetricFamily("redis_extreme", .gauge, "")), FixedPoint(number, digits: 20))
    var other = target
    other.target = Target(name: "other", isNamed: true, kind: .redis, address: "")
    other.health.windows = windows(hits: .infinity, misses: .nan)
    other.health.warnings[0].evidence = [Evidence("hits", .nan)]
    return Snapshot(generation: 1, targets: [target, other], exporter: exporter)
  }

  /// A day of both caches: one namespace below its target for two hours, one without causes, two warnings.
  static var day: ReportPeriod {
    var period = ReportPeriod(from: noon.adding(seconds: -86_400), to: noon, step: 360)
    var part = ReportPeriod.Part(definition: menu, hits: 900_000, misses: 100_000)
    part.causes = [(cause: "expired", misses: 70_000), (cause: "cold", misses: 20_000)]
    part.belowSeconds = 7200
    part.lowest = (time: noon.adding(seconds: -3600), ratio: 0.412)
    let whole = ReportPeriod.Part(definition: nil, hits: 1_000_000, misses: 200_000)
    var first = ReportPeriod.Target(name: "first", coveredSeconds: 86_400, whole: whole)
    first.namespaces = [part, ReportPeriod.Part(definition: permissions, hits: 0, misses: 0)]
    (first.downSeconds, first.evicted, first.expired, first.rejected) = (0, 12, 34_567, 0)
    (first.slow, first.mostMemory, first.step) = (5, 1_572_864, 600)
    first.episodes = [
      .init(
        code: "hit_rate_critical", severity: "critical", namespace: "menu", from: noon.adding(seconds: -7200),
        to: noon.adding(seconds: -3600)),
      .init(code: "keys|without_ttl", severity: "info", namespace: nil, from: noon.adding(seconds: -600), to: nil),
    ]
    let none = ReportPeriod.Part(definition: nil, hits: 0, misses: 0)
    period.targets = [first, ReportPeriod.Target(name: "second", coveredSeconds: 0, whole: none)]
    return period
  }

  static let exporter = exporterWithFiles

  private static var exporterWithFiles: ExporterFigures {
    var figures = exporterInMemory
    figures.configuration = ConfigurationFigures(isCurrent: false, read: noon.adding(seconds: -60))
    figures.areWebFilesCurrent = true
    figures.requestsRefused = 3
    figures.historyFiles = HistoryFileFigures(
      bytes: 4_194_304, bytesWritten: 9_437_184, errors: 2, skippedRecords: 1,
      lastSync: noon.adding(seconds: -1), newestSynced: noon.adding(seconds: -2))
    figures.targetFiles = TargetFileFigures(read: 3, failed: 1, leftOut: [.sameServer: 2])
    return figures
  }

  private static let exporterInMemory = ExporterFigures(
    version: "0.1.0", started: noon.adding(seconds: -3600), historyBytes: 1_048_576, historyBudget: 67_108_864,
    requests: [RequestKey(route: "/metrics", statusClass: 2): 240, RequestKey(route: "other", statusClass: 4): 1],
    process: ProcessFigures(
      cpuSeconds: 1.25, residentBytes: 20_971_520, virtualBytes: 524_288_000, openFiles: 21, maxFiles: 1024,
      startTime: noon.adding(seconds: -3600)))

  static let menu = NamespaceDefinition(
    name: "menu", keys: ["menu:*"], ttl: 3600, target: HitRateTarget(hitRate: 0.85, critical: 0.5),
    missCost: MissCost(seconds: 0.6, amount: 0.002),
    counters: .hash(key: "stats:menu", hits: "hits", misses: "misses"))
  static let permissions = NamespaceDefinition(
    name: "permissions", keys: ["perm:user:*:roles"], ttl: 300, target: HitRateTarget(hitRate: 0.9, critical: 0.6))

  static func windows(hits: Double, misses: Double) -> [HitRateWindow] {
    [60, 300, 900, 3600, 21600, 86400].map { seconds in
      HitRateWindow(
        seconds: seconds, hits: seconds == 60 ? 0 : hits, misses: seconds == 60 ? 0 : misses,
        coveredSeconds: Double(min(seconds, 1800)),
        interval: seconds == 60 ? nil : 0.25...0.75)
    }
  }

  static func redis(_ name: String, isNamed: Bool) -> TargetSnapshot {
    let identity = Target(name: name, isNamed: isNamed, kind: .redis, address: "127.0.0.1:6379")
    var target = TargetSnapshot(
      target: identity, time: noon, interval: 1,
      namespaces: [
        NamespaceCounts(definition: menu, hits: 1245, misses: 156, origin: .counters),
        NamespaceCounts(
          definition: permissions, hits: nil, misses: nil, origin: .none, failure: .malformedReply),
        NamespaceCounts(definition: NamespaceDefinition(name: "session"), hits: 10, misses: 90, origin: .counters),
      ])
    target.isUp = true
    target.lastSuccess = noon.adding(seconds: -0.25)
    target.pollSeconds = 0.000_73
    target.polls = 3600
    target.failures = [.timeout: 3]
    target.connects = 2
    target.sample = sample
    target.facts = facts
    target.hits = 1255
    target.misses = 246
    target.ownHits = 3600
    target.ownMisses = 12
    target.slowOperations = slowOperations
    target.collectors = [
      CollectorStatus(
        name: "info", seconds: 0.000_081, succeeded: true, lastSuccess: noon.adding(seconds: -0.25)),
      CollectorStatus(
        name: "latency", failure: .permissionDenied, isDisabled: true, failures: 1),
      CollectorStatus(
        name: "slowlog", seconds: 0.000_004, succeeded: true, lastSuccess: noon.adding(seconds: -0.25)),
    ]
    target.health = TargetHealth(
      status: .degraded, windows: windows(hits: 500, misses: 100),
      namespaces: [
        NamespaceHealth(name: "menu", status: .healthy, windows: windows(hits: 480, misses: 20)),
        NamespaceHealth(name: "permissions", status: .unknown, windows: []),
        NamespaceHealth(name: "session", status: .degraded, windows: windows(hits: 20, misses: 80)),
      ],
      warnings: [lowHitRate])
    target.oldestHistory = noon.adding(seconds: -1800)
    target.seriesWithoutHistory = 2
    return target
  }

  static let lowHitRate = Warning(
    code: .hitRateBelowTarget, severity: .warning, namespace: "session", since: noon.adding(seconds: -900),
    message: "The hit rate of session is 20.0 % over 1 h, below its target of 60.0 % (100 lookups).",
    advice: "Keys of session expire before they are read again: raise the time to live, or warm the cache.",
    evidence: [Evidence("hit_rate", 0.2), Evidence("lookups", 100), Evidence("window_seconds", 3600)])

  static let slowOperations = SlowOperationReport(
    totals: [
      SlowOperationKey(namespace: "menu", command: "hgetall"):
        SlowOperationTotals(count: 2, microseconds: 45_300, worstMicroseconds: 30_000),
      SlowOperationKey(namespace: "other", command: "keys"):
        SlowOperationTotals(count: 1, microseconds: 120_000, worstMicroseconds: 120_000),
    ],
    lost: 1,
    recent: [
      SlowOperation(
        id: 3, time: noon.adding(seconds: -60), microseconds: 120_000, command: "keys", namespace: nil,
        arguments: ["KEYS", "*"]),
      SlowOperation(
        id: 2, time: noon.adding(seconds: -90), microseconds: 30_000, command: "hgetall", namespace: "menu",
        arguments: ["HGETALL", "menu:restaurant:12"]),
    ],
    thresholdMicroseconds: 10_000)

  static var facts: ServerFacts {
    var facts = ServerFacts()
    facts.software = "redis"
    facts.version = "7.0.15"
    facts.role = "master"
    facts.uptime = 86_400
    facts.runID = "0123456789abcdef0123456789abcdef01234567"
    facts.usedMemory = 1_572_864
    facts.residentMemory = 3_145_728
    facts.maximumMemory = 67_108_864
    facts.evictionPolicy = "allkeys-lru"
    facts.fragmentationRatio = 2.0
    facts.fragmentationBytes = 1_572_864
    facts.keys = 42
    facts.keysWithTTL = 40
    facts.hits = 4855
    facts.misses = 258
    facts.evictedKeys = 5
    facts.expiredKeys = 70
    facts.connectedClients = 3
    facts.maximumClients = 10_000
    facts.blockedClients = 0
    facts.rejectedConnections = 0
    facts.commandsProcessed = 99_999
    facts.onlineReplicas = 0
    facts.connectedReplicas = 0
    facts.lastSaveSucceeded = true
    facts.isLoading = false
    return facts
  }

  /// One series of each kind, registered in an order that is not the order of output.
  static var sample: Sample {
    var sample = Sample(catalog: SeriesCatalog(), time: noon, epoch: 1)
    let keys = MetricFamily("redis_db_keys", .gauge, "INFO keyspace: keys")
    let usec = MetricFamily(
      "redis_latency_percentiles_usec", .summary, "INFO latencystats: percentiles, microseconds")
    let latency = MetricFamily("redis_commands_latencies_usec", .histogram, "LATENCY HISTOGRAM, microseconds")
    let commands = MetricFamily("redis_commands_total", .counter, "INFO commandstats: calls")
    sample.set(SeriesDefinition(keys, labels: [Label("db", "db1")]), FixedPoint(2))
    sample.set(SeriesDefinition(keys, labels: [Label("db", "db0")]), FixedPoint(40))
    sample.set(SeriesDefinition(commands, labels: [Label("cmd", "get")]), FixedPoint(5113))
    sample.set(SeriesDefinition(commands, labels: [Label("cmd", "config|get")]), FixedPoint(1))
    sample.set(
      SeriesDefinition(MetricFamily("redis_commands", .gauge, "A gauge whose name a counter has in OpenMetrics")),
      FixedPoint(1))
    sample.set(
      SeriesDefinition(MetricFamily("redis_keyspace_hits_total", .counter, "INFO stats: keyspace_hits")),
      FixedPoint(4855))
    sample.set(
      SeriesDefinition(MetricFamily("redis_rdb_changes", .counter, "A counter without _total")), FixedPoint(9))
    sample.set(
      SeriesDefinition(MetricFamily("redis_mem_fragmentation_ratio", .gauge, "INFO memory")),
      FixedPoint(200, digits: 2))
    sample.set(
      SeriesDefinition(MetricFamily("redis_cpu_user_seconds_total", .counter, "INFO cpu: used_cpu_user")),
      FixedPoint(60_500, digits: 6))
    for (suffix, bound, value) in [
      ("_sum", nil, 150), ("_count", nil, 12), ("_bucket", "+Inf", 12), ("_bucket", "2", 8), ("_bucket", "16", 11),
      ("_bucket", "1048576", 12),
    ] as [(String, String?, Int64)] {
      let labels = [Label("cmd", "get")] + (bound.map { [Label("le", $0)] } ?? [])
      sample.set(SeriesDefinition(latency, suffix: suffix, labels: labels), FixedPoint(value))
    }
    for (suffix, quantile, value) in [
      ("", "99.9", 2007), ("", "50", 1003), ("_sum", nil, 5000), ("_count", nil, 5),
    ] as [(String, String?, Int64)] {
      let labels = [Label("cmd", "get")] + (quantile.map { [Label("quantile", $0)] } ?? [])
      sample.set(SeriesDefinition(usec, suffix: suffix, labels: labels), FixedPoint(value, digits: 3))
    }
    return sample
  }
}
