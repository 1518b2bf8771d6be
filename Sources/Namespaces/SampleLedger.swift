public import CacheModel

/// Turns bursts, misses and the server's totals into hits of each namespace: running counts, and windows with intervals.
///
/// A value without clocks. Remembers the bursts and polls of the last five minutes.
public struct SampleLedger: Sendable {
  /// The windows that are estimated, in seconds.
  public static let windows = [60, 300]
  /// Seconds by which misses and lookups may be of different times.
  private static let lag = 0.1
  private struct Burst: Sendable {
    var time: Int64
    var milliseconds: Double
    var counts: BurstCounts
  }

  private struct Poll: Sendable {
    var time: Int64
    var reads: Int64
    var misses: [Int64]

    var hits: Int64 { reads - misses.reduce(0, +) }
  }

  private var bursts: [Burst] = []
  private var polls: [Poll] = []
  private var told: [Int64]
  private var pending: Int64 = 0
  private(set) var taken: Int64 = 0
  private(set) var skipped: [SampleSkip: Int64] = [:]
  private(set) var milliseconds = 0.0

  /// A ledger for so many namespaces.
  public init(namespaces: Int) {
    told = Array(repeating: 0, count: namespaces + 1)
  }

  /// Counts by other namespaces from now on, of which `places` says where they and keys of none were before; nil for those that are
  /// new. Running counts go on, windows begin anew.
  public mutating func redefine(_ places: [Int?]) {
    told = places.map { $0.map { told[$0] } ?? 0 }
    bursts = []
    polls = polls.suffix(1).map { last in
      Poll(time: last.time, reads: last.reads, misses: places.map { $0.map { last.misses[$0] } ?? 0 })
    }
  }

  /// Takes a burst that ended at `now`, in milliseconds of a steady clock, and held MONITOR for so long.
  public mutating func add(_ counts: BurstCounts, at now: Int64, milliseconds: Double) {
    var counts = counts
    counts.lifetimes = []
    bursts.append(Burst(time: now, milliseconds: milliseconds, counts: counts))
    taken += 1
    self.milliseconds += milliseconds
    bursts.removeAll { $0.time < now - 305_000 }
  }

  /// Notes a burst that was not made.
  public mutating func skip(_ reason: SampleSkip) { skipped[reason, default: 0] += 1 }

  /// Takes a poll: all lookups as the server counts them, and all misses by namespace, the last for keys of none.
  ///
  /// Call it only while notifications are heard; `nil` reads, or counts that fell, begin new windows.
  public mutating func polled(reads: Int64?, misses: [Int64], at now: Int64) {
    guard let reads else {
      polls = []
      return
    }
    if let last = polls.last, reads < last.reads || zip(misses, last.misses).contains(where: { $0 < $1 }) {
      polls = []
    }
    if let last = polls.last {
      pending += reads - last.reads - zip(misses, last.misses).reduce(0) { $0 + $1.0 - $1.1 }
      allot(at: now, reads: reads, misses: misses)
    }
    polls.append(Poll(time: now, reads: reads, misses: misses))
    polls.removeAll { $0.time < now - 305_000 }
  }

  /// Notifications are not heard: what is counted meanwhile belongs to no window.
  public mutating func interrupt() { polls = [] }

  /// What is known now.
  public var report: SampleReport {
    SampleReport(
      bursts: taken, seconds: milliseconds / 1000, skips: skipped, hits: Array(told.dropLast()),
      unclassifiedHits: told[told.count - 1],
      windows: Self.windows.compactMap { window($0) })
  }

  /// Spreads the hits since the last poll over the namespaces as those of the last minute were.
  private mutating func allot(at now: Int64, reads: Int64, misses: [Int64]) {
    guard pending > 0, let estimates = estimate(60, to: Poll(time: now, reads: reads, misses: misses))?.estimates
    else { return }
    let sum = estimates.reduce(0) { $0 + $1.hits }
    guard sum > 0 else { return }
    let exact = estimates.map { $0.hits * Double(pending) / sum }
    let parts = exact.map { Int64($0.rounded(.down)) }
    for index in parts.indices { told[index] += parts[index] }
    // What rounding leaves waits for the next poll, so that small namespaces get theirs in time.
    pending -= parts.reduce(0, +)
  }

  private func window(_ seconds: Int) -> SampleWindow? {
    guard let end = polls.last, let found = estimate(seconds, to: end) else { return nil }
    let ratios = zip(found.estimates, found.misses).dropLast().map { estimate, misses -> SampledRatio? in
      let lookups = estimate.hits + misses
      guard lookups > 0 else { return nil }
      let ratio = estimate.hits / lookups
      // Notifications lag behind INFO by some hundredths of a second, which weighs in short windows only.
      let lag = Self.lag / found.covered * ratio * (1 - ratio)
      let quantile = HitEstimator.quantile(degrees: estimate.degrees)
      let half = quantile * estimate.error * misses / (lookups * lookups) + lag
      return SampledRatio(ratio: ratio, interval: max(0, ratio - half)...min(1, ratio + half))
    }
    return SampleWindow(
      seconds: seconds, coveredSeconds: found.covered, bursts: found.bursts, ratios: ratios)
  }

  private func estimate(
    _ seconds: Int, to end: Poll
  ) -> (estimates: [HitEstimate], misses: [Double], bursts: Int, covered: Double)? {
    // Polls are late by some hundredths of a second: one that is nearly as old as the window begins it.
    let begin = end.time - Int64(seconds) * 1000 - 500
    guard let start = polls.first(where: { $0.time >= begin }), start.time < end.time
    else { return nil }
    let within = bursts.filter { $0.time > start.time && $0.time <= end.time }
    let misses = zip(end.misses, start.misses).map { Double($0 - $1) }
    let covered = Double(end.time - start.time) / 1000
    let duty = within.reduce(0) { $0 + $1.milliseconds } / 1000 / covered
    let totals = polls.drop { $0.time < start.time }.filter { $0.time < end.time } + [end]
    let weights = BurstWeights(
      within.map { ($0.time, $0.counts.hits) }, totals: totals.map { ($0.time, Double($0.hits)) })
    let estimates = HitEstimator.estimate(
      bursts: within.map(\.counts), weights: weights,
      reads: Double(end.reads - start.reads), misses: misses, duty: duty)
    return estimates.map { ($0, misses, within.count, covered) }
  }
}
