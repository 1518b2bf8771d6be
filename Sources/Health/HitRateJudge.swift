internal import CacheModel

/// Verdicts on one source's hit rate at one moment.
///
/// A window has *missed* a threshold when its whole interval lies below it, its ratio lies below what the threshold
/// tolerates, and the recent window agrees that it goes on. The interval is that of 99.9 %, not the 95 % that is shown:
/// a verdict is given every second, and one at 95 % would be wrong several times a day. A raised warning clears when some
/// window that began after it (five minutes at least) shows the ratio above the tolerated one by
/// ``clearDeviations`` standard errors, or has no miss at all. In between nothing changes: that is the hysteresis.
struct HitRateJudge {
  let now: UnixTime
  let source: HitRateSource
  let policy: HealthPolicy
  /// Standard errors that a ratio must be good by for its warning to clear.
  static let clearDeviations = 1.0

  /// A window that has missed a threshold, and the recent one that agrees.
  struct Miss {
    var rule: BurnRule
    var threshold: Double
    var long: HitRateWindow
    var recent: HitRateWindow
  }

  /// What a threshold's check comes to.
  enum Outcome {
    case unknown
    case met
    case undecided
    case missed(Miss)
  }

  /// Whether any window has enough lookups, old and recent, for a verdict.
  var hasEvidence: Bool {
    BurnRule.judgedWindows.contains { evidence($0) != nil }
  }

  /// The shortest judged window with evidence: what is told where no rule fired.
  var representative: HitRateWindow? {
    BurnRule.judgedWindows.lazy.compactMap { evidence($0)?.long }.first
  }

  /// Checks `target` by `rules`, of which misses up to `tolerance` times those allowed are let pass. `since` is the age
  /// of the warning, which decides which windows may clear it.
  func outcome(of target: Double, by rules: [BurnRule], tolerance: Double, since: UnixTime?) -> Outcome {
    let tolerated = BurnRule(seconds: 0, factor: tolerance, severity: .warning).threshold(for: target)
    for rule in rules where rule.tells(of: target) {
      let threshold = rule.threshold(for: target)
      let most = min(threshold, tolerated)
      guard let (long, recent) = evidence(rule.seconds), let ratio = long.ratio, ratio < most,
        long.misses >= policy.minimumMisses, let now = recent.ratio, now < most,
        BinomialInterval.isBelow(
          threshold, hits: long.hits, lookups: long.lookups, inflation: inflation(of: long))
      else { continue }
      return .missed(Miss(rule: rule, threshold: threshold, long: long, recent: recent))
    }
    guard hasEvidence else { return .unknown }
    return isMet(tolerated, since) ? .met : .undecided
  }

  private func isMet(_ threshold: Double, _ since: UnixTime?) -> Bool {
    let age = since.map { now.seconds(since: $0) } ?? .infinity
    return source.windows.windows.contains { window in
      guard window.seconds >= 300, Double(window.seconds) <= max(300, age), window.lookups >= policy.minimumLookups
      else { return false }
      let bounds = BinomialInterval.wilson(
        hits: window.hits, lookups: window.lookups, inflation: inflation(of: window), z: Self.clearDeviations)
      return window.misses == 0 || (bounds?.lowerBound ?? 0) > threshold
    }
  }

  private func inflation(of window: HitRateWindow) -> Double {
    window.seconds <= 300 ? source.inflation.short : source.inflation.long
  }

  /// A window with enough lookups for a verdict, and the recent window within it: the shortest that has enough as
  /// well, of at most a fifth of its length; else the longest of those, if it has any to speak of.
  private func evidence(_ seconds: Int) -> (long: HitRateWindow, recent: HitRateWindow)? {
    let long = source.windows[seconds]
    guard long.lookups >= policy.minimumLookups else { return nil }
    let shorter = source.windows.windows.prefix { $0.seconds <= max(60, seconds / 5) }
    let recent =
      shorter.first { $0.lookups >= policy.minimumLookups }
      ?? shorter.last { $0.lookups >= policy.minimumRecentLookups }
    return recent.map { (long, $0) }
  }
}
