import Foundation
import TimeSeries

/// Appends, seals, verifies and queries one trace.
struct RingBenchmark {
  let trace: Trace

  init(_ trace: Trace) { self.trace = trace }

  /// Seconds of the fastest of `count` runs.
  static func best(of count: Int, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<count { best = min(best, try seconds(body)) }
    return best
  }

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let spent = try clock.measure(body).components
    return Double(spent.seconds) + Double(spent.attoseconds) / 1e18
  }

  func run(peers: Bool) throws -> Report {
    var report = Report()
    report.add("polls", Double(trace.polls.count))
    report.add("series", Double(trace.names.count))
    report.add("samples", Double(trace.samples))
    let (ring, append, seal, blocks) = try fill()
    try verify(ring)
    report.add("bytes_total", Double(ring.sealedBytes))
    report.add("bytes_per_sample", Double(ring.sealedBytes) / Double(trace.samples))
    report.add("bytes_per_poll", Double(ring.sealedBytes) / Double(trace.polls.count))
    report.add("append_ns_per_poll", append * 1e9)
    report.add("seal_ms_per_block", seal * 1e3 / Double(blocks))
    try addDecode(ring, &report)
    try QueryBenchmark(trace).run(&report)
    if peers { try Peers(trace: trace, ringBytes: ring.sealedBytes).run(&report) }
    return report
  }

  func makeRing() -> Ring {
    let store = TimeSeriesStore(configuration: Configuration(rules: Trace.rules))
    let ring = store.ring(named: "trace", period: 1000)
    for name in trace.names { _ = ring.register(name, kind: Trace.kind(name)) }
    return ring
  }

  /// A ring with the whole trace, the seconds a poll took to append, the seconds that sealing took, and the blocks.
  ///
  /// Rows are filled in batches just before they are appended, as a collector would leave them: in the cache.
  func fill() throws -> (Ring, Double, Double, Int) {
    var appends = Double.infinity
    var seals = Double.infinity
    var result = makeRing()
    var blocks = 0
    var rows = [Row](repeating: Row(), count: 8)
    let clock = ContinuousClock()
    for _ in 0..<5 {
      let ring = makeRing()
      var append = 0.0
      var seal = 0.0
      blocks = 0
      for start in stride(from: 0, to: trace.polls.count, by: rows.count) {
        let batch = start..<min(start + rows.count, trace.polls.count)
        for poll in batch { Self.fill(&rows[poll - start], trace.polls[poll]) }
        let begin = clock.now
        for poll in batch { try ring.append(at: trace.polls[poll].time, epoch: 1, row: rows[poll - start]) }
        append += Self.inSeconds(begin.duration(to: clock.now))
        let sealBegin = clock.now
        let sealed = ring.sealPending()
        if sealed > 0 { seal += Self.inSeconds(sealBegin.duration(to: clock.now)) }
        blocks += sealed
      }
      ring.closeOpenBlock()
      seal += Self.seconds { blocks += ring.sealPending() }
      appends = min(appends, append / Double(trace.polls.count))
      seals = min(seals, seal)
      result = ring
    }
    return (result, appends, seals, blocks)
  }

  static func fill(_ row: inout Row, _ poll: Trace.Poll) {
    row.clear()
    for (series, value) in poll.cells { row.set(SeriesID(rawValue: Int32(series)), value) }
  }

  private static func inSeconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  /// Every value that was appended must come back.
  private func verify(_ ring: Ring) throws {
    var expected = [[(time: Int64, value: FixedPoint)]](repeating: [], count: trace.names.count)
    for poll in trace.polls {
      for (series, value) in poll.cells { expected[series].append((poll.time, value)) }
    }
    for series in trace.names.indices {
      let found = ring.samples(of: SeriesID(rawValue: Int32(series)), from: .min, to: .max)
      guard found.count == expected[series].count,
        zip(found, expected[series]).allSatisfy({ $0.time == $1.time && $0.value == $1.value })
      else {
        let at = zip(found, expected[series]).enumerated().first { $0.element.0.value != $0.element.1.value }
        throw Trace.Failure(
          description:
            "\(trace.names[series]) came back changed: \(found.count) of \(expected[series].count), \(String(describing: at))"
        )
      }
    }
  }

  private func addDecode(_ ring: Ring, _ report: inout Report) throws {
    var counts = DecodeCounts()
    let time = try Self.best(of: 60) { counts = try ring.decodeAll() }
    report.add("decode_msamples_per_s", Double(counts.changed) / time / 1e6)
    report.add("decode_msamples_per_s_with_constants", Double(counts.all) / time / 1e6)
  }
}
