public import CacheModel
import Glibc

/// Turns bursts, misses and the server's totals into hits of each namespace: running counts, and windows with intervals.
///
/// How many hits there were is known exactly, of any time; whose they were is known as long as bursts say so. Without bursts, those of
/// the last five minutes are taken to hold on; then hits wait until there are new ones. None is ever left out while misses count on.
///
/// A value without clocks. Remembers the bursts and polls of the last five minutes.
public struct SampleLedger: Sendable {
  /// The windows that are estimated, in seconds.
  public static let windows = [60, 300]
  /// Which part of its length a window must cover to be told, within polls as they come; and how much more at most.
  private static let coverage = 0.7...1.3
  /// Seconds by which misses and lookups may be of different times.
  private static let lag = 0.1
  /// For how many milliseconds bursts and polls are remembered, and how much later than they are due they may come.
  private static let memory: Int64 = 300_000
  private static let lateness: Int64 = 5000
  /// Of how many milliseconds hits are taken to be alike.
  private static let minute: Int64 = 60_500
  /// For how many milliseconds there must have been bursts until hits of a longer time are spread: two alone would say whose the hits of
  /// hours were.
  private static let leastBasis: Int64 = 10_000
  /// Within about how many milliseconds what a burst saw is told.
  private static let delay = 3000.0
  /// Fewer misses of a namespace in a minute don't say when its hits came.
  private static let leastMisses = 5.0

  private struct Burst: Sendable {
    var time: Int64
    var milliseconds: Double
    var counts: BurstCounts
  }

  private struct Poll: Sendable {
    var time: Int64
    /// All hits since the first poll, whichever process counted them.
    var hits: Int64
    var misses: [Int64]
  }

  private var bursts: [Burst] = []
  /// Those that are remembered, and the one until which hits are spread.
  private var polls: [Poll] = []
  /// What the server's process said last, and when.
  private var server: (process: String?, hits: Int64, time: Int64)?
  /// The time from which on windows may begin; nil until the next poll.
  private var beginning: Int64?
  private var told: [Int64]
  /// Of which namespaces a burst ever saw a read.
  private var wasRead: [Bool]
  private var pending: Int64 = 0
  /// Until when hits are spread.
  private var spread: Int64 = 0
  private var allotment: HitAllotment
  private var isWaiting = true
  private(set) var taken: Int64 = 0
  private(set) var skipped: [SampleSkip: Int64] = [:]
  private(set) var milliseconds = 0.0

  /// A ledger for so many namespaces.
  public init(namespaces: Int) {
    told = Array(repeating: 0, count: namespaces + 1)
    wasRead = Array(repeating: false, count: namespaces + 1)
    allotment = HitAllotment(namespaces: namespaces + 1)
  }

  /// Counts by other namespaces from now on, of which `places` says where they and keys of none were before; nil for those that are
  /// new. Running counts go on, windows begin anew.
  public mutating func redefine(_ places: [Int?]) {
    told = places.map { $0.map { told[$0] } ?? 0 }
    wasRead = places.map { $0.map { wasRead[$0] } ?? false }
    allotment = HitAllotment(namespaces: places.count)
    bursts = []
    polls = polls.suffix(1).map { last in
      Poll(time: last.time, hits: last.hits, misses: places.map { $0.map { last.misses[$0] } ?? 0 })
    }
    beginning = polls.last?.time
    isWaiting = true
  }

  /// Takes a burst that ended at `now`, in milliseconds of a steady clock, saw all commands of so many, and held MONITOR for a little
  /// longer.
  public mutating func add(_ counts: BurstCounts, at now: Int64, milliseconds: Double, held: Double? = nil) {
    var counts = counts
    counts.lifetimes = []
    for index in wasRead.indices where counts.reads[index] > 0 { wasRead[index] = true }
    bursts.append(Burst(time: now, milliseconds: milliseconds, counts: counts))
    taken += 1
    self.milliseconds += held ?? milliseconds
    bursts.removeAll { $0.time < now - Self.memory - Self.lateness }
  }

  /// Notes a burst that was not made.
  public mutating func skip(_ reason: SampleSkip) { skipped[reason, default: 0] += 1 }

