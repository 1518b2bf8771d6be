import TimeSeries

/// A function of a window at each step, of one series. Samples are read in pieces, so that memory stays bounded.
struct WindowQuery {
  private let series: IndexedSeries
  private let function: RangeFunction
  private let window: Int64
  private let from: Int64
  private let to: Int64
  private let step: Int64

  /// Samples of a piece, unless one window has more.
  private static let pieceSamples: Int64 = 100_000
  /// Samples that are summed up while one of some thousands is put into order.
  private static let sorting = 8.0

  init(_ series: IndexedSeries, _ function: RangeFunction, window: Int64, from: Int64, to: Int64, step: Int64) {
    self.series = series
    self.function = function
    self.window = window
    self.from = from
    self.to = to
    self.step = step
  }

  /// How many samples are looked at, if there is one every period; where they are sorted, how many others could be meanwhile.
  var estimatedSamples: Double {
    guard let span = series.ring.span else { return 0 }
    let period = Double(series.ring.period)
    let kept = Double(max(0, min(to, span.newest) - max(from - window, span.oldest)))
    let steps = Double((to - from) / step + 1)
    let read = min(kept, steps * Double(window)) / period
    switch function {
    // Constant time for each window, once the samples are read.
    case .rate, .increase, .irate, .delta, .last, .count: return read
    case .average, .minimum, .maximum, .sum:
      return max(read, steps * min(Double(window), kept) / period)
    case .quantile:
      return max(read, steps * min(Double(window), kept) / period * Self.sorting)
    }
  }

  /// The points, oldest first; some of them where it is cancelled.
  func points(isCancelled: () -> Bool) -> [Point] {
    var points: [Point] = []
    var next = from
    // Single samples are left from `detail` on; before it there are summaries.
    if let detail = series.ring.detailBegin {
      while next <= to, next - window < detail, !isCancelled() {
        if next >= detail || series.ring.hasRollups, let point = rolledUp(at: next) { points.append(point) }
        next += step
      }
    }
    while next <= to, !isCancelled() {
      let last = min(to, next + stepsOfPiece * step)
      append(from: next, to: last, to: &points, isCancelled)
      next += ((last - next) / step + 1) * step
    }
    return points
  }

  /// Further steps that a piece takes beside its first.
  private var stepsOfPiece: Int64 {
    // Windows that don't touch are read one by one.
    if step > window { return 0 }
    return max(0, (Self.pieceSamples * series.ring.period - window) / step)
  }

  private func append(from: Int64, to: Int64, to points: inout [Point], _ isCancelled: () -> Bool = { false }) {
    var samples = WindowSamples(
      series.ring.samples(of: series.id, from: from - window + 1, to: to), function)
    for time in stride(from: from, through: to, by: Int(step)) where !isCancelled() {
      if let value = samples.value(function, at: time, window: window) {
        points.append(Point(time: time, value: value))
      }
    }
  }

  /// A window that begins before the first single sample: from summaries where there are some, else from what there is.
  private func rolledUp(at time: Int64) -> Point? {
    guard series.ring.hasRollups, let function = ringFunction else {
      var points: [Point] = []
      append(from: time, to: time, to: &points)
      return points.first
    }
    return series.ring.query(series.id, from: time, to: time, step: window, function).first
  }

  private var ringFunction: Function? {
    switch function {
    case .rate: .rate
    case .increase: .increase
    case .delta: series.kind == .gauge ? .increase : nil
    case .average: .avg
    case .minimum: .min
    case .maximum: .max
    case .sum: .sum
    case .last: .last
    case .quantile(let rank): .quantile(rank)
    case .count, .irate: nil
    }
  }
}
