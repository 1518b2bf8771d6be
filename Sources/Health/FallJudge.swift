internal import CacheModel

/// Whether the last five minutes lie below the source's own normal by more than chance and by enough to matter.
struct FallJudge {
  let now: UnixTime
  let source: HitRateSource
  let policy: HealthPolicy

  /// A fall, or what is left of one.
  struct Fall {
    var recent: HitRateWindow
    var ratio: Double
    var normal: Normal.Level
    /// Whether normal is that of yesterday's hour, not that of the hour before.
    var isAgainstYesterday: Bool
    /// The fall over its standard error.
    var deviations: Double
    /// Whether it is large and sure enough to raise a warning; otherwise it only keeps one.
    var isRaised: Bool
  }

  enum Outcome {
    case unknown
    case none
    case fall(Fall)
  }

  /// Normal is the same hour yesterday where history has it, else the hour before.
  func outcome() -> Outcome {
    let recent = source.windows[300]
    let yesterday = source.yesterday.level(at: HitRateSource.yesterday(now))
    guard recent.lookups >= policy.minimumLookups, let ratio = recent.ratio,
      let level = yesterday ?? source.normal.level(at: now)
    else { return .unknown }
    guard matters(from: level.ratio, to: ratio, share: 0.5) else { return .none }
    let deviations = (level.ratio - ratio) / standardError(ratio, recent.lookups, level)
    let isRaised = deviations >= policy.fallingDeviations && matters(from: level.ratio, to: ratio, share: 1)
    return .fall(
      Fall(
        recent: recent, ratio: ratio, normal: level, isAgainstYesterday: yesterday != nil, deviations: deviations,
        isRaised: isRaised))
  }

  /// The two-proportion test, with the spread between slots of five minutes where that exceeds the binomial one.
  private func standardError(_ ratio: Double, _ lookups: Double, _ level: Normal.Level) -> Double {
    let pooled = (ratio * lookups + level.ratio * level.lookups) / (lookups + level.lookups)
    let binomial = max(pooled * (1 - pooled), 1e-9) * source.inflation.short
    return (max(level.variance, binomial / lookups) + binomial / level.lookups).squareRoot()
  }

  private func matters(from normal: Double, to ratio: Double, share: Double) -> Bool {
    let drop = normal - ratio
    let growth = 1 + (policy.fallingMissGrowth - 1) * share
    return drop >= policy.fallingDrop * share
      || (drop >= policy.fallingMinimumDrop * share && 1 - ratio >= growth * (1 - normal))
  }
}