  /// Takes a poll: all hits as the server's `process` counts them, and all misses by namespace, the last for keys of none.
  ///
  /// Call it only while notifications are heard. Of a poll that failed, with `nil` hits, nothing is lost: the next one tells of its
  /// time, too. Hits that fell are taken to have begun at 0, and so are those of another process that began since; new windows begin. One
  /// that is older, as after a failover, has counted on its own: none of its hits is known to be of the time since.
  ///
  /// - Parameter uptime: For how many seconds that process runs; nil where nobody knows.
  public mutating func polled(
    hits: Int64?, misses: [Int64], process: String? = nil, uptime: Int64? = nil, at now: Int64
  ) {
    guard let hits, misses.count == told.count else { return }
    defer { server = (process ?? server?.process, hits, now) }
    guard let server, let before = polls.last, !zip(misses, before.misses).contains(where: { $0 < $1 }) else {
      polls = [Poll(time: now, hits: 0, misses: misses)]
      (beginning, spread) = (now, now)
      return
    }
    let isOther = process ?? server.process != server.process
    let growth =
      isOther
      ? (ProcessAge.began(uptime, within: now - server.time) ? hits : 0)
      : hits < server.hits ? hits : hits.saturatingDifference(server.hits)
    if isOther || hits < server.hits || beginning == nil { beginning = now }
    let poll = Poll(time: now, hits: before.hits.saturatingSum(growth), misses: misses)
    pending = pending.saturatingSum(growth)
    spreadHits(to: poll)
    polls.append(poll)
    polls.removeAll { $0.time < now - Self.memory - Self.lateness && $0.time != spread }
  }

  /// Notifications are not heard: what is counted meanwhile belongs to no window, since whose misses it has is an estimate.
  public mutating func interrupt() { beginning = nil }

  /// What is known now.
  public var report: SampleReport {
    SampleReport(
      bursts: taken, seconds: milliseconds / 1000, skips: skipped, hits: Array(told.dropLast()),
      unclassifiedHits: told[told.count - 1], isWaiting: isWaiting,
      isKnown: told.indices.dropLast().map { wasRead[$0] },
      windows: Self.windows.compactMap { window($0) })
  }

  /// Spreads the hits that wait over the namespaces as those of the last minute were; where they wait for longer, as those of all that
  /// time. Without a burst in it, those of the last five minutes say whose they are.
  private mutating func spreadHits(to end: Poll) {
    guard pending > 0, let start = polls.first(where: { $0.time >= min(end.time - Self.minute, spread) }) else {
      spread = end.time
      return
    }
    let first = bursts.first { $0.time > end.time - Self.memory }?.time ?? end.time
    let isBased = end.time - spread <= Self.minute || end.time - first >= Self.leastBasis
    let isSteady = end.time - spread <= Self.leastBasis
    let estimates = isBased ? estimate(from: start, to: end) ?? estimateByThoseBefore(from: start, to: end) : nil
    let sum = estimates?.reduce(0) { $0 + $1.hits } ?? 0
    guard let estimates, sum > 0 else {
      // Fewer are what rounding left.
      if pending >= Int64(told.count) { isWaiting = true } else { spread = end.time }
      return
    }
    // What rounding leaves waits for the next poll, so that small namespaces get theirs in time.
    let minute = estimates.map(\.hits)
    if isSteady { credit(minute, from: start, to: end) }
    let exact =
      isSteady
      ? allotment.parts(
        of: Double(pending), due: 1 - exp(Double(spread - end.time) / Self.delay), minute: minute)
      : allotment.byMinute(Double(pending), minute)
    for index in exact.indices {
      let part = min(pending, Int64(saturating: exact[index].rounded(.down)))
      told[index] = told[index].saturatingSum(part)
      pending -= part
    }
    (spread, isWaiting) = (end.time, false)
  }

  /// Puts to each namespace's account what bursts saw of it since the last poll, scaled so that the bursts of the time since `start` give
  /// what that time's hits are. What few of them saw has hits when it has misses.
  private mutating func credit(_ minute: [Double], from start: Poll, to end: Poll) {
    let within = within(start, end)
    let times = [start.time] + within.map(\.time)
    let weights = within.indices.map { Double(times[$0 + 1] - times[$0]) / max(1, within[$0].milliseconds) }
    let first = within.firstIndex { $0.time > spread } ?? within.count
    let last = polls.last { $0.time <= spread } ?? start
    let (all, latest) = (Self.misses(from: start, to: end), Self.misses(from: last, to: end))
    let sum = minute.reduce(0, +)
    for index in minute.indices {
      var (sights, seen, seenSince) = (0, 0.0, 0.0)
      for place in within.indices where within[place].counts.reads[index] > 0 {
        let hits = within[place].counts.hits(of: index) * weights[place]
        sights += 1
        seen += hits
        if place >= first { seenSince += hits }
      }
      let part =
        sights >= HitEstimator.fewest && seen > 0
        ? seenSince / seen
        : all[index] >= Self.leastMisses ? latest[index] / all[index] : Double(pending) / max(1, sum)
      allotment.add(part * minute[index], to: index)
    }
  }

