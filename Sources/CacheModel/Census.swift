/// Keys and bytes of one namespace, as a walk over all keys found them.
public struct CensusCounts: Sendable, Hashable {
  /// Keys; scaled from the part that was walked while the first walk is under way.
  public var keys: Int64
  /// Bytes that they take, the server's own bookkeeping for each included; nil where the server does not tell.
  public var memoryBytes: Int64?
  /// How long some of them have left to live; nil where that is not asked for, or of none yet.
  public var ttls: TTLSample?

  /// Counts; none by default.
  public init(keys: Int64 = 0, memoryBytes: Int64? = nil, ttls: TTLSample? = nil) {
    self.keys = keys
    self.memoryBytes = memoryBytes
    self.ttls = ttls
  }

  /// Several parts of one namespace together; nil for none. Bytes only where all parts tell them; samples of times to live are
  /// of single parts only.
  public static func merged(_ parts: [CensusCounts]) -> CensusCounts? {
    guard parts.count > 1 else { return parts.first }
    func sum(_ values: [Int64]) -> Int64 { Int64(clamping: values.reduce(Int128(0)) { $0 + Int128($1) }) }
    let bytes = parts.compactMap(\.memoryBytes)
    return CensusCounts(keys: sum(parts.map(\.keys)), memoryBytes: bytes.count == parts.count ? sum(bytes) : nil)
  }
}

/// How long a sample of keys has left to live.
public struct TTLSample: Sendable, Hashable {
  /// Upper ends of the classes in seconds; above the last is `more`, and last of all is `none`.
  public static let bounds: [Double] = [60, 300, 3600, 21_600, 86_400, 604_800]
  /// Names of the classes, as labels and JSON keys.
  public static let classes = ["1m", "5m", "1h", "6h", "1d", "7d", "more", "none"]

  /// Keys of the sample in each of ``classes``.
  public private(set) var counts: [Int64] = Array(repeating: 0, count: TTLSample.classes.count)
  /// The longest time that any of them had left, in seconds; 0 when none has one.
  public private(set) var longest = 0.0

  /// An empty sample.
  public init() {}

  /// Adds a key with so many seconds left; nil for one that lives for ever.
  public mutating func add(_ seconds: Double?) {
    guard let seconds else {
      counts[counts.count - 1] += 1
      return
    }
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    longest = max(longest, seconds)
  }

  /// This sample with another one's keys.
  public func merging(_ other: TTLSample) -> TTLSample {
    var result = self
    for index in counts.indices { result.counts[index] += other.counts[index] }
    result.longest = max(longest, other.longest)
    return result
  }

  /// Keys of the sample.
  public var size: Int64 { counts.reduce(0, +) }

  /// The share of keys without a time to live, in 0…1; nil for an empty sample.
  public var withoutTTL: Double? {
    guard size > 0, let none = counts.last else { return nil }
    return Double(none) / Double(size)
  }

  /// The share of each class; nil for an empty sample.
  public var shares: [Double]? {
    let size = self.size
    return size > 0 ? counts.map { Double($0) / Double(size) } : nil
  }
}

/// What walking over all keys has brought, and what it has cost.
public struct CensusReport: Sendable, Hashable {
  /// In the order of the definitions; nil before the first keys.
  public var namespaces: [CensusCounts]?
  /// Keys of no namespace.
  public var other: CensusCounts?
  /// Whether the counts are of a whole walk; otherwise they are scaled from the first one's part.
  public var isWhole: Bool
  /// When the walk ended that they are of; for a first one under way, when it last went on.
  public var time: UnixTime?
  /// How much of the walk under way is done, in 0…1; 1 between walks.
  public var progress: Double
  /// Whole walks since cachegauge started.
  public var walks: Int64
  /// Keys visited since cachegauge started.
  public var visited: Int64
  /// Seconds during which the server was waited for: more than it worked.
  public var seconds: Double
  /// Walks that were interrupted, by cause.
  public var failures: [FailureCause: Int64]
  /// Why the last try failed; nil while it goes on.
  public var failure: FailureCause?
  /// When each kind of check of single keys was last done, by the kind's name in the configuration.
  public var checks: [String: UnixTime] = [:]
  /// What idle times tell of a cache with less memory; nil where they are not asked for.
  public var idle: IdleReport?

  /// Nothing yet.
  public init() {
    isWhole = false
    progress = 0
    walks = 0
    visited = 0
    seconds = 0
    failures = [:]
  }

  /// The walks of several servers whose keys are different ones, as one cache's; nil for none. What they tell together is as old
  /// as the oldest of them, and as far on as the one that is least far. Checks of single keys and idle times are left out.
  public static func merged(_ parts: [CensusReport]) -> CensusReport? {
    guard parts.count > 1 else {
      var only = parts.first
      only?.checks = [:]
      only?.idle = nil
      return only
    }
    var all = CensusReport()
    all.isWhole = parts.allSatisfy(\.isWhole)
    all.time = parts.compactMap(\.time).min()
    all.progress = parts.map(\.progress).min() ?? 0
    all.walks = parts.map(\.walks).min() ?? 0
    for part in parts {
      all.visited += part.visited
      all.seconds += part.seconds
      all.failures.merge(part.failures, uniquingKeysWith: +)
      all.failure = all.failure ?? part.failure
    }
    let counted = parts.compactMap(\.namespaces)
    if let count = counted.map(\.count).min() {
      all.namespaces = (0..<count).map { index in CensusCounts.merged(counted.map { $0[index] }) ?? CensusCounts() }
    }
    all.other = CensusCounts.merged(parts.compactMap(\.other))
    return all
  }
}
