import TimeSeries

/// The steps in which a report looks at a target's history. None is shorter than its rows lie apart, so that each has one, and what is
/// said of a step holds for as long as the step lasts.
struct PeriodSteps {
  /// Unix milliseconds: where the first step begins, and where the last one ends.
  let from: Int64
  let to: Int64
  /// Milliseconds.
  let length: Int64
  let count: Int64
  /// A longer stretch without a row is a hole, milliseconds.
  let maximumGap: Int64

  /// The steps of what history covers of (from, to]; nil where it covers nothing. `rollups` are the ring's in this time.
  init?(_ ring: Ring, from: Int64, to: Int64, rollups: [ClosedRange<Int64>]) {
    guard let span = ring.span else { return nil }
    // A step that lies outside of history in part would count whole. The first row speaks of the time since the poll before it.
    let (begin, end) = (max(from, span.oldest - ring.period), min(to, span.newest))
    guard begin < end else { return nil }
    let spacing = ring.period + (rollups.longest ?? 0)
    count = max(1, (end - begin) / max(Self.shortest(from: from, to: to), spacing))
    length = (end - begin) / count
    self.from = end - count * length
    self.to = end
    maximumGap = spacing * 5 / 2
  }

  /// The shortest step of a period, milliseconds: a few hundred of them, of ten seconds at least.
  static func shortest(from: Int64, to: Int64) -> Int64 { max(10_000, (to - from) / 240) }

  var seconds: Double { Double(length) / 1000 }
}

extension [ClosedRange<Int64>] {
  /// The length of the longest; nil where there is none.
  var longest: Int64? { map { $0.upperBound - $0.lowerBound }.max() }
}
