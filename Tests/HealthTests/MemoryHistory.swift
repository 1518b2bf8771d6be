import CacheModel
import Health
import Randomness

/// History in plain arrays: what the evaluator's tests append to, second by second.
struct MemoryHistory: History {
  private struct Series {
    var times: [Int64] = []
    var values: [Double] = []
    /// Value with what resets have added.
    var totals: [Double] = []
    var isCounter: Bool
  }

  private var series: [String: Series] = [:]
  private(set) var oldest: UnixTime?
  /// Seconds after which a value is too old to be the value of a moment.
  var staleness = 2.5

  mutating func append(_ name: String, _ value: Double, at time: UnixTime, isCounter: Bool = true) {
    oldest = oldest ?? time
    var one = series[name] ?? Series(isCounter: isCounter)
    // As a ring: a row that is not later than the newest is refused.
    if let newest = one.times.last, newest >= time.milliseconds { return }
    series[name] = nil
    let last = one.values.last ?? value
    let growth = one.isCounter && value < last ? value : value - last
    one.totals.append((one.totals.last ?? 0) + growth)
    one.times.append(time.milliseconds)
    one.values.append(value)
    series[name] = one
  }

  func increase(of name: String, from: UnixTime, to: UnixTime) -> Double? {
    guard let one = series[name], let end = index(one, to) else { return nil }
    return one.totals[end] - one.totals[index(one, from) ?? 0]
  }

  func value(of name: String, at time: UnixTime) -> Double? {
    guard let one = series[name], let found = index(one, time),
      Double(time.milliseconds - one.times[found]) <= staleness * 1000
    else { return nil }
    return one.values[found]
  }

  /// The last row at or before `time`.
  private func index(_ one: Series, _ time: UnixTime) -> Int? {
    var (low, high) = (0, one.times.count)
    while low < high {
      let middle = (low + high) / 2
      if one.times[middle] <= time.milliseconds { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }
}

extension SeededRandom {
  /// Hits among `count` independent lookups that each hit with probability `p`.
  mutating func hits(of count: Int, _ p: Double) -> Int64 {
    var hits: Int64 = 0
    for _ in 0..<count where Double(next() >> 11) * 0x1p-53 < p { hits += 1 }
    return hits
  }
}
