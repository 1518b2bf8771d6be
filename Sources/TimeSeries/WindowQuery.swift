/// `min`, `max`, `avg`, `sum` and quantiles: what a step needs is all samples of its window, or their summary.
struct WindowQuery {
  let from: Int64
  let to: Int64
  let step: Int64
  let gap: Int64
  let function: Function
  private var points: [Point] = []
  private var window = Window()
  /// The constant that was taken last.
  private var constant: (segment: Int, scale: UInt8, value: Int64)?
  /// The end of the current step.
  private var edge: Int64 = 0
  private var isDone = false
  private let isCounter: Bool
  /// Blocks in a row that had no sums, and those that are not asked for any after so many: a predicted column mostly stays one.
  private var refusals = 0
  private var blocksToPass = 0
  /// The rows of a block that sums are taken up to; kept for their memory.
  private var stops: [Int] = []

  /// Of a counter, or of a gauge.
  init(from: Int64, to: Int64, step: Int64, gap: Int64, function: Function, isCounter: Bool) {
    self.isCounter = isCounter
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
    var ranked = RankWindow()
    var newest = Int64.min
    var gap: Int64 = 0
  }

  mutating func run(_ reader: SeriesReader) throws(RingCorruption) -> [Point] {
    edge = from
    let begin = from.saturatingMinus(step)
    var segment = max(0, reader.segment(atOrBefore: begin))
    while segment < reader.count {
      if isDone || reader.firstTime(segment) > to { break }
      if reader.lastTime(segment) > begin { try take(segment, reader, after: begin) }
      segment = takeSummaries(from: segment + 1, reader, after: begin)
    }
    while !isDone { close() }
    return points
  }

  private mutating func take(_ segment: Int, _ reader: SeriesReader, after begin: Int64) throws(RingCorruption) {
    guard let block = reader.block(segment) else {
      moveEdge(to: reader.firstTime(segment))
      if !isDone { try takeJournal(segment, reader, after: begin) }
      return
    }
    let isRollup = segment < reader.view.rollups
    moveEdge(to: isRollup ? block.lastTime : block.firstTime)
    if isDone { return }
    if isRollup || (block.firstTime > begin && block.lastTime <= edge) {
      let gap = isRollup ? max(gap, 5 * (block.lastTime &- block.firstTime) / 2) : gap
      if try takeSummary(segment, block, reader, gap: gap) || isRollup { return }
    }
    try takeRows(segment, block, reader, after: begin)
  }

  /// Merges the plain summaries of blocks that follow one another inside the window; returns the first segment that is not one.
  private mutating func takeSummaries(from segment: Int, _ reader: SeriesReader, after begin: Int64) -> Int {
    if isDone || segment < reader.view.rollups { return segment }
    if case .quantile = function { return segment }
    var (count, low, high, sum, newest) = (window.count, window.low, window.high, window.sum, window.newest)
    let end = reader.forEachPlainSummary(from: segment, after: begin, through: edge) { block, summary in
      count += block.rows
      newest = block.lastTime
      let divisor = FixedPoint.powerOfTen(block.scale(reader.view.index))
      switch function {
      case .min: low = Swift.min(low, Double(summary.minimum) / divisor)
      case .max: high = Swift.max(high, Double(summary.maximum) / divisor)
      default: sum += summary.sum(of: block.rows) / divisor
      }
    }
    if end == segment { return end }
    (window.count, window.low, window.high, window.sum, window.newest) = (count, low, high, sum, newest)
    window.gap = gap
    return end
  }

