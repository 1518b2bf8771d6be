/// The edges that lie in one segment, and where in it: the same for every series. Only for sealed blocks.
struct EdgePlan {
  struct Edge {
    var time: Int64
    var row: Int
    /// The time of the row.
    var sampleTime: Int64
    /// Milliseconds since the edge before it, as far as both rows are.
    var span: Double
    /// Outside of any hole.
    var isFresh: Bool
    /// The edge before it was, too.
    var isGrown: Bool
  }

  let block: SealedBlock
  let segment: Int
  /// Where the next segment begins, and the one behind it.
  let end: Int64
  let following: Int64
  private(set) var edges: [Edge] = []
  /// The rows of the edges and the last row, each once, rising; nil where many of the block's rows are among them.
  private(set) var rows: [Int]?

  init?(_ query: EdgeQuery, _ reader: SeriesReader, _ segment: Int, end: Int64) throws(RingCorruption) {
    guard segment >= reader.view.rollups, let block = reader.block(segment) else { return nil }
    self.block = block
    self.segment = segment
    self.end = end
    following = segment + 2 < reader.count ? reader.firstTime(segment + 2) : .max
    guard let first = Self.firstEdge(query, notBefore: block.firstTime) else { return nil }
    var time = first
    var used: [Int] = []
    let expected =
      Swift.min(block.rows, Int(Swift.min(block.lastTime, query.to).saturatingMinus(first) / query.step)) + 2
    edges.reserveCapacity(Swift.max(2, expected))
    used.reserveCapacity(Swift.max(2, expected))
    while time < end, time <= query.to {
      let row = try reader.row(segment, atOrBefore: time)
      let sampleTime = try reader.time(segment, row: row)
      let isFresh = time.saturatingMinus(sampleTime) <= query.gap
      let before = edges.last
      edges.append(
        Edge(
          time: time, row: row, sampleTime: sampleTime, span: Double(sampleTime &- (before?.sampleTime ?? 0)),
          isFresh: isFresh, isGrown: before?.isFresh ?? false))
      if used.last != row { used.append(row) }
      let (next, overflow) = time.addingReportingOverflow(query.step)
      if overflow { break }
      time = next
    }
    if edges.isEmpty { return nil }
    if used.last != block.rows - 1 { used.append(block.rows - 1) }
    if used.count * 3 < block.rows { rows = used }
  }

  /// The first edge at or behind a time: a whole number of steps from `from`, or one step before it.
  private static func firstEdge(_ query: EdgeQuery, notBefore time: Int64) -> Int64? {
    let begin = query.from.saturatingMinus(query.function == .last ? 0 : query.step)
    if begin >= time { return begin }
    let (distance, overflow) = time.subtractingReportingOverflow(begin)
    if overflow || begin == .min { return nil }
    let steps = distance / query.step + (distance % query.step == 0 ? 0 : 1)
    let (product, tooFar) = steps.multipliedReportingOverflow(by: query.step)
    let (edge, beyond) = begin.addingReportingOverflow(product)
    return tooFar || beyond ? nil : edge
  }
}
