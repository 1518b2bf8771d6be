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

    /// The last row of a block.
    init(lastRowOf block: SealedBlock) {
      self.init(
        time: block.lastTime, row: block.rows - 1, sampleTime: block.lastTime, before: (0, -1, false), gap: 0)
    }

    /// `before` is the edge before it in the block.
    @inline(__always)
    init(time: Int64, row: Int, sampleTime: Int64, before: Previous, gap: Int64) {
      self.time = time
      self.row = row
      self.sampleTime = sampleTime
      span = Double(sampleTime &- before.time)
      isFresh = time.saturatingMinus(sampleTime) <= gap
      isGrown = before.isFresh
    }
  }

  typealias Previous = (time: Int64, row: Int, isFresh: Bool)

  let block: SealedBlock
  let segment: Int
  /// Where the next segment begins, and the one behind it.
  let end: Int64
  let following: Int64
  private(set) var edges: [Edge] = []
  /// The rows of the edges and the last row, each once, rising; nil where many of the block's rows are among them.
  private(set) var rows: [Int]?

  /// The plan of a segment; nil for a journal, a rollup, and where no edge lies in it. Takes over the memory of `spare`.
  init?(
    _ query: EdgeQuery, _ reader: SeriesReader, _ segment: Int, end: Int64, reusing spare: inout [Edge]
  ) throws(RingCorruption) {
    guard segment >= reader.view.rollups, let block = reader.block(segment) else { return nil }
    self.block = block
    self.segment = segment
    self.end = end
    following = segment + 2 < reader.count ? reader.firstTime(segment + 2) : .max
    guard let first = Self.firstEdge(query, notBefore: block.firstTime) else { return nil }
    var time = first
    var used: [Int] = []
    var before: Previous = (0, -1, false)
    let expected =
      Swift.min(block.rows, Int(Swift.min(block.lastTime, query.to).saturatingMinus(first) / query.step)) + 2
    let stamps = try reader.stamps(block)
    swap(&edges, &spare)
    edges.removeAll(keepingCapacity: true)
    edges.reserveCapacity(Swift.max(2, expected))
    used.reserveCapacity(Swift.max(2, expected))
    while time < end, time <= query.to {
      let row = stamps.row(atOrBefore: time)
      let edge = Edge(time: time, row: row, sampleTime: stamps.time(row), before: before, gap: query.gap)
      edges.append(edge)
      if row != before.row { used.append(row) }
      before = (edge.sampleTime, row, edge.isFresh)
      let (next, overflow) = time.addingReportingOverflow(query.step)
      if overflow { break }
      time = next
    }
    if edges.isEmpty { return nil }
    if before.row != block.rows - 1 { used.append(block.rows - 1) }
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
