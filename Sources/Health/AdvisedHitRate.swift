internal import CacheModel

/// The hit rate that a prediction starts from, with its 95 % interval.
extension NamespaceCounts {
  /// Of late, but of no more than the last `seconds`, which are those of the misses that the prediction rests on: else what filled the
  /// cache, or what it was before, would be mixed with what it is now. At least of a minute and at most of an hour, which is about what
  /// predictions are of; nil where no such time is known.
  func hitRate(within seconds: Double, _ health: TargetHealth) -> SampledRatio? {
    let windows = health.namespaces.first { $0.name == definition.name }?.windows ?? []
    let window = windows.last { Double($0.seconds) <= min(3600, seconds) && $0.ratio != nil }
    guard let window, let ratio = window.ratio else {
      return [300, 60].lazy.filter { Double($0) <= seconds }.compactMap { sampled[$0] }.first
    }
    let known = SampledRatio(ratio: ratio, interval: window.interval ?? ratio...ratio)
    // Hits that bursts tell are estimates, the better the longer the time.
    guard let bursts = sampled[300] else { return known }
    let part = min(1, (300 / Double(window.seconds)).squareRoot())
    return known.widened(by: (bursts.below * part, bursts.above * part))
  }

  /// Since the application began to count, or cachegauge to watch.
  var hitRateOfAll: SampledRatio? {
    guard [.counters, .memcached, .watched].contains(origin), let hits, let misses, hits > 0, misses >= 0
    else { return nil }
    let ratio = Double(hits) / Double(hits + misses)
    return SampledRatio(ratio: ratio, interval: ratio...ratio)
  }
}

extension SampledRatio {
  /// How far its interval reaches below it, and above.
  fileprivate var below: Double { max(0, ratio - interval.lowerBound) }
  fileprivate var above: Double { max(0, interval.upperBound - ratio) }

  /// With so much doubt more, of another source.
  fileprivate func widened(by more: (below: Double, above: Double)) -> Self {
    let (low, high) = (Self.together(below, more.below), Self.together(above, more.above))
    return Self(ratio: ratio, interval: max(0, ratio - low)...min(1, ratio + high))
  }

  /// What this hit rate becomes when such a part of the misses turn into hits; both are known to some error only.
  func after(sparing part: Self) -> Self {
    let left = 1 - part.ratio
    let result = ratio + (1 - ratio) * part.ratio
    let spared = Self(
      ratio: result, interval: (result - (1 - ratio) * part.below)...(result + (1 - ratio) * part.above))
    return spared.widened(by: (left * below, left * above))
  }

  private static func together(_ one: Double, _ other: Double) -> Double {
    (one * one + other * other).squareRoot()
  }
}
