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

  /// All steps of one series.
  func run(_ reader: SeriesReader) throws(RingCorruption) -> [Point] {
    var run = EdgeRun(self, reader)
    try run.advance(before: .max)
    return run.points
  }
}

/// The progress of one series' query. Several can take turns, block by block, over the same scratch memory.
struct EdgeRun {
  private let query: EdgeQuery
  private let reader: SeriesReader
  private var walker: EdgeWalker
  private(set) var points: [Point] = []
  private var next: Int64
  private var before: EdgeWalker.Sample?
  private var isStarted = false
  private(set) var isDone = false

  init(_ query: EdgeQuery, _ reader: SeriesReader) {
    self.query = query
    self.reader = reader
    walker = EdgeWalker(reader, gap: query.gap)
    let (length, overflow) = query.to.subtractingReportingOverflow(query.from)
    if !overflow { points.reserveCapacity(min(4096, Int(length / query.step) + 1)) }
    next = query.from
  }

  /// Takes the steps whose edges lie before `limit`.
  mutating func advance(before limit: Int64) throws(RingCorruption) {
    walker.resume()
    if !isStarted && query.function != .last {
      let edge = query.from.saturatingMinus(query.step)
      if edge >= limit { return }
      before = try walker.edge(edge)
    }
    isStarted = true
    while !isDone && (next < limit || limit == .max) {
      let sample = try walker.edge(next)
      if let point = point(next, sample) { points.append(point) }
      before = sample
      let (following, overflow) = next.addingReportingOverflow(query.step)
      if overflow || following > query.to { isDone = true } else { next = following }
    }
  }

  @inline(__always)
  private func point(_ time: Int64, _ now: EdgeWalker.Sample?) -> Point? {
    guard let now, time.saturatingMinus(now.time) <= now.gap else { return nil }
    if query.function == .last {
      return Point(time: time, value: FixedPoint(now.state.value, digits: now.state.scale).double)
    }
    guard let start = baseline(time.saturatingMinus(query.step)) else { return nil }
    let growth = now.state.growth(since: start.state, isCounter: reader.view.isCounter)
    if query.function == .increase { return Point(time: time, value: growth) }
    let span = now.time &- start.time
    return span > 0 ? Point(time: time, value: growth * 1000 / Double(span)) : nil
  }

  /// The sample before the window, unless it lies across a hole; the birth of a series born inside the window.
  private func baseline(_ edge: Int64) -> EdgeWalker.Sample? {
    let birth = reader.view.birth
    if birth.time > edge {
      let state = CounterState(value: birth.value, adjustment: 0, scale: birth.scale)
      return EdgeWalker.Sample(time: birth.time, state: state, gap: query.gap)
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
  private var stateAtEnd = CounterState(value: 0, adjustment: 0, scale: 0)
  private var sampleAtEnd: Sample?
  private var regular: Regular?
  private var constantAdjustment: Int64?
  private var isLoaded = false
  private var hasColumn = false
  /// Where the next segment begins, and the one behind it.
  private var end: Int64 = .min
  private var following: Int64 = .min

  init(_ reader: SeriesReader, gap: Int64) {
    self.reader = reader
    self.gap = gap
  }

  /// Others may have used the scratch memory since.
  mutating func resume() { regular = nil }

  @inline(__always)
  mutating func edge(_ time: Int64) throws(RingCorruption) -> Sample? {
    if let regular, time < end { return regular.sample(time, reader.column, gap) }
    return try anyEdge(time)
  }

  private mutating func anyEdge(_ time: Int64) throws(RingCorruption) -> Sample? {
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

  /// Notes the state behind the last row of the loaded segment.
  private mutating func noteEnd() throws(RingCorruption) {
    let rows = reader.rows(segment)
    let value = hasColumn ? reader.column[rows - 1] : carried.value
    stateAtEnd = CounterState(
      value: value, adjustment: constantAdjustment ?? totals[rows - 1], scale: reader.scale(segment))
    sampleAtEnd = reader.column.isPresent(rows - 1) ? try sample(rows - 1) : nil
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
    let target = segment >= 0 && time < following ? segment + 1 : reader.segment(atOrBefore: time)
    end = target + 1 < reader.count ? reader.firstTime(target + 1) : .max
    following = target + 2 < reader.count ? reader.firstTime(target + 2) : .max
    if target == segment || target < 0 { return }
    if target == 0 {
      carried = try reader.carried(into: 0)
    } else if target == segment + 1, isLoaded, target < reader.view.blocks.count, segment >= reader.view.rollups {
      if let sampleAtEnd { previous = sampleAtEnd }
      carried = stateAtEnd
    } else {
      segment = target - 1
      previous = try newestSample()
      carried = try reader.carried(into: target)
    }
    segment = target
    isLoaded = false
    regular = nil
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
    hasColumn = try reader.load(segment)
    if isLoaded {
      noteRegular()
      return
    }
    isLoaded = true
    constantAdjustment = try reader.constantAdjustment(segment, before: carried)
    if constantAdjustment == nil {
      totals.removeAll(keepingCapacity: true)
      var adjustments: [Int64] = []
      try reader.walk(segment, before: carried) { _, state in adjustments.append(state.adjustment) }
      totals = adjustments
    }
    try noteEnd()
    noteRegular()
  }

  private mutating func noteRegular() {
    guard let block = reader.block(segment), let step = block.regularStep, let constantAdjustment,
      reader.column.isUniform, reader.column.startsPresent
    else { return }
    regular = Regular(
      firstTime: block.firstTime, lastTime: block.lastTime, step: step, lastRow: block.rows - 1,
      constant: hasColumn ? nil : carried.value, adjustment: constantAdjustment, scale: reader.scale(segment))
  }

  /// A loaded segment that is sampled at every step of the clock and not reset: the common case.
  private struct Regular {
    var firstTime: Int64
    var lastTime: Int64
    var step: Int64
    var lastRow: Int
    var constant: Int64?
    var adjustment: Int64
    var scale: UInt8

    /// `time` lies at or behind the segment's first row.
    @inline(__always)
    func sample(_ time: Int64, _ column: Column, _ gap: Int64) -> Sample {
      let isLast = time >= lastTime
      let row = isLast ? lastRow : Int((time &- firstTime) / step)
      let value = constant ?? column[row]
      return Sample(
        time: isLast ? lastTime : firstTime &+ Int64(row) &* step,
        state: CounterState(value: value, adjustment: adjustment, scale: scale), gap: gap)
    }
  }
}
