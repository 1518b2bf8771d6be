internal import CacheModel

/// How memory in use moved over the last hour: a straight line through its values of each minute.
///
/// It keeps the values itself, 61 of them, so that it costs history nothing. A restart of cachegauge begins it anew.
struct MemoryTrend: Sendable {
  /// A line, how well it fits, and how long it is.
  struct Line {
    /// Bytes a second.
    var slope: Double
    /// Share of the variance that the line explains, 0…1: near 1 for steady growth, low for what rises and falls.
    var fit: Double
    /// From the first value to the last.
    var seconds: Double
  }

  private static let capacity = 61
  private var values: [(time: UnixTime, bytes: Double)] = []

  /// Takes the memory in use at a poll; one value a minute is kept.
  mutating func add(_ bytes: Double, at now: UnixTime) {
    if let last = values.last {
      guard now >= last.time else { return values = [(now, bytes)] }
      guard now.seconds(since: last.time) >= 60 else { return }
    }
    values.removeAll { now.seconds(since: $0.time) > 3600 }
    if values.count == Self.capacity { values.removeFirst() }
    values.append((now, bytes))
  }

  /// The line through the values of the last `seconds`; nil with fewer than three of them.
  func line(over seconds: Double) -> Line? {
    guard let last = values.last else { return nil }
    let used = values.drop { last.time.seconds(since: $0.time) > seconds }
    guard used.count >= 3, let first = used.first else { return nil }
    let count = Double(used.count)
    let times = used.map { $0.time.seconds(since: first.time) }
    let (meanTime, meanBytes) = (times.reduce(0, +) / count, used.reduce(0) { $0 + $1.bytes } / count)
    var (square, product, variance) = (0.0, 0.0, 0.0)
    for (time, value) in zip(times, used) {
      square += (time - meanTime) * (time - meanTime)
      product += (time - meanTime) * (value.bytes - meanBytes)
      variance += (value.bytes - meanBytes) * (value.bytes - meanBytes)
    }
    guard square > 0 else { return nil }
    let fit = variance > 0 ? min(1, product * product / (square * variance)) : 1
    return Line(slope: product / square, fit: fit, seconds: last.time.seconds(since: first.time))
  }
}
