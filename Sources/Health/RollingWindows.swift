internal import CacheModel

/// Hits and misses of one source over the windows from a minute to a day.
///
/// A window is read again at most once every 1/60 of its length, those up to five minutes out of what the last polls gave, so
/// that a poll hardly asks history at all; which poll it is depends on `stagger`, so that sources don't all read at once.
struct RollingWindows: Sendable {
  /// Lengths in seconds, shortest first. The second is for verdicts only: a fall has to be seen within three minutes.
  static let lengths = [60, 120, 300, 900, 3600, 21_600, 86_400]

  /// Shortest first.
  private(set) var windows = lengths.map {
    HitRateWindow(seconds: $0, hits: 0, misses: 0, coveredSeconds: 0, interval: nil)
  }
  private let series: (hits: String, misses: String)
  private let stagger: Int64
  private var turns: [Int64] = Array(repeating: .min, count: lengths.count)

  init(hits: String, misses: String, stagger: Int64) {
    series = (hits, misses)
    self.stagger = stagger
  }

  /// Those that are shown.
  var published: [HitRateWindow] { windows.filter { $0.seconds != 120 } }

  /// The window of that length, which must be one of ``lengths``.
  subscript(_ seconds: Int) -> HitRateWindow {
    guard let index = Self.lengths.firstIndex(of: seconds) else {
      preconditionFailure("callers name one of the lengths")
    }
    return windows[index]
  }

  /// Reads again what is due at `now`, everything if `isForced`. `inflation` is that of windows up to 5 minutes and of
  /// longer ones.
  mutating func refresh(
    at now: UnixTime, _ history: some History, _ recent: RecentCounts, _ coverage: Coverage, interval: Double,
    inflation: (short: Double, long: Double), isForced: Bool
  ) {
    guard let start = coverage.start else { return }
    let begin = max(start, history.oldest ?? start)
    for index in windows.indices {
      guard isDue(index, at: now, interval) || isForced else { continue }
      let from = now.adding(seconds: -Double(Self.lengths[index]))
      let counts = counts(from: coverage.clip(max(from, begin)), to: now, history, recent, coverage)
      set(index, counts, inflation)
      // What covers everything that is known is also what every longer window has.
      guard begin < from else {
        for longer in windows.indices.dropFirst(index + 1) { set(longer, counts, inflation) }
        return
      }
    }
  }

  private struct Counts {
    var hits: Double
    var misses: Double
    var covered: Double
  }

  private func counts(
    from: UnixTime, to: UnixTime, _ history: some History, _ recent: RecentCounts, _ coverage: Coverage
  ) -> Counts {
    if from < to, let growth = recent.growth(from: from, to: to) {
      return Counts(hits: growth.hits, misses: growth.misses, covered: coverage.seconds(from: from, to: to))
    }
    guard from < to, let hits = history.increase(of: series.hits, from: from, to: to),
      let misses = history.increase(of: series.misses, from: from, to: to)
    else { return Counts(hits: 0, misses: 0, covered: 0) }
    return Counts(hits: max(0, hits), misses: max(0, misses), covered: coverage.seconds(from: from, to: to))
  }

  private mutating func set(_ index: Int, _ counts: Counts, _ inflation: (short: Double, long: Double)) {
    let seconds = Self.lengths[index]
    windows[index] = HitRateWindow(
      seconds: seconds, hits: counts.hits, misses: counts.misses, coveredSeconds: counts.covered,
      interval: BinomialInterval.wilson(
        hits: counts.hits, lookups: counts.hits + counts.misses,
        inflation: seconds <= 300 ? inflation.short : inflation.long))
  }

  private mutating func isDue(_ index: Int, at now: UnixTime, _ interval: Double) -> Bool {
    let period = max(1, Int64(max(interval, Double(Self.lengths[index]) / 60) * 1000))
    let turn = (now.milliseconds + stagger * 1000) / period
    guard turn != turns[index] else { return false }
    turns[index] = turn
    return true
  }
}

extension HitRateWindow {
  var lookups: Double { hits + misses }
}
