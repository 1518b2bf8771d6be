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
    let start = now
    try body()
    return max(0, now - start - clockCost)
  }

  /// Seconds that asking for the time takes itself, which is a call into the kernel: as much as a third of an append.
  private static let clockCost =
    (0..<4096).map { _ in
      let start = now
      return now - start
    }.min() ?? 0

  /// Seconds of processor time of this thread, so that other programs on the machine don't count. Nothing that is
  /// measured here waits.
  static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  func run(peers: Bool) throws -> Report {
    var report = Report()
    report.add("polls", Double(trace.polls.count))
    report.add("series", Double(trace.names.count))
    report.add("samples", Double(trace.samples))
    let filled = try fill()
    let ring = filled.ring
    try verify(ring)
    report.add("bytes_total", Double(ring.sealedBytes))
    report.add("bytes_per_sample", Double(ring.sealedBytes) / Double(trace.samples))
    report.add("bytes_per_poll", Double(ring.sealedBytes) / Double(trace.polls.count))
    report.add("append_ns_per_poll", filled.append * 1e9)
    report.add("append_recording_ns_per_poll", try fill(recording: true).append * 1e9)
    report.add("seal_ms_per_block", filled.seal * 1e3)
    try addDecode(ring, &report)
    try QueryBenchmark(trace).run(&report)
    if peers { try Peers(trace: trace, ringBytes: ring.sealedBytes).run(&report) }
    return report
  }

  func makeRing() -> Ring {
    let store = TimeSeriesStore(configuration: Configuration(rules: Trace.rules))
    let ring = store.ring(named: "trace", period: trace.period)
    for name in trace.names { _ = ring.register(name, kind: Trace.kind(name)) }
    return ring
  }

  /// What filling a ring took.
  struct Filled {
    var ring: Ring
    /// Seconds that a poll took to append.
    var append: Double
    /// Seconds that a block took to be sealed.
    var seal: Double
  }

  /// A ring with the whole trace.
  ///
  /// Rows are filled in batches just before they are appended, as a collector would leave them: in the cache. Of the runs,
  /// the fastest of each batch counts.
  func fill(recording: Bool = false) throws -> Filled {
    var appends: [Double] = []
    var seals = Double.infinity
    var result = makeRing()
    for _ in 0..<7 {
      let ring = makeRing()
      if recording { ring.startRecording(limit: 64 << 20) }
      let (batches, seal) = try fill(ring)
      appends = appends.isEmpty ? batches : zip(appends, batches).map { min($0, $1) }
      seals = min(seals, seal)
      result = ring
    }
    return Filled(ring: result, append: appends.reduce(0, +) / Double(trace.polls.count), seal: seals)
  }

  /// The seconds of each batch of appends, and of a block's sealing.
  private func fill(_ ring: Ring) throws -> ([Double], Double) {
    var rows = [Row](repeating: Row(), count: 16)
    var appends: [Double] = []
    var seal = 0.0
    var blocks = 0
    for start in stride(from: 0, to: trace.polls.count, by: rows.count) {
      let batch = start..<min(start + rows.count, trace.polls.count)
      for poll in batch { Self.fill(&rows[poll - start], trace.polls[poll]) }
      let stamps = batch.map { (time: trace.polls[$0].time, epoch: trace.polls[$0].epoch) }
      appends.append(
        try Self.seconds {
          for at in stamps.indices { try ring.append(at: stamps[at].time, epoch: stamps[at].epoch, row: rows[at]) }
        })
      seal += Self.seconds { blocks += ring.sealPending() }
    }
    ring.closeOpenBlock()
    seal += Self.seconds { blocks += ring.sealPending() }
    return (appends, seal / Double(max(1, blocks)))
  }

  static func fill(_ row: inout Row, _ poll: Trace.Poll) {
    row.clear()
    for (series, value) in poll.cells { row.set(SeriesID(rawValue: Int32(series)), value) }
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