  /// Merges the segment's summary into the window; false if it has none that serves.
  private mutating func takeSummary(_ segment: Int, _ block: SealedBlock, _ reader: SeriesReader, gap: Int64)
    throws(RingCorruption) -> Bool
  {
    if case .quantile = function { return false }
    guard let summary = try reader.summary(segment, block) else { return false }
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

  private mutating func takeRows(
    _ segment: Int, _ block: SealedBlock, _ reader: SeriesReader, after begin: Int64
  ) throws(RingCorruption) {
    if isSum, try takeSums(block, reader, after: begin) { return }
    let constant = try reader.load(segment) ? nil : try constant(in: segment, reader)
    let scale = block.scale(reader.view.index)
    let column = reader.column
    if let constant { column.fill(0, column.rows, constant) }
    let stamps = try reader.stamps(block)
    let first = block.firstTime > begin ? 0 : stamps.row(atOrBefore: begin) + 1
    let range = first..<max(first, stamps.row(atOrBefore: to) + 1)
    if column.isUniform && column.startsPresent {
      takeUniform(range, stamps, column, scale)
    } else {
      takeRuns(range, stamps, column, scale)
    }
  }

  /// Adds rows by the sums up to the windows' ends; false, with nothing done, where these can't be had without the values.
  private mutating func takeSums(_ block: SealedBlock, _ reader: SeriesReader, after begin: Int64)
    throws(RingCorruption) -> Bool
  {
    if blocksToPass > 0 {
      blocksToPass -= 1
      return false
    }
    guard try reader.hasSums(block) else {
      refusals = min(refusals + 1, 4)
      blocksToPass = (1 << refusals) - 2
      return false
    }
    refusals = 0
    let stamps = try reader.stamps(block)
    let first = block.firstTime > begin ? 0 : stamps.row(atOrBefore: begin) + 1
    let stop = max(first, stamps.row(atOrBefore: to) + 1)
    noteStops(first..<stop, stamps)
    // Where windows are short, all values are as cheap.
    guard let last = stops.last, stops.count * 3 < last else { return false }
    try reader.loadSums(block, upTo: stops)
    let column = reader.column
    let divisor = FixedPoint.powerOfTen(block.scale(reader.view.index))
    var before = -1
    for row in stops where row >= first {
      let start = max(before, first - 1)
      moveEdge(to: stamps.time(start + 1))
      if isDone { return true }
      window.sum += Double(column[row] &- (start < 0 ? 0 : column[start])) / divisor
      window.count += row - start
      window.newest = stamps.time(row)
      window.gap = gap
      before = row
    }
    return true
  }

  /// Sets `stops` to the last row of each window that has one of `rows`, and to the row before these.
  private mutating func noteStops(_ rows: Range<Int>, _ stamps: Stamps) {
    stops.removeAll(keepingCapacity: true)
    if rows.isEmpty { return }
    if rows.lowerBound > 0 { stops.append(rows.lowerBound - 1) }
    var end = edge
    var row = rows.lowerBound
    while row < rows.upperBound {
      let time = stamps.time(row)
      while end < time {
        let (next, overflow) = end.addingReportingOverflow(step)
        end = overflow ? .max : next
      }
      row = min(rows.upperBound, stamps.row(atOrBefore: end) + 1)
      stops.append(row - 1)
    }
  }

  private var isSum: Bool { function == .avg || function == .sum }

  private mutating func takeJournal(_ segment: Int, _ reader: SeriesReader, after begin: Int64)
    throws(RingCorruption)
  {
    let range = try reader.rows(segment, after: begin, through: to)
    _ = try reader.load(segment)
    let scale = reader.scale(segment)
    let column = reader.column
    let journal = reader.journal(segment)
    column.forEachPresentRun { run in
      var row = max(run.lowerBound, range.lowerBound)
      let end = min(run.upperBound, range.upperBound)
      while row < end {
        moveEdge(to: journal.block.time(row))
        if isDone { return }
        let stop = min(end, journal.block.row(atOrBefore: edge, rows: journal.rows) + 1)
        add(column, row..<stop, scale, newest: journal.block.time(stop - 1))
        row = stop
      }
    }
  }

  /// The value of a segment in which it does not change; where it did not in the one before either, as it was there.
  private mutating func constant(in segment: Int, _ reader: SeriesReader) throws(RingCorruption) -> Int64 {
    if let constant, constant.segment == segment - 1, reader.scale(segment) == constant.scale {
      self.constant?.segment = segment
      return constant.value
    }
    let value = try reader.carried(into: segment).value
    constant = (segment, reader.scale(segment), value)
    return value
  }

  /// Rows that are all present: the common case.
  private mutating func takeUniform(_ rows: Range<Int>, _ stamps: Stamps, _ column: Column, _ scale: UInt8) {
    var row = rows.lowerBound
    while row < rows.upperBound {
      moveEdge(to: stamps.time(row))
      if isDone { return }
      let stop = min(rows.upperBound, stamps.row(atOrBefore: edge) + 1)
      add(column, row..<stop, scale, newest: stamps.time(stop - 1))
      row = stop
    }
  }

  private mutating func takeRuns(_ rows: Range<Int>, _ stamps: Stamps, _ column: Column, _ scale: UInt8) {
    column.forEachPresentRun { run in
      if !isDone, !run.clamped(to: rows).isEmpty { takeUniform(run.clamped(to: rows), stamps, column, scale) }
    }
  }

  /// Adds rows that lie in the current window, the last of them stamped `newest`.
  private mutating func add(_ column: Column, _ rows: Range<Int>, _ scale: UInt8, newest: Int64) {
    window.newest = newest
    window.gap = gap
    window.count += rows.count
    switch function {
    case .min: window.low = Swift.min(window.low, Double(column.least(rows)) / FixedPoint.powerOfTen(scale))
    case .max: window.high = Swift.max(window.high, Double(column.most(rows)) / FixedPoint.powerOfTen(scale))
    case .quantile:
      window.ranked.add(column, rows, scale: scale, mayRise: isCounter)
    default: window.sum += column.sum(rows) / FixedPoint.powerOfTen(scale)
    }
  }

  private mutating func moveEdge(to time: Int64) {
    while !isDone && time > edge { close() }
  }

  /// Ends the current step and begins the next.
  private mutating func close() {
    if window.count > 0, edge.saturatingMinus(window.newest) <= window.gap {
      points.append(Point(time: edge, value: value()))
    }
    window.count = 0
    window.low = .infinity
    window.high = -.infinity
    window.sum = 0
    window.ranked.removeAll()
    let (next, overflow) = edge.addingReportingOverflow(step)
    if overflow || next > to { isDone = true } else { edge = next }
  }

  private mutating func value() -> Double {
    switch function {
    case .min: window.low
    case .max: window.high
    case .avg: window.sum / Double(window.count)
    case .quantile(let rank): window.ranked.quantile(rank)
    default: window.sum
    }
  }
}
