internal import TimeSeries

/// The samples of a stretch of one series, and functions of windows in it, by Prometheus' rules.
///
/// A window is (t − w, t]. `rate`, `increase` and `delta` extrapolate to the window's edges as Prometheus does, so that both
/// say the same of the same samples. Every fall of a value is a reset for the first two.
struct WindowSamples {
  private let times: [Int64]
  private let values: [Double]
  /// What the falls up to each sample add to it.
  private let corrections: [Double]
  private var low = 0
  private var high = 0

  init(_ samples: [(time: Int64, value: FixedPoint)], _ function: RangeFunction) {
    times = samples.map(\.time)
    values = samples.map(\.value.double)
    switch function {
    case .rate, .increase: corrections = Self.corrections(values)
    default: corrections = []
    }
  }

  private static func corrections(_ values: [Double]) -> [Double] {
    var total = 0.0
    var previous = -Double.infinity
    return values.map { value in
      if value < previous { total += previous }
      previous = value
      return total
    }
  }

  /// The function of the window of length `window` that ends at `time`; nil where it has too few samples. Times must not
  /// fall from call to call.
  mutating func value(_ function: RangeFunction, at time: Int64, window: Int64) -> Double? {
    while high < times.count, times[high] <= time { high += 1 }
    while low < high, times[low] <= time - window { low += 1 }
    guard low < high else { return nil }
    let part = values[low..<high]
    switch function {
    case .rate, .increase, .delta: return extrapolated(function, time, window)
    case .irate: return instantRate()
    case .average: return part.reduce(0, +) / Double(part.count)
    case .minimum: return part.reduce(.infinity, Swift.min)
    case .maximum: return part.reduce(-.infinity, Swift.max)
    case .sum: return part.reduce(0, +)
    case .count: return Double(part.count)
    case .last: return values[high - 1]
    case .quantile(let rank): return Self.quantile(rank, part.sorted())
    }
  }

  private func extrapolated(_ function: RangeFunction, _ time: Int64, _ window: Int64) -> Double? {
    guard high - low > 1 else { return nil }
    let isCounter = function != .delta
    let (first, last) = (low, high - 1)
    var growth = values[last] - values[first]
    if isCounter { growth += corrections[last] - corrections[first] }
    let sampled = Double(times[last] - times[first]) / 1000
    let mean = sampled / Double(last - first)
    var before = Double(times[first] - (time - window)) / 1000
    var after = Double(time - times[last]) / 1000
    // A counter was at 0 at the earliest.
    if isCounter, growth > 0, values[first] >= 0 { before = Swift.min(before, sampled * values[first] / growth) }
    if before >= mean * 1.1 { before = mean / 2 }
    if after >= mean * 1.1 { after = mean / 2 }
    let whole = growth * (sampled + before + after) / sampled
    return function == .rate ? whole * 1000 / Double(window) : whole
  }

  private func instantRate() -> Double? {
    guard high - low > 1 else { return nil }
    let (before, last) = (values[high - 2], values[high - 1])
    let growth = last < before ? last : last - before
    return growth * 1000 / Double(times[high - 1] - times[high - 2])
  }

  private static func quantile(_ rank: Double, _ sorted: [Double]) -> Double {
    guard !rank.isNaN else { return .nan }
    guard rank >= 0 else { return -.infinity }
    guard rank <= 1 else { return .infinity }
    let place = rank * Double(sorted.count - 1)
    let low = Int(place)
    let high = Swift.min(low + 1, sorted.count - 1)
    let weight = place - Double(low)
    return sorted[low] * (1 - weight) + sorted[high] * weight
  }
}
