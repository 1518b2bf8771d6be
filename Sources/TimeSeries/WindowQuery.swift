/// `min`, `max`, `avg`, `sum` and quantiles: what a step needs is all samples of its window, or their summary.
struct WindowQuery {
  let from: Int64
  let to: Int64
  let step: Int64
  let gap: Int64
  let function: Function
  private var points: [Point] = []
  private var window = Window()
  /// The end of the current step.
  private var edge: Int64 = 0
  private var isDone = false

  init(from: Int64, to: Int64, step: Int64, gap: Int64, function: Function) {
    self.from = from
    self.to = to
    self.step = step
    self.gap = gap
    self.function = function
  }

  private struct Window {
    var count = 0
    var low = Double.infinity
    var high = -Double.infinity
    var sum = 0.0
    var values: [Double] = []
    var newest = Int64.min
    var gap: Int64 = 0
  }

  mutating func run(_ reader: SeriesReader) throws(RingCorruption) -> [Point] {
    edge = from
    let begin = from.saturatingMinus(step)
    for segment in max(0, reader.segment(atOrBefore: begin))..<max(0, reader.count) {
      if isDone || reader.firstTime(segment) > to { break }
      if reader.lastTime(segment) <= begin { continue }
      try take(segment, reader, after: begin)
    }
    while !isDone { close() }
    return points
  }

  private mutating func take(_ segment: Int, _ reader: SeriesReader, after begin: Int64) throws(RingCorruption) {
    let isRollup = segment < reader.view.rollups
    let first = reader.firstTime(segment)
    let last = reader.lastTime(segment)
    moveEdge(to: isRollup ? last : first)
    if isDone { return }
    if isRollup || (first > begin && last <= edge) {
      let gap = isRollup ? max(gap, 5 * (last &- first) / 2) : gap
      if try takeSummary(segment, reader, gap: gap) || isRollup { return }
    }
    try takeRows(segment, reader, after: begin)
  }

  /// Merges the segment's summary into the window; false if it has none that serves.
  private mutating func takeSummary(_ segment: Int, _ reader: SeriesReader, gap: Int64) throws(RingCorruption)
    -> Bool
  {
    if case .quantile = function { return false }
    guard let summary = try reader.summary(segment) else { return false }
    if summary.count == 0 { return true }
    guard let sum = summary.sum ?? (function == .min || function == .max ? 0 : nil) else { return false }
    window.count += summary.count
    window.low = Swift.min(window.low, summary.low)
    window.high = Swift.max(window.high, summary.high)
    window.sum += sum
    window.newest = summary.newest
    window.gap = gap
    return true
  }

  private mutating func takeRows(_ segment: Int, _ reader: SeriesReader, after begin: Int64) throws(RingCorruption)
  {
    let range = try reader.rows(segment, after: begin, through: to)
    let constant = try reader.load(segment) ? nil : try reader.carried(into: segment).value
    let divisor = FixedPoint.powerOfTen(reader.scale(segment))
    let isUniform = reader.column.isUniform && reader.column.startsPresent
    for row in range where isUniform || reader.column.isPresent(row) {
      let time = try reader.time(segment, row: row)
      moveEdge(to: time)
      if isDone { return }
      let value = Double(constant ?? reader.column[row]) / divisor
      window.count += 1
      window.low = Swift.min(window.low, value)
      window.high = Swift.max(window.high, value)
      window.sum += value
      window.newest = time
      window.gap = gap
      if case .quantile = function { window.values.append(value) }
    }
  }

  private mutating func moveEdge(to time: Int64) {
    while !isDone && time > edge { close() }
  }

  /// Ends the current step and begins the next.
  private mutating func close() {
    if window.count > 0, edge.saturatingMinus(window.newest) <= window.gap {
      points.append(Point(time: edge, value: value))
    }
    window.count = 0
    window.low = .infinity
    window.high = -.infinity
    window.sum = 0
    window.values.removeAll(keepingCapacity: true)
    let (next, overflow) = edge.addingReportingOverflow(step)
    if overflow || next > to { isDone = true } else { edge = next }
  }

  private var value: Double {
    switch function {
    case .min: window.low
    case .max: window.high
    case .avg: window.sum / Double(window.count)
    case .quantile(let rank): Self.quantile(rank, window.values.sorted())
    default: window.sum
    }
  }

  private static func quantile(_ rank: Double, _ sorted: [Double]) -> Double {
    guard rank >= 0 else { return -.infinity }
    guard rank <= 1 else { return .infinity }
    let place = rank * Double(sorted.count - 1)
    let low = Int(place)
    let high = Swift.min(low + 1, sorted.count - 1)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }
}
