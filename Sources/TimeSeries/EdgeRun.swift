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
    if query.function == .last { isStarted = true }
  }

  /// The edge to be looked at next; nil where there is none before `limit`.
  private func pending(before limit: Int64) -> Int64? {
    if isDone { return nil }
    let edge = isStarted ? next : query.from.saturatingMinus(query.step)
    return edge < limit || limit == .max ? edge : nil
  }

  /// Takes the steps whose edges lie before `limit`.
  mutating func advance(before limit: Int64) throws(RingCorruption) {
    while let edge = pending(before: limit) { take(edge, try walker.edge(edge)) }
  }

  /// Ends the step at an edge, whose sample is given.
  private mutating func take(_ edge: Int64, _ sample: EdgeWalker.Sample?) {
    if isStarted {
      if let point = point(edge, sample) { points.append(point) }
      moveOn()
    }
    isStarted = true
    before = sample
  }

  private mutating func moveOn() {
    let (following, overflow) = next.addingReportingOverflow(query.step)
    if overflow || following > query.to { isDone = true } else { next = following }
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

extension EdgeRun {
  /// Takes all edges of a segment at once; false, with nothing done, where the segment is not one of the series'. The same
  /// points as `advance` gives, for a fraction of the cost.
  mutating func take(_ plan: EdgePlan) throws(RingCorruption) -> Bool {
    guard let first = plan.edges.first, pending(before: .max) == first.time, let values = try walker.enter(plan)
    else { return false }
    if values.isPlain, reader.view.birth.time < first.time.saturatingMinus(query.step) {
      takePlain(plan, first, values)
    } else {
      for (at, edge) in plan.edges.enumerated() {
        take(edge.time, values.isPlain ? values.sample(edge, query.gap) : walker.samples[at])
      }
    }
    return true
  }

  /// The edges of a segment in which the series is sampled at each row and not reset.
  private mutating func takePlain(_ plan: EdgePlan, _ first: EdgePlan.Edge, _ values: EdgeWalker.PlannedValues) {
    let isCounter = reader.view.isCounter
    var rest = plan.edges[...]
    var sample = values.sample(first, query.gap)
    // The first window begins in an earlier segment, which may have had other digits.
    if isStarted, let point = point(first.time, sample) { points.append(point) }
    rest.removeFirst()
    for edge in rest {
      let earlier = sample
      sample = values.sample(edge, query.gap)
      guard edge.isFresh else { continue }
      switch query.function {
      case .last:
        let value = FixedPoint(sample.state.value, digits: sample.state.scale).double
        points.append(Point(time: edge.time, value: value))
      case .increase where edge.isGrown:
        points.append(
          Point(time: edge.time, value: sample.state.growth(since: earlier.state, isCounter: isCounter)))
      case _ where edge.isGrown && edge.span > 0:
        let growth = sample.state.growth(since: earlier.state, isCounter: isCounter)
        points.append(Point(time: edge.time, value: growth * 1000 / edge.span))
      default: break
      }
    }
    before = sample
    isStarted = true
    next = plan.edges[plan.edges.count - 1].time
    moveOn()
  }
}
