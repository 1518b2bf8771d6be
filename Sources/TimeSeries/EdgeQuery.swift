/// `last`, `increase` and `rate`: what a step needs is the state of the series at the step's two edges.
struct EdgeQuery {
  let from: Int64
  let to: Int64
  let step: Int64
  let gap: Int64
  let function: Function

  /// All steps of one series.
  func run(_ reader: SeriesReader) throws(RingCorruption) -> [Point] {
    var runs = [EdgeRun(self, reader)]
    try run(&runs, over: reader)
    return runs[0].points
  }

  /// All steps of several series, block by block, so that what series share is computed once. `reader` is any of theirs.
  func run(_ runs: inout [EdgeRun], over reader: SeriesReader) throws(RingCorruption) {
    let begin = from.saturatingMinus(function == .last ? 0 : step)
    // What lies before the first of them; and for each the edges before the next.
    var spare: [EdgePlan.Edge] = []
    for segment in max(-1, reader.segment(atOrBefore: begin))..<reader.count {
      let end = segment + 1 < reader.count ? reader.firstTime(segment + 1) : .max
      let plan = segment < 0 ? nil : try EdgePlan(self, reader, segment, end: end, reusing: &spare)
      if let plan {
        for at in runs.indices {
          if try !runs[at].take(plan) { try runs[at].advance(before: end) }
        }
        spare = plan.edges
      } else {
        for at in runs.indices { try runs[at].advance(before: end) }
      }
      if end > to { break }
    }
    // Another view may have more segments.
    for at in runs.indices { try runs[at].advance(before: .max) }
  }
}
