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

  /// The values of a series in a planned segment.
  struct PlannedValues {
    /// Nil where the series is constant.
    var column: Column?
    var constant: Int64
    var adjustment: Int64
    var scale: UInt8

    @inline(__always)
    func sample(_ edge: EdgePlan.Edge, _ gap: Int64) -> Sample {
      let value = column?[edge.row] ?? constant
      return Sample(
        time: edge.sampleTime, state: CounterState(value: value, adjustment: adjustment, scale: scale), gap: gap)
    }
  }

  /// Moves to the segment of the plan; nil where the series is absent from some row of it or reset in it.
  mutating func enter(_ plan: EdgePlan) throws(RingCorruption) -> PlannedValues? {
    let index = reader.view.index
    let block = plan.block
    guard reader.block(plan.segment) === block, block.startsPresent(index) else { return nil }
    if segment == plan.segment - 1, isLoaded, segment >= reader.view.rollups {
      follow(to: plan.segment)
      end = plan.end
      following = plan.following
    } else {
      try advance(to: plan.edges[0].time)
      if segment != plan.segment { return nil }
    }
    var values = PlannedValues(
      constant: carried.value, adjustment: carried.adjustment, scale: block.scale(index))
    if let head = try block.head(index) {
      guard head.toggles.isEmpty, !head.falls else { return nil }
      values.adjustment = head.correction?.start ?? values.adjustment
    }
    values.column = try reader.column(of: plan)
    noteEnd(plan, values)
    return values
  }

  /// Notes the state behind the last row of a planned segment.
  private mutating func noteEnd(_ plan: EdgePlan, _ values: PlannedValues) {
    let rows = plan.block.rows
    let value = values.column?[rows - 1] ?? values.constant
    stateAtEnd = CounterState(value: value, adjustment: values.adjustment, scale: values.scale)
    sampleAtEnd = Sample(time: plan.block.lastTime, state: stateAtEnd, gap: gap)
    isLoaded = true
    regular = nil
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
      follow(to: target)
      return
    } else {
      segment = target - 1
      previous = try newestSample()
      carried = try reader.carried(into: target)
    }
    segment = target
    isLoaded = false
    regular = nil
  }

  /// Moves on from the end of a loaded segment.
  private mutating func follow(to target: Int) {
    if let sampleAtEnd { previous = sampleAtEnd }
    carried = stateAtEnd
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
      totals.reserveCapacity(reader.column.rows)
      var adjustments: [Int64] = []
      swap(&adjustments, &totals)
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