  private func window(_ seconds: Int) -> SampleWindow? {
    guard let end = polls.last, let beginning else { return nil }
    // Polls are late now and then, and may be rare: that which is nearest to the window's begin begins it.
    let due = end.time - Int64(seconds) * 1000
    let known = polls.lazy.filter { $0.time >= beginning && $0.time < end.time }
    guard let start = known.min(by: { abs($0.time - due) < abs($1.time - due) }) else { return nil }
    let covered = Self.seconds(from: start, to: end)
    guard Self.coverage.contains(covered / Double(seconds)), let estimates = estimate(from: start, to: end) else {
      return nil
    }
    let all = Self.misses(from: start, to: end)
    let isKnown = self.isKnown
    let ratios = all.indices.dropLast().map { index in
      isKnown[index] ? Self.ratio(estimates[index], misses: all[index], over: covered) : nil
    }
    return SampleWindow(
      seconds: seconds, coveredSeconds: covered, bursts: within(start, end).count, ratios: ratios)
  }

  /// Of which namespaces the bursts that are remembered say anything: not where they saw no read, nor where they saw more lookups miss
  /// than there were, so that it is read by commands which are not known for lookups.
  private var isKnown: [Bool] {
    var (reads, misses) = (told.map { _ in 0.0 }, told.map { _ in 0.0 })
    for burst in bursts {
      for index in reads.indices {
        reads[index] += Double(burst.counts.reads[index])
        misses[index] += Double(burst.counts.misses[index])
      }
    }
    // A burst that ends between a miss and its command hears of one only.
    return zip(reads, misses).map { $0 > 0 && $1 <= 1.05 * $0 + 3 * $1.squareRoot() + 3 }
  }

  /// A hit ratio by its odds, whose error is as likely up as down also where hits are few or misses are.
  private static func ratio(_ estimate: HitEstimate, misses: Double, over seconds: Double) -> SampledRatio? {
    let lookups = estimate.hits + misses
    guard lookups > 0 else { return nil }
    let ratio = estimate.hits / lookups
    // Notifications lag behind INFO by some hundredths of a second, which weighs in short windows only.
    let lag = Self.lag / seconds * ratio * (1 - ratio)
    let half = HitEstimator.quantile(degrees: estimate.degrees) * estimate.error
    guard misses > 0 else { return SampledRatio(ratio: ratio, interval: ratio...ratio) }
    // Of a namespace without hits the error alone says how many there may be.
    let factor = estimate.hits > 0 ? exp(half / estimate.hits) : .infinity
    let low = estimate.hits / (estimate.hits + misses * factor)
    let most = factor.isFinite ? max(estimate.hits * factor, estimate.hits + half) : estimate.hits + half
    return SampledRatio(
      ratio: ratio, interval: max(0, low.isFinite ? low - lag : 0)...min(1, most / (most + misses) + lag))
  }

  /// Hits by the bursts within a time; nil where these say nothing.
  private func estimate(from start: Poll, to end: Poll) -> [HitEstimate]? {
    let within = within(start, end)
    let held = within.reduce(0) { $0 + $1.milliseconds } / 1000
    let misses = Self.misses(from: start, to: end)
    return HitEstimator.estimate(
      bursts: within.map(\.counts), weights: weights(within, from: start, to: end),
      reads: Double(end.hits.saturatingDifference(start.hits)) + misses.reduce(0, +),
      misses: misses, duty: held / Self.seconds(from: start, to: end), earlier: bursts.map(\.counts))
  }

  /// How much each of these bursts counts; nil where all count alike, as those of a time of which the first are forgotten do: none stands
  /// for the time before them.
  private func weights(_ bursts: [Burst], from start: Poll, to end: Poll) -> BurstWeights? {
    guard end.time - start.time <= Self.memory + Self.lateness else { return nil }
    return BurstWeights(
      bursts.map { BurstWeights.Burst(time: $0.time, milliseconds: $0.milliseconds, hits: $0.counts.hits) },
      in: start.time...end.time)
  }

  /// Hits of a time without bursts, by those of the last five minutes.
  private func estimateByThoseBefore(from start: Poll, to end: Poll) -> [HitEstimate]? {
    guard end.time - start.time <= Self.memory else { return nil }
    let misses = Self.misses(from: start, to: end)
    return HitEstimator.estimate(
      bursts: bursts.filter { $0.time > end.time - Self.memory }.map(\.counts),
      reads: Double(end.hits.saturatingDifference(start.hits)) + misses.reduce(0, +), misses: misses, duty: 0)
  }

  private func within(_ start: Poll, _ end: Poll) -> [Burst] {
    bursts.filter { $0.time > start.time && $0.time <= end.time }
  }

  private static func misses(from start: Poll, to end: Poll) -> [Double] {
    zip(end.misses, start.misses).map { Double($0.saturatingDifference($1)) }
  }

  private static func seconds(from start: Poll, to end: Poll) -> Double { Double(end.time - start.time) / 1000 }
}
