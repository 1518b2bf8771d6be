import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

/// How one namespace is read.
private struct Traffic: Sendable {
  /// Reads a second.
  var rate: Double
  /// The part of them that hit.
  var ratio: Double
  /// How many reads come at once.
  var clump = 1
  /// Whether all reads of a second come at once, always at the same time of it.
  var isTimed = false
  /// It is read for so many seconds of each five minutes.
  var seconds = 300
  /// By how much it swings, and in how many seconds.
  var swing = 0.0
  var period = 100.0
}

/// Several namespaces' traffic, and by how many points ratios and rates may be off, root mean square, over one minute and over five.
private struct Case: Sendable, CustomStringConvertible {
  var description: String
  var parts: [Traffic]
  var points: (minute: Double, five: Double)
}

private let cases: [Case] = [
  Case(
    description: "independent lookups",
    parts: [Traffic(rate: 4500, ratio: 0.98), Traffic(rate: 3500, ratio: 0.9), Traffic(rate: 2000, ratio: 0.6)],
    points: (1, 0.5)),
  Case(
    description: "MGET of 500 keys, beside GET",
    parts: [Traffic(rate: 2500, ratio: 0.9, clump: 500)]
      + Array(repeating: Traffic(rate: 2500, ratio: 0.9), count: 3), points: (1.5, 0.75)),
  Case(
    description: "a job each second",
    parts: [
      Traffic(rate: 2000, ratio: 0.9, isTimed: true), Traffic(rate: 4000, ratio: 0.9),
      Traffic(rate: 4000, ratio: 0.7),
    ], points: (1, 0.75)),
  Case(
    description: "a job of ten seconds each five minutes",
    parts: [
      Traffic(rate: 1000, ratio: 0.9, seconds: 10), Traffic(rate: 5000, ratio: 0.9),
      Traffic(rate: 4000, ratio: 0.7),
    ], points: (2.5, 1.2)),
  Case(
    description: "shares that swing",
    parts: [
      Traffic(rate: 3000, ratio: 0.9, swing: 0.5, period: 200),
      Traffic(rate: 4000, ratio: 0.6, swing: 0.5, period: 60),
      Traffic(rate: 3000, ratio: 0.7, swing: 0.5, period: 20),
    ], points: (1, 0.5)),
  Case(
    description: "a few reads a second beside very many",
    parts: [
      Traffic(rate: 200, ratio: 0.9, clump: 100), Traffic(rate: 5, ratio: 0.9), Traffic(rate: 9, ratio: 0.95),
      Traffic(rate: 9800, ratio: 0.9),
    ], points: (12, 6)),
]

/// Ratios that were told, and rates that follow from running counts, held against the truth.
private struct Score {
  var (ratios, held, errors) = (0, 0, 0.0)
  var (rates, rateErrors) = (0, 0.0)

  mutating func add(_ told: SampledRatio?, rate: Double, truth: Double) {
    rates += 1
    rateErrors += (rate - truth) * (rate - truth)
    guard let told else { return }
    ratios += 1
    if told.interval.contains(truth) { held += 1 }
    errors += (told.ratio - truth) * (told.ratio - truth)
  }

  var coverage: Double { Double(held) / Double(max(1, ratios)) }
  var points: Double { (errors / Double(max(1, ratios))).squareRoot() * 100 }
  var ratePoints: Double { (rateErrors / Double(max(1, rates))).squareRoot() * 100 }
}

/// A server under such traffic, in steps of 10 ms, with a burst of one of them about each half second and a poll a second.
private struct SimulatedServer {
  let parts: [Traffic]
  var random: SeededRandom
  var ledger: SampleLedger
  var hits: [Int64]
  var misses: [Int64]
  private let start: Double
  private var step = 0
  private var nextBurst = 30

  init(_ parts: [Traffic], seed: UInt64) {
    self.parts = parts
    random = SeededRandom(seed: seed)
    ledger = SampleLedger(namespaces: parts.count)
    hits = Array(repeating: 0, count: parts.count)
    misses = Array(repeating: 0, count: parts.count + 1)
    start = Double(random.next() % 1000)
    ledger.polled(hits: 0, misses: misses, at: 0)
  }

  /// One second, and the poll at its end.
  mutating func run() {
    for _ in 0..<100 {
      step += 1
      var burst = BurstCounts(
        reads: Array(repeating: 0, count: parts.count + 1), misses: Array(repeating: 0, count: parts.count + 1))
      for index in parts.indices {
        let reads = reads(of: parts[index])
        let missed = binomial(reads, 1 - parts[index].ratio, &random)
        burst.reads[index] = Int32(reads)
        burst.misses[index] = Int32(missed)
        hits[index] += Int64(reads - missed)
        misses[index] += Int64(missed)
      }
      guard step == nextBurst else { continue }
      ledger.add(burst, at: Int64(step) * 10, milliseconds: 10)
      nextBurst = step + max(49, Int(random.next() % 74))
    }
    ledger.polled(hits: hits.reduce(0, +), misses: misses, at: Int64(step) * 10)
  }

  private mutating func reads(of part: Traffic) -> Int {
    let time = start + Double(step) / 100
    guard Int(time) % 300 < part.seconds else { return 0 }
    if part.isTimed { return step % 100 == 37 ? Int(part.rate) : 0 }
    let rate = part.rate * (1 + part.swing * sin(2 * .pi * time / part.period))
    return part.clump * poisson(rate / 100 / Double(part.clump), &random)
  }
}

@Suite struct `Hits of any traffic` {
  @Test(arguments: cases)
  private func `ratios, their intervals and running counts are right`(_ traffic: Case) {
    var scores = [Score(), Score()]
    for seed in 0..<2 as Range<UInt64> {
      var server = SimulatedServer(traffic.parts, seed: 7 + seed)
      var past: [(hits: [Int64], misses: [Int64], told: [Int64])] = []
      for minute in 1...17 {
        for _ in 0..<60 { server.run() }
        let report = server.ledger.report
        past.append((server.hits, server.misses, report.hits))
        guard minute >= 7 else { continue }
        for (place, window) in report.windows.enumerated() {
          let from = past[minute - 1 - window.seconds / 60]
          for index in traffic.parts.indices {
            let real = Double(server.hits[index] - from.hits[index])
            let missed = Double(server.misses[index] - from.misses[index])
            guard real + missed > 0 else { continue }
            let told = Double(report.hits[index] - from.told[index])
            scores[place].add(
              window.ratios[index], rate: told / (told + missed), truth: real / (real + missed))
          }
        }
      }
    }
    for (place, limit) in [traffic.points.minute, traffic.points.five].enumerated() {
      let score = scores[place]
      print(
        "\(traffic), \([1, 5][place]) min: ratios off by \(score.points) points, held \(score.coverage), rates off by",
        "\(score.ratePoints)")
      #expect(score.ratios >= 15)
      #expect(score.coverage >= 0.9)
      #expect(score.points <= limit)
      #expect(score.ratePoints <= limit)
    }
  }
}
