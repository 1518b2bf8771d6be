internal import CacheModel

/// One stream of hits and misses, a namespace's or the whole target's, with all that its verdicts remember.
struct HitRateSource: Sendable {
  /// The namespace; nil for the whole target.
  let definition: NamespaceDefinition?
  private let series: (hits: String, misses: String)
  private(set) var coverage = Coverage()
  private(set) var windows: RollingWindows
  /// The hour before.
  private(set) var normal = Normal()
  /// The hour around this time yesterday.
  private(set) var yesterday = Normal()
  private var recent = RecentCounts()
  private var dispersion = Dispersion()
  private var meter = BucketMeter()
  var below = Latch()
  var critical = Latch()
  var falling = Latch()
  var unreadable = Latch()

  init(_ definition: NamespaceDefinition?, stagger: Int) {
    self.definition = definition
    series =
      if let name = definition?.name {
        (HistorySeries.hits(of: name), HistorySeries.misses(of: name))
      } else {
        (HistorySeries.hits, HistorySeries.misses)
      }
    windows = RollingWindows(hits: series.hits, misses: series.misses, stagger: Int64(stagger))
  }

  /// How many times the variance of the ratio exceeds that of independent lookups, in short and in long windows.
  ///
  /// Until it is known, in the source's first two minutes, it is taken to be ``unknownInflation``: only what is far off
  /// is told that early.
  var inflation: (short: Double, long: Double) {
    let short = dispersion.inflation ?? (isYoung ? Self.unknownInflation : 1)
    return (short, max(short, normal.inflation))
  }

  private static let unknownInflation = 25.0

  private var isYoung: Bool {
    guard let start = coverage.start, let last = coverage.last else { return true }
    return last.seconds(since: start) < 120
  }

  /// Takes one poll. `counts` is nil where the source gave none; history has the poll's row already.
  mutating func observe(
    at now: UnixTime, counts: (hits: Int64, misses: Int64)?, _ history: some History, interval: Double,
    minimumLookups: Double
  ) {
    var isForced = false
    if let counts {
      if coverage.start == nil { begin(at: now, history) }
      let isBroken = coverage.observe(at: now, tolerance: max(2.5 * interval, 1))
      if let bucket = meter.observe(at: now, hits: counts.hits, misses: counts.misses, isBroken: isBroken) {
        dispersion.add(hits: bucket.hits, misses: bucket.misses)
      }
      recent.add(hits: counts.hits, misses: counts.misses, at: now)
      isForced = isBroken
    }
    guard coverage.start != nil else { return }
    normal.refresh(
      at: now, hits: series.hits, misses: series.misses, history, coverage, minimum: minimumLookups)
    yesterday.refresh(
      at: Self.yesterday(now), hits: series.hits, misses: series.misses, history, coverage, minimum: minimumLookups)
    windows.refresh(
      at: now, history, recent, coverage, interval: interval, inflation: inflation, isForced: isForced)
  }

  /// Whether the source still gave counts lately.
  func isCurrent(at now: UnixTime, interval: Double) -> Bool {
    guard let last = coverage.last else { return false }
    return now.seconds(since: last) <= max(60, 3 * interval)
  }

  /// The time at which the hour before, which ends five minutes ago, is the one around this time yesterday.
  static func yesterday(_ now: UnixTime) -> UnixTime { now.adding(seconds: -86_400 + 1800 + 300) }

  /// History may be older than this evaluator: then the source begins where it has a value at the edge of a window.
  private mutating func begin(at now: UnixTime, _ history: some History) {
    let edges = RollingWindows.lengths.reversed().map { now.adding(seconds: -Double($0)) }
    coverage.begin(at: edges.first { history.value(of: series.hits, at: $0) != nil } ?? now, now: now)
  }
}
