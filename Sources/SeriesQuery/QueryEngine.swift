public import CacheModel
public import TimeSeries

/// What one query may cost.
public struct QueryLimits: Sendable {
  /// Steps of one series.
  public var steps = 11_000
  /// Points of one answer, over all series.
  public var points = 1_000_000
  /// Samples that are looked at, counted once for each window that they lie in.
  public var samples = 200_000_000

  /// Prometheus' 11,000 steps, 200 million samples, and a million points: about a second of one core, and 30 MB of JSON.
  public init() {}
}

/// One series of an answer.
public struct ResultSeries: Sendable {
  /// The metric's name; nil where a function has made something else of it.
  public let name: String?
  /// In the order of `/metrics`.
  public let labels: [Label]
  /// Oldest first.
  public let points: [Point]
}

/// Answers queries from rings. Never waits, takes each ring's lock for a pointer's copy at a time, and belongs on a thread
/// that may compute for a second.
public struct QueryEngine: Sendable {
  private let sources: [SeriesSource]
  private let index: LabelIndex
  private let limits: QueryLimits
  private let isCancelled: @Sendable () -> Bool

  /// An engine over these rings. `isCancelled` is asked between series, and between windows.
  public init(
    _ sources: [SeriesSource], index: LabelIndex, limits: QueryLimits = QueryLimits(),
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.sources = sources
    self.index = index
    self.limits = limits
    self.isCancelled = isCancelled
  }

  /// The series that some selector accepts.
  public func series(matching selectors: [Selector]) -> [IndexedSeries] {
    index.series(of: sources, matching: selectors)
  }

  /// The newest sample at each step of `from`, `from` + `step`, … `to`, all in milliseconds; by name and labels.
  ///
  /// A step whose newest sample is older than 2.5 poll intervals has no point.
  public func last(_ selector: Selector, from: Int64, to: Int64, step: Int64) throws(QueryError) -> [ResultSeries] {
    let steps = try steps(from, to, step)
    let series = series(matching: [selector])
    try check(points: steps, of: series.count)
    var results: [ResultSeries] = []
    for source in sources {
      var rest = series.filter { $0.ring === source.ring }[...]
      while !rest.isEmpty {
        // Several together are cheaper, and all together could not be given up.
        try checkCancellation()
        let part = rest.prefix(64)
        rest = rest.dropFirst(64)
        let points = source.ring.query(part.map(\.id), from: from, to: to, step: step, .last)
        results += zip(part, points).map { ResultSeries(name: $0.name, labels: $0.labels, points: $1) }
      }
    }
    return sorted(results)
  }

  /// A function of the window that ends at each step; windows and steps in milliseconds.
  ///
  /// Where single samples are gone and only rollups are left, `rate` and `increase` are the ring's own (not extrapolated).
  public func call(
    _ function: RangeFunction, _ selector: Selector, window: Int64, from: Int64, to: Int64, step: Int64
  ) throws(QueryError) -> [ResultSeries] {
    let steps = try steps(from, to, step)
    let series = series(matching: [selector])
    try check(points: steps, of: series.count)
    try check(
      samples: series.reduce(0) { total, series in
        total + WindowQuery(series, function, window: window, from: from, to: to, step: step).estimatedSamples
      })
    var results: [ResultSeries] = []
    for series in series {
      let query = WindowQuery(series, function, window: window, from: from, to: to, step: step)
      let points = query.points(isCancelled: isCancelled)
      try checkCancellation()
      results.append(
        ResultSeries(name: function.keepsName ? series.name : nil, labels: series.labels, points: points))
    }
    return try unambiguous(sorted(results))
  }

  /// All samples of (`to` − `window`, `to`].
  public func samples(_ selector: Selector, window: Int64, to: Int64) throws(QueryError) -> [ResultSeries] {
    let series = series(matching: [selector])
    let expected = series.reduce(0.0) { $0 + Double(window) / Double($1.ring.period) }
    try check(points: Int(min(expected, 1e15)), of: 1)
    var results: [ResultSeries] = []
    for series in series {
      try checkCancellation()
      let samples = series.ring.samples(of: series.id, from: to - window + 1, to: to)
      let points = samples.map { Point(time: $0.time, value: $0.value.double) }
      results.append(ResultSeries(name: series.name, labels: series.labels, points: points))
    }
    return sorted(results)
  }

  // MARK: Limits

  private func steps(_ from: Int64, _ to: Int64, _ step: Int64) throws(QueryError) -> Int {
    precondition(step > 0 && from <= to, "callers check the range and the step")
    let steps = (to - from) / step + 1
    guard steps <= limits.steps else {
      throw QueryError(
        .refused,
        "the range over the step is \(steps) points for each series; at most \(limits.steps) are answered: "
          + "ask for a longer step or a shorter range")
    }
    return Int(steps)
  }

  private func check(points: Int, of series: Int) throws(QueryError) {
    let total = points.multipliedReportingOverflow(by: series)
    guard total.overflow || total.partialValue > limits.points else { return }
    throw QueryError(
      .refused,
      "the answer would have up to \(total.overflow ? .max : total.partialValue) points; at most \(limits.points) are "
        + "answered: ask for fewer series, a longer step or a shorter range")
  }

  private func check(samples: Double) throws(QueryError) {
    guard samples > Double(limits.samples) else { return }
    throw QueryError(
      .refused,
      "the query would look at \(Int64(min(samples, 1e18))) samples; at most \(limits.samples) are: "
        + "ask for fewer series, a longer step or a shorter window")
  }

  private func checkCancellation() throws(QueryError) {
    if isCancelled() { throw QueryError(.cancelled, "the query was given up") }
  }

  // MARK: Order

  private func sorted(_ results: [ResultSeries]) -> [ResultSeries] {
    results.filter { !$0.points.isEmpty }.sorted { $0.isBefore($1) }
  }

  private func unambiguous(_ results: [ResultSeries]) throws(QueryError) -> [ResultSeries] {
    for (left, right) in zip(results, results.dropFirst()) where !left.isBefore(right) {
      throw QueryError(
        .refused,
        "several metrics of the same labels match, which without their names can't be told apart: select one metric"
      )
    }
    return results
  }
}

extension ResultSeries {
  /// By name, then by labels.
  func isBefore(_ other: ResultSeries) -> Bool {
    if name ?? "" != other.name ?? "" { return name ?? "" < other.name ?? "" }
    let (left, right) = (Self.flat(labels), Self.flat(other.labels))
    return left.lexicographicallyPrecedes(right)
  }

  private static func flat(_ labels: [Label]) -> [String] {
    labels.sorted { $0.name < $1.name }.flatMap { [$0.name, $0.value] }
  }
}
