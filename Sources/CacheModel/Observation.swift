/// Misses of one namespace as the server's own notifications tell them.
public struct ObservedMisses: Sendable, Hashable {
  /// Misses since cachegauge began to watch, those in gaps included.
  public var total: Int64
  /// Those of ``total`` that fell into gaps, and so are estimates.
  public var bridged: Int64
  /// ``total`` by cause, in the order of ``MissCause/allCases``; they sum to it. Scaled from the sampled keys.
  public var causes: [Int64]
  /// The causes' shares of the observed misses; nil while no sampled key was missed.
  public var shares: [CauseShare]?
  /// The same of late, by which advice goes; nil while no sampled key was missed.
  public var recent: RecentMisses?
  /// The share of the namespace's keys whose removals are remembered now, in (0, 1]; causes are scaled from them.
  public var sampleRate = 1.0
  /// The time to live that the causes were judged by: declared, said by commands that were sampled,
  /// or learned from the events; nil while there is none.
  public var ttl: Double?
  /// What longer times to live would do, shortest first; empty without enough evidence.
  public var longerTTLs: [LongerTTL] = []
  /// What more memory would do, least first; empty without evictions or enough evidence.
  public var moreMemory: [MoreMemory] = []
  /// The misses by tenant; nil where no pattern captures one.
  public var tenants: TenantReport?
  /// Lookups that found their key, where the server's log tells of them; nil where only misses are told.
  public var hits: Int64?
  /// By how many lookups ``hits`` and ``total`` together may be wrong at most; 0 where nothing is told by a log.
  public var uncertain: Int64 = 0
  /// By cause, what notifications told, where ``total`` and ``causes`` follow an application's own count; nil where these are what was told.
  public var heard: [Int64]?
  /// The part of the misses that the application counted lately to which notifications gave the cause, in 0…1; ``shares`` and
  /// ``moreMemory`` are of that part.
  public var explained = 1.0

  /// No misses yet.
  public init(total: Int64 = 0, bridged: Int64 = 0, causes: [Int64]? = nil) {
    self.total = total
    self.bridged = bridged
    self.causes = causes ?? [0, 0, 0, 0, total]
  }

  /// The misses of one cause.
  public subscript(_ cause: MissCause) -> Int64 { causes[cause.position] }

  /// How many misses notifications told of, those in gaps included.
  public var heardTotal: Int64 { heard?.saturatingSum ?? total }

  /// The same with ``shares`` and ``moreMemory`` as parts of all misses that the application counts; the rest is unknown.
  public var ofAll: Self {
    guard explained < 1 else { return self }
    var all = self
    all.explained = 1
    all.shares = shares?.map { $0.ofAll(explained) }
    all.recent?.shares = recent?.shares.map { $0.ofAll(explained) } ?? []
    all.moreMemory = moreMemory.map { one in
      let (spared, explained) = (one.spared, explained)
      return MoreMemory(
        factor: one.factor,
        spared: SampledRatio(
          ratio: spared.ratio * explained,
          interval: (spared.interval.lowerBound * explained)...(spared.interval.upperBound * explained)),
        seconds: one.seconds)
    }
    return all
  }
}

/// What part of a namespace's misses has one cause.
public struct CauseShare: Sendable, Hashable {
  /// The cause.
  public var cause: MissCause
  /// In 0…1.
  public var share: Double
  /// Bounds of the 95 % interval; both are ``share`` where every key is sampled.
  public var interval: ClosedRange<Double>

  /// A share.
  public init(cause: MissCause, share: Double, interval: ClosedRange<Double>) {
    self.cause = cause
    self.share = share
    self.interval = interval
  }
}

extension CauseShare {
  /// The same as a part of all misses, of which so many have a cause; the rest is unknown.
  fileprivate func ofAll(_ explained: Double) -> Self {
    let rest = cause == .unknown ? 1 - explained : 0
    func part(_ share: Double) -> Double { min(1, share * explained + rest) }
    return CauseShare(
      cause: cause, share: part(share), interval: part(interval.lowerBound)...part(interval.upperBound))
  }
}

/// Misses of one namespace of late: what came an hour before counts half, what came two hours before a quarter.
public struct RecentMisses: Sendable, Hashable {
  /// How many were observed.
  public var count: Double
  /// The time that they are of, as if what is older did not count at all: an hour and a half at most.
  public var seconds: Double
  /// The causes' shares of them.
  public var shares: [CauseShare]

  /// So many misses.
  public init(count: Double, seconds: Double, shares: [CauseShare]) {
    self.count = count
    self.seconds = seconds
    self.shares = shares
  }
}

/// How well the notifications of one target are heard.
public struct ObservationReport: Sendable, Hashable {
  /// Whether the subscription holds now, with every flag that it needs.
  public var isHolding: Bool
  /// Notifications heard, by kind.
  public var events: [KeyEventKind: Int64]
  /// Times that the subscription was lost after it held, by cause.
  public var gaps: [FailureCause: Int64]
  /// Seconds during which it did not hold, since it first did.
  public var gapSeconds: Double
  /// Misses in gaps, spread over the namespaces by estimate.
  public var bridgedMisses: Int64
  /// Misses by the server's own count less those heard of, since the subscription last began; nil while unknown.
  public var difference: Int64?
  /// Why there is no subscription, while there is none.
  public var failure: FailureCause?
  /// Flags that `notify-keyspace-events` lacks. While the setting can't be read, those whose notifications don't come although
  /// the server counts what they tell of; nil while nothing shows that any is lacking.
  public var missingFlags: String?
  /// Misses of keys that belong to no namespace.
  public var unclassified: ObservedMisses
  /// The share of keys whose removals are remembered in the namespace where it is least, in (0, 1].
  public var sampleRate: Double
  /// How many keys are remembered.
  public var sampledKeys: Int
  /// Bytes that the memory of keys takes.
  public var memoryBytes: Int
  /// The part of the removals of late that were evictions, in 0…1, as ``RecentMisses`` are of late; nil without any.
  public var evictedPart: Double?
  /// What more memory would do for all keys together, as ``ObservedMisses/moreMemory``.
  public var moreMemory: [MoreMemory] = []
  /// Of a Memcached server's log, which stands for notifications there; nil for a Redis.
  public var log: LogReport?

  /// A subscription that never held.
  public init() {
    isHolding = false
    events = [:]
    gaps = [:]
    gapSeconds = 0
    bridgedMisses = 0
    difference = nil
    failure = nil
    missingFlags = nil
    unclassified = ObservedMisses()
    sampleRate = 1
    sampledKeys = 0
    memoryBytes = 0
  }
}
