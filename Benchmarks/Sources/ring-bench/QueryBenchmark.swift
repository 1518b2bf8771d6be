import TimeSeries

/// Queries over 24 hours: the trace again and again, with its own stamps, counters carried on.
struct QueryBenchmark {
  let trace: Trace
  private let day: Int64 = 86_400_000

  init(_ trace: Trace) { self.trace = trace }

  func run(_ report: inout Report) throws {
    let ring = try fill()
    guard let span = ring.span else { return }
    let ids = trace.names.indices.map { SeriesID(rawValue: Int32($0)) }
    let minute: Int64 = 60_000
    let end = span.newest
    let from = end - day + minute
    let counter = busiest(.counter)
    let gauge = busiest(.gauge)
    var points = 0
    let one = RingBenchmark.best(of: 30) {
      points = ring.query(counter, from: from, to: end, step: minute, .rate).count
    }
    report.add("query_1_series_24h_us", one * 1e6)
    report.add("query_1_series_24h_points", Double(points))
    let average = RingBenchmark.best(of: 30) {
      _ = ring.query(gauge, from: from, to: end, step: minute, .avg).count
    }
    report.add("query_1_series_24h_avg_us", average * 1e6)
    addSlowest(ring, ids, from, end, &report)
    let all = RingBenchmark.best(of: 15) {
      points = ring.query(ids, from: from, to: end, step: minute, .rate).reduce(0) { $0 + $1.count }
    }
    report.add("query_all_series_24h_ms", all * 1e3)
    let summary = RingBenchmark.best(of: 50) {
      _ = ring.query(gauge, from: end, to: end, step: day, .max).count
    }
    report.add("summary_query_us", summary * 1e6)
    addPoints(ring, ids, span, &report)
  }

  /// The same questions of every series: what the dearest of them takes.
  private func addSlowest(_ ring: Ring, _ ids: [SeriesID], _ from: Int64, _ end: Int64, _ report: inout Report) {
    for (name, function) in Self.functions {
      let times = times(ring, ids, function, from, end)
      report.add("query_slowest_series_24h_\(name)_us", (times.max() ?? 0) * 1e6)
      report.add("query_median_series_24h_\(name)_us", times.sorted()[times.count / 2] * 1e6)
    }
  }

  private static let functions: [(String, Function)] = [
    ("last", .last), ("increase", .increase), ("rate", .rate), ("avg", .avg), ("sum", .sum), ("min", .min),
    ("max", .max), ("median", .quantile(0.5)), ("p99", .quantile(0.99)),
  ]

  /// Seconds that the question takes of each series, the best of some times in a row.
  private func times(
    _ ring: Ring, _ ids: [SeriesID], _ function: Function, _ from: Int64, _ end: Int64, rounds: Int = 5
  ) -> [Double] {
    ids.map { id in
      RingBenchmark.best(of: rounds) { _ = ring.query(id, from: from, to: end, step: 60_000, function).count }
    }
  }

  /// The dearest series of each function, with how they are stored in the newest sealed block.
  func printSlowest(_ count: Int, named name: String?) throws {
    let ring = try fill()
    guard let span = ring.span else { return }
    let wanted = trace.names.indices.filter { name == nil || trace.names[$0] == name }
    let ids = wanted.map { SeriesID(rawValue: Int32($0)) }
    let only = value(of: "--function")
    let rounds = name != nil ? 1000 : only != nil ? 25 : 5
    for (name, function) in Self.functions where only == nil || only == name {
      let times = times(ring, ids, function, span.newest - day + 60_000, span.newest, rounds: rounds)
      for at in ids.indices.sorted(by: { times[$0] > times[$1] }).prefix(count) {
        let storage = try ring.storage(of: ids[at])
        print("\(name)  \(Report.format(times[at] * 1e6)) us  \(trace.names[wanted[at]])  \(storage)")
      }
    }
  }

  /// The series whose value changes most often among those of a kind.
  func busiest(_ kind: SeriesKind) -> SeriesID {
    var changes = [Int](repeating: 0, count: trace.names.count)
    var last = [FixedPoint?](repeating: nil, count: trace.names.count)
    for poll in trace.polls {
      for (series, value) in poll.cells {
        if last[series] != value { changes[series] += 1 }
        last[series] = value
      }
    }
    let best = trace.names.indices.filter { Trace.kind(trace.names[$0]) == kind }.max { changes[$0] < changes[$1] }
    return SeriesID(rawValue: Int32(best ?? 0))
  }

  private func addPoints(
    _ ring: Ring, _ ids: [SeriesID], _ span: (oldest: Int64, newest: Int64), _ report: inout Report
  ) {
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let probes = (0..<4000).map { _ in
      (ids[random(ids.count)], span.oldest + Int64(random(Int(span.newest - span.oldest))))
    }
    var found = 0
    let point = RingBenchmark.best(of: 15) {
      for (id, time) in probes where ring.value(of: id, at: time) != nil { found += 1 }
    }
    report.add("point_read_us", point * 1e6 / Double(probes.count))
    let windows: [Int64] = [60_000, 300_000, 3_600_000, 21_600_000]
    let growth = RingBenchmark.best(of: 15) {
      for (index, (id, _)) in probes.enumerated() {
        let from = span.newest - windows[index % windows.count]
        if ring.increase(of: id, from: from, to: span.newest) != nil { found += 1 }
      }
    }
    report.add("increase_us", growth * 1e6 / Double(probes.count))
    report.add("point_reads_found", Double(found))
  }

  /// A ring with 24 hours of rows, the last few minutes unsealed.
  func fill() throws -> Ring {
    let ring = RingBenchmark(trace).makeRing()
    // A lap follows the one before as a poll follows a poll.
    let length = trace.polls[trace.polls.count - 1].time - trace.polls[0].time + trace.period
    let growth = growths()
    var row = Row()
    for lap in 0...(day / length) {
      for (index, poll) in trace.polls.enumerated() {
        row.clear()
        for (series, value) in poll.cells {
          let mantissa = value.mantissa &+ growth[series] &* lap
          row.set(SeriesID(rawValue: Int32(series)), mantissa, digits: value.digits)
        }
        let epoch = poll.epoch + UInt64(lap) * (trace.runs - 1)
        try ring.append(at: poll.time + lap * length, epoch: epoch, row: row)
        if index % 64 == 0 { ring.sealPending() }
      }
    }
    return ring
  }

  /// What a counter gains over the trace; 0 for gauges, and for counters that ended lower than they began: these are reset
  /// between laps once more.
  private func growths() -> [Int64] {
    var first = [Int64?](repeating: nil, count: trace.names.count)
    var last = [Int64](repeating: 0, count: trace.names.count)
    for poll in trace.polls {
      for (series, value) in poll.cells {
        first[series] = first[series] ?? value.mantissa
        last[series] = value.mantissa
      }
    }
    return trace.names.indices.map { series in
      Trace.kind(trace.names[series]) == .counter ? max(0, last[series] - (first[series] ?? 0)) : 0
    }
  }
}
