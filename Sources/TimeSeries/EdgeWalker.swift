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
  /// What resets have added, by row, or by edge of a plan.
  private var totals: [Int64] = []
  /// By edge of a plan, where a series is not plain.
  private(set) var samples: [Sample?] = []
  private var stateAtEnd = CounterState(value: 0, adjustment: 0, scale: 0)
  private var sampleAtEnd: Sample?
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
    /// What resets have added, unless there is one inside.
    var adjustment: Int64
    var scale: UInt8
    /// Present in all rows, and no reset; otherwise what holds at the edges is in `samples`.
    var isPlain = true

    @inline(__always)
    func sample(_ edge: EdgePlan.Edge, _ gap: Int64) -> Sample {
      let value = column?[edge.row] ?? constant
      return Sample(
        time: edge.sampleTime, state: CounterState(value: value, adjustment: adjustment, scale: scale), gap: gap)
    }
  }

  /// Moves to the segment of the plan; nil where that is not one of this series' blocks.
  mutating func enter(_ plan: EdgePlan) throws(RingCorruption) -> PlannedValues? {
    let index = reader.view.index
    let block = plan.block
    guard reader.block(plan.segment) === block else { return nil }
    if segment == plan.segment - 1, isLoaded, segment >= reader.view.rollups {
      follow(to: plan.segment)
      end = plan.end
      following = plan.following
    } else {
      try advance(to: plan.edges[0].time)
      if segment != plan.segment { return nil }
    }
    let head = try block.head(index)
    let falls = head?.falls ?? false
    var values = PlannedValues(
      column: try reader.column(of: plan, isWhole: falls), constant: carried.value,
      adjustment: head?.correction?.start ?? carried.adjustment, scale: block.scale(index))
    let presence = Presence(startsPresent: block.startsPresent(index), toggles: head?.toggles ?? [])
    values.isPlain = presence.isWhole && !falls
    let last = EdgePlan.Edge(lastRowOf: block)
    if values.isPlain {
      sampleAtEnd = values.sample(last, gap)
    } else {
      if let column = values.column, falls { try noteTotals(plan, column) } else { totals.removeAll() }
      let stamps = try reader.stamps(block)
      samples.removeAll(keepingCapacity: true)
      for (at, edge) in plan.edges.enumerated() {
        if let total = at < totals.count ? totals[at] : nil { values.adjustment = total }
        samples.append(sample(edge, values, presence, stamps) ?? previous)
      }
      values.adjustment = head?.correction?.end ?? carried.adjustment
      sampleAtEnd = sample(last, values, presence, stamps)
    }
    let value = values.column?[last.row] ?? values.constant
    stateAtEnd = CounterState(value: value, adjustment: values.adjustment, scale: values.scale)
    isLoaded = true
    return values
  }

  /// The newest sample of the segment at or before an edge.
  private func sample(_ edge: EdgePlan.Edge, _ values: PlannedValues, _ presence: Presence, _ stamps: Stamps)
    -> Sample?
  {
    guard let row = presence.last(atOrBefore: edge.row) else { return nil }
    // Values are carried forward through absences.
    var sample = values.sample(edge, gap)
    sample.time = stamps.time(row)
    return sample
  }

  /// Sets `totals` to what resets have added by each of the plan's edges.
  private mutating func noteTotals(_ plan: EdgePlan, _ column: Column) throws(RingCorruption) {
    var found: [Int64] = []
    found.reserveCapacity(plan.edges.count)
    try reader.walk(plan.segment, column, before: carried) { row, state in
      while found.count < plan.edges.count, plan.edges[found.count].row == row { found.append(state.adjustment) }
    }
    totals = found
  }

  /// The newest sample at or before `time`, which is not before the one asked for last.
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

  /// Notes the state behind the last row of the loaded segment.
  private mutating func noteEnd() throws(RingCorruption) {
    let rows = reader.rows(segment)
    let value = hasColumn ? reader.column[rows - 1] : carried.value
    stateAtEnd = CounterState(
      value: value, adjustment: constantAdjustment ?? totals[rows - 1], scale: reader.scale(segment))
    var row = rows - 1
    while row >= 0 && !reader.column.isPresent(row) { row -= 1 }
    sampleAtEnd = row >= 0 ? try sample(row) : nil
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
  }

  /// Moves on from the end of a loaded segment.
  private mutating func follow(to target: Int) {
    if let sampleAtEnd { previous = sampleAtEnd }
    carried = stateAtEnd
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
    hasColumn = try reader.load(segment)
    if isLoaded { return }
    isLoaded = true
    constantAdjustment = try reader.constantAdjustment(segment, before: carried)
    if constantAdjustment == nil {
      totals.removeAll(keepingCapacity: true)
      totals.reserveCapacity(reader.column.rows)
      var adjustments: [Int64] = []
      swap(&adjustments, &totals)
      try reader.walk(segment, reader.column, before: carried) { _, state in adjustments.append(state.adjustment) }
      totals = adjustments
    }
    try noteEnd()
  }
}
