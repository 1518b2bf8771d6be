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

  /// `yesterday` gives the lowest hit rate around this time yesterday, where history has it; asked only for a fall.
  func outcome(yesterday: () -> Double?) -> Outcome {
    let recent = source.windows[300]
    guard recent.lookups >= policy.minimumLookups, let ratio = recent.ratio,
      let level = source.normal.level(at: now)
    else { return .unknown }
    guard matters(from: level.ratio, to: ratio, share: 0.5) else { return .none }
    let deviations = (level.ratio - ratio) / standardError(ratio, recent.lookups, level)
    var isRaised = deviations >= policy.fallingDeviations && matters(from: level.ratio, to: ratio, share: 1)
    if isRaised, let past = yesterday() { isRaised = matters(from: past, to: ratio, share: 1) }
    return .fall(Fall(recent: recent, ratio: ratio, normal: level, deviations: deviations, isRaised: isRaised))
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
