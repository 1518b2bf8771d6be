/// `last`, `increase` and `rate`: what a step needs is the state of the series at the step's two edges.
struct EdgeQuery {
  let from: Int64
  let to: Int64
  let step: Int64
  let gap: Int64
  let function: Function

  /// The newest sample at or before an edge.
  private struct Edge {
    var time: Int64
    var state: CounterState
    /// How old the sample may be for the edge to lie outside any hole.
    var gap: Int64
  }

  func run(_ reader: SeriesReader) throws(RingCorruption) -> [Point] {
    var walker = EdgeWalker(reader, gap: gap)
    var points: [Point] = []
    var edge = from
    var before: Edge?
    if function != .last { before = try walker.edge(from.saturatingMinus(step)).map(Self.edge) }
    while true {
      let sample = try walker.edge(edge).map(Self.edge)
      if let point = point(edge, before, sample, reader, &walker) { points.append(point) }
      before = sample
      let (next, overflow) = edge.addingReportingOverflow(step)
      if overflow || next > to { return points }
      edge = next
    }
  }

  private static func edge(_ sample: EdgeWalker.Sample) -> Edge {
    Edge(time: sample.time, state: sample.state, gap: sample.gap)
  }

  private func point(
    _ time: Int64, _ before: Edge?, _ now: Edge?, _ reader: SeriesReader, _ walker: inout EdgeWalker
  ) -> Point? {
    guard let now, time.saturatingMinus(now.time) <= now.gap else { return nil }
    if function == .last {
      return Point(time: time, value: FixedPoint(now.state.value, digits: now.state.scale).double)
    }
    guard let start = baseline(before, time.saturatingMinus(step), reader) else { return nil }
    let growth = now.state.growth(since: start.state, isCounter: reader.view.isCounter)
    if function == .increase { return Point(time: time, value: growth) }
    let seconds = Double(now.time &- start.time) / 1000
    return seconds > 0 ? Point(time: time, value: growth / seconds) : nil
  }

  /// The sample before the window, unless it lies across a hole; the birth of a series born inside the window.
  private func baseline(_ before: Edge?, _ edge: Int64, _ reader: SeriesReader) -> Edge? {
    let birth = reader.view.birth
    if birth.time > edge {
      let state = CounterState(value: birth.value, adjustment: 0, scale: birth.scale)
      return Edge(time: birth.time, state: state, gap: gap)
    }
    guard let before, edge.saturatingMinus(before.time) <= before.gap else { return nil }
    return before
  }
}

/// Finds the newest sample at or before each of a rising sequence of times, decoding each block at most once.
struct EdgeWalker {
  struct Sample {
    var time: Int64
    var state: CounterState
    var gap: Int64
  }

  private let reader: SeriesReader
  private let gap: Int64
  /// The segment that contains the last edge; its state before row 0 is `carried`.
  private var segment = -1
  private var carried = CounterState(value: 0, adjustment: 0, scale: 0)
  /// The newest sample before `segment`.
  private var previous: Sample?
  private var totals: [Int64] = []
  private var constantAdjustment: Int64?
  private var isLoaded = false
  private var hasColumn = false
  private var end: Int64 = .min

  init(_ reader: SeriesReader, gap: Int64) {
    self.reader = reader
    self.gap = gap
  }

  mutating func edge(_ time: Int64) throws(RingCorruption) -> Sample? {
    if time >= end || segment < 0 { try advance(to: time) }
    if segment < 0 { return nil }
    if segment < reader.view.rollups {
      return time >= reader.lastTime(segment) ? try rollupSample() : previous
    }
    var row = try reader.row(segment, atOrBefore: time)
    try load()
    while row >= 0 && !reader.column.isPresent(row) { row -= 1 }
    if row < 0 { return previous }
    return try sample(row)
  }

  private func sample(_ row: Int) throws(RingCorruption) -> Sample {
    let value = hasColumn ? reader.column[row] : carried.value
    let adjustment = constantAdjustment ?? totals[row]
    return Sample(
      time: try reader.time(segment, row: row),
      state: CounterState(value: value, adjustment: adjustment, scale: reader.scale(segment)), gap: gap)
  }

  /// Moves to the segment of `time`, carrying the newest sample along.
  private mutating func advance(to time: Int64) throws(RingCorruption) {
    let target = reader.segment(atOrBefore: time)
    end = target + 1 < reader.count ? reader.firstTime(target + 1) : .max
    if target == segment || target < 0 { return }
    if target > 0 {
      carried = try reader.carried(into: target)
      segment = target - 1
      isLoaded = false
      previous = try newestSample()
    } else {
      carried = try reader.carried(into: 0)
    }
    segment = target
    isLoaded = false
  }

  /// The newest sample of the current segment.
  private func newestSample() throws(RingCorruption) -> Sample? {
    if segment < reader.view.rollups { return try rollupSample() }
    let rows = reader.rows(segment)
    guard try reader.isPresentAtEnd(segment) else { return nil }
    let state = try reader.state(segment, row: rows - 1)
    return Sample(time: reader.lastTime(segment), state: state, gap: gap)
  }

  private func rollupSample() throws(RingCorruption) -> Sample? {
    guard try reader.isPresentAtEnd(segment) else { return nil }
    let state = try reader.state(segment, row: reader.rows(segment) - 1)
    let length = reader.lastTime(segment) &- reader.firstTime(segment)
    return Sample(time: reader.lastTime(segment), state: state, gap: max(gap, 5 * length / 2))
  }

  private mutating func load() throws(RingCorruption) {
    if isLoaded { return }
    isLoaded = true
    carried = try reader.carried(into: segment)
    hasColumn = try reader.load(segment)
    constantAdjustment = try reader.constantAdjustment(segment, before: carried)
    if constantAdjustment == nil {
      totals.removeAll(keepingCapacity: true)
      var adjustments: [Int64] = []
      try reader.walk(segment, before: carried) { _, state in adjustments.append(state.adjustment) }
      totals = adjustments
    }
  }
}
