import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

/// What bursts are made on. Unless it is idle, shares rise and fall by half within 20 to 200 s.
enum Machine: Sendable {
  /// A burst of 10 ms every half second.
  case idle
  /// Six times rarer at times, and longer.
  case busy
  /// None at all for a quarter of a minute at times, somewhen.
  case stuck
  /// Both, and reads come in spells of 50 ms.
  case overloaded
}

/// One or five minutes of drifting, clustered traffic at `rate` reads a second, sampled by bursts: the estimated ratios with the true
/// ones.
private func run(
  _ minutes: Int, rate: Double, drift: Double, on machine: Machine, _ random: inout SeededRandom
) -> [(SampledRatio?, truth: Double)] {
  let swings = machine != .idle
  var (quietUntil, nextQuiet) = (0, machine == .stuck || machine == .overloaded ? wait(2500, &random) : .max)
  var spell = 1.0
  let ratios = [0.98, 0.9, 0.6, 0.3, 0.8]
  var shares = [0.4, 0.25, 0.2, 0.1, 0.05]
  var ledger = SampleLedger(namespaces: shares.count)
  var (hits, misses) = ([Double](repeating: 0, count: 5), [Int64](repeating: 0, count: 6))
  let none = BurstCounts(reads: Array(repeating: 0, count: 6), misses: Array(repeating: 0, count: 6))
  var (burst, isBursting, length) = (none, 0, 0.0)
  let periods = [20.0, 200, 35, 60, 110]
  let start = Double(random.next() % 20_000)
  ledger.polled(hits: 0, misses: misses, at: 0)
  for step in 1...(6000 * minutes) {
    // Bursts of traffic: a step of 10 ms is busier or calmer in one namespace than the rate says.
    for index in shares.indices {
      shares[index] *= 1 + drift * (Double(random.next() >> 11) / Double(1 << 53) - 0.5)
    }
    let now = shares.indices.map { index in
      shares[index] * (1 + (swings ? 0.5 : 0) * sin(2 * .pi * (start + Double(step)) / 100 / periods[index]))
    }
    let sum = now.reduce(0, +)
    if machine == .overloaded, step % 5 == 0 { spell = [0.1, 0.3, 1, 2.6][Int(random.next() % 4)] }
    for index in shares.indices {
      let some = poisson(spell * rate / 100 * now[index] / sum, &random)
      let missed = binomial(some, 1 - ratios[index], &random)
      burst.reads[index] += Int32(some)
      burst.misses[index] += Int32(missed)
      hits[index] += Double(some - missed)
      misses[index] += Int64(missed)
    }
    if isBursting > 0 {
      isBursting -= 1
      if isBursting == 0 { ledger.add(burst, at: Int64(step) * 10, milliseconds: length * 10) }
    }
    if step >= nextQuiet {
      quietUntil = step + wait(1500, &random)
      nextQuiet = quietUntil + wait(2500, &random)
    }
    let isLong = machine == .busy || machine == .overloaded
    let isBusy = isLong && step % 2700 > 1100
    if step % (isBusy ? 300 : 50) == 24, step >= quietUntil {
      isBursting = isLong ? 1 + Int(random.next() % 5) : 1
      length = Double(isBursting)
      burst = none
    }
    if step % 100 == 0 { ledger.polled(hits: Int64(hits.reduce(0, +)), misses: misses, at: Int64(step) * 10) }
  }
  let found = ledger.report.windows[minutes == 1 ? 0 : 1].ratios
  return found.indices.map { (found[$0], hits[$0] / (hits[$0] + Double(misses[$0]))) }
}

/// A time that ends at any moment with the same chance.
private func wait(_ mean: Double, _ random: inout SeededRandom) -> Int {
  1 + Int(-mean * log((Double(random.next() >> 11) + 0.5) / Double(1 << 53)))
}

@Suite struct `Estimating hits from bursts` {
  @Test func `where bursts see misses and no lookups, the lookups' commands are not known, and so is no ratio`()
    throws
  {
    var ledger = SampleLedger(namespaces: 2)
    for second in 0..<60 as Range<Int64> {
      ledger.add(
        BurstCounts(reads: [30, 0, 0], misses: [3, 2, 0]), at: second * 1000 + 1, milliseconds: 10)
      ledger.polled(hits: second * 2700, misses: [second * 300, second * 200, 0], at: second * 1000 + 500)
    }
    let report = ledger.report
    #expect(try #require(report.windows.first).ratios.map { $0 != nil } == [true, false])
    #expect(report.isKnown == [true, false])
  }

  @Test(arguments: [3.0, 5, 9])
  func `intervals hold also where bursts see only few lookups`(seen: Double) {
    var random = SeededRandom(seed: UInt64(seen))
    var held = 0
    let trials = 400
    for _ in 0..<trials {
      // Each burst sees a hundredth of half a second.
      let bursts = (0..<120).map { _ in
        BurstCounts(
          reads: [Int32(poisson(seen / 120, &random)), Int32(poisson(45, &random)), 0], misses: [0, 0, 0])
      }
      let real = [Double(poisson(seen * 49, &random)) + Double(bursts.reduce(0) { $0 + $1.reads[0] }), 270_000]
      var ledger = SampleLedger(namespaces: 2)
      ledger.polled(hits: 0, misses: [0, 0, 0], at: 0)
      for (index, burst) in bursts.enumerated() { ledger.add(burst, at: Int64(index) * 500 + 1, milliseconds: 10) }
      ledger.polled(hits: Int64(real[0] + real[1]), misses: [20, 0, 0], at: 60_000)
      if let told = ledger.report.windows.first?.ratios[0] {
        if told.interval.contains(real[0] / (real[0] + 20)) { held += 1 }
      } else {
        held += 1
      }
    }
    print("\(seen) seen: held \(Double(held) / Double(trials))")
    #expect(Double(held) / Double(trials) >= 0.93)
  }

  @Test func `what is neither read nor missed has no hits, and so no ratio`() throws {
    var ledger = SampleLedger(namespaces: 3)
    for second in 0..<60 as Range<Int64> {
      // The misses of the first say that it has fewer hits than its share of the reads: some are left to be spread.
      let reads: [Int32] = [30 + Int32(second % 5), 20, 0, 0]
      ledger.add(
        BurstCounts(reads: reads, misses: [3 + Int32(second % 3), 1, 0, 0]), at: second * 1000, milliseconds: 10)
      ledger.polled(hits: second * 945, misses: [second * 50, second * 5, 0, 0], at: second * 1000 + 500)
    }
    let ratios = try #require(ledger.report.windows.first?.ratios)
    #expect(ratios.map { $0 != nil } == [true, true, false])
    #expect(ledger.report.hits[2] == 0)
    #expect(ledger.report.hits[0] > 0)
  }

  @Test(
    arguments: [
      (1, 500.0, 0.0, .idle, 5.0), (1, 500.0, 0.02, .idle, 5.0), (1, 10_000.0, 0.0, .idle, 1.0),
      (1, 10_000.0, 0.02, .idle, 1.0), (1, 40_000.0, 0.02, .idle, 1.0), (5, 10_000.0, 0.02, .idle, 0.5),
      (1, 10_000, 0.02, .busy, 1.5), (1, 10_000, 0.02, .stuck, 4), (1, 10_000, 0.02, .overloaded, 4),
    ] as [(Int, Double, Double, Machine, Double)])
  func `ratios of one and five minutes are close, and their intervals hold 93 times in 100`(
    minutes: Int, rate: Double, drift: Double, machine: Machine, points: Double
  ) {
    var random = SeededRandom(seed: UInt64(rate + drift * 1000))
    var (held, all, squares) = (0, 0, 0.0)
    for _ in 0..<(minutes == 1 ? 20 : 8) {
      for case (let sampled?, let truth) in run(minutes, rate: rate, drift: drift, on: machine, &random) {
        all += 1
        if sampled.interval.contains(truth) { held += 1 }
        squares += (sampled.ratio - truth) * (sampled.ratio - truth)
      }
    }
    let error = (squares / Double(all)).squareRoot() * 100
    print(
      "\(minutes) min, rate \(rate), drift \(drift), \(machine): error \(error) points,",
      "held \(Double(held) / Double(all))")
    #expect(all == (minutes == 1 ? 100 : 40))
    #expect(error <= points)
    #expect(Double(held) / Double(all) >= 0.93)
  }

  @Test func `running counts sum to the server's hits, and never fall`() {
    var random = SeededRandom(seed: 5)
    var ledger = SampleLedger(namespaces: 2)
    var hits: Int64 = 0
    var misses: [Int64] = [0, 0, 0]
    var last: [Int64] = [0, 0]
    ledger.polled(hits: 0, misses: misses, at: 0)
    for second in 1...100 {
      let missed = Int64(random.next() % 100)
      hits += 1000 - missed
      misses[0] += missed
      ledger.add(
        BurstCounts(reads: [30, 20, 5], misses: [3, 0, 0]), at: Int64(second) * 1000 - 500, milliseconds: 10)
      ledger.add(
        BurstCounts(reads: [28, 22, 5], misses: [2, 0, 0]), at: Int64(second) * 1000 - 100, milliseconds: 10)
      ledger.polled(hits: hits, misses: misses, at: Int64(second) * 1000)
      let report = ledger.report
      #expect(zip(report.hits, last).allSatisfy { $0 >= $1 })
      #expect(abs(report.hits.reduce(0, +) + report.unclassifiedHits - hits) <= 3)
      last = report.hits
    }
  }

  @Test func `before there are bursts nothing is known, and hits that were set to 0 go on from there`() {
    var ledger = SampleLedger(namespaces: 1)
    ledger.polled(hits: 0, misses: [0, 0], at: 0)
    ledger.polled(hits: 95, misses: [5, 0], at: 1000)
    #expect(ledger.report.isWaiting)
    for time in [1200, 1600] as [Int64] {
      ledger.add(BurstCounts(reads: [10, 0], misses: [1, 0]), at: time, milliseconds: 10)
    }
    ledger.polled(hits: 190, misses: [10, 0], at: 2000)
    #expect(!ledger.report.isWaiting)
    #expect(ledger.report.hits == [190])
    ledger.polled(hits: 20, misses: [12, 0], at: 3000)
    #expect(ledger.report.hits == [210])
  }
}

/// What becomes of a poll.
enum SampledPoll: Sendable {
  case heard
  case failed
  /// While there is no subscription.
  case unheard
}

/// A server that is read 1000 times a second, and one burst a second while there are any. Of two namespaces the first has three quarters
/// of the hits and a tenth of the misses.
private struct SampledServer {
  var ledger = SampleLedger(namespaces: 2)
  var now: Int64 = 0
  /// What the server's process counts, and what is heard.
  var hits: Int64 = 0
  var misses: [Int64] = [0, 0, 0]
  var process = "a"
  /// When that process began.
  var began: Int64 = 0
  /// Hits since the ledger's begin.
  var all: Int64 = 0

  init() { poll(.heard) }

  /// Another process takes the place of the one that was there.
  mutating func restart(_ process: String) { (hits, self.process, began) = (0, process, now) }

  /// So many seconds, with a poll after each.
  mutating func run(_ seconds: Int, bursts: Bool, _ outcome: SampledPoll = .heard) {
    for _ in 0..<seconds {
      now += 1000
      hits += 800
      all += 800
      misses[0] += 20
      misses[1] += 180
      if bursts {
        let more = Int32(now / 1000 % 3)
        ledger.add(BurstCounts(reads: [62 + more, 38, 0], misses: [2, 18, 0]), at: now - 500, milliseconds: 10)
      }
      poll(outcome)
    }
  }

  mutating func poll(_ outcome: SampledPoll) {
    switch outcome {
    case .heard:
      ledger.polled(hits: hits, misses: misses, process: process, uptime: (now - began) / 1000, at: now)
    case .failed: ledger.polled(hits: nil, misses: misses, at: now)
    case .unheard: ledger.interrupt()
    }
  }

  /// What is told sums to what the server counted, and each namespace has its share.
  func expectAll(_ location: SourceLocation = #_sourceLocation) {
    let report = ledger.report
    #expect(!report.isWaiting, sourceLocation: location)
    let told = report.hits.reduce(0, +) + report.unclassifiedHits
    #expect((0...3).contains(all - told), "\(told) of \(all)", sourceLocation: location)
    #expect(abs(Double(report.hits[0]) / Double(told) - 0.75) < 0.02, "\(report.hits)", sourceLocation: location)
  }
}

@Suite struct `Hits while bursts, polls or notifications are lacking` {
  @Test func `without bursts they are spread for five minutes as the last bursts said`() {
    var server = SampledServer()
    server.run(60, bursts: true)
    for _ in 0..<235 {
      server.run(1, bursts: false)
      server.expectAll()
    }
  }

  @Test(arguments: [SampledPoll.failed, .unheard])
  func `those of a time without polls, or of a gap, are told after it`(_ outcome: SampledPoll) {
    var server = SampledServer()
    server.run(60, bursts: true)
    for _ in 0..<6 {
      server.run(30, bursts: false, outcome)
      server.run(9, bursts: false)
      server.expectAll()
    }
    // No window is told of a gap's misses, whose namespaces nobody knows.
    server.run(10, bursts: true)
    #expect(server.ledger.report.windows.isEmpty == (outcome == .unheard))
    server.run(60, bursts: true)
    #expect(server.ledger.report.windows.map(\.seconds).first == 60)
    server.expectAll()
  }

  @Test func `longer they wait, whoever asks, and none is lost when there are bursts again`() {
    var server = SampledServer()
    server.run(60, bursts: true)
    server.run(600, bursts: false)
    #expect(server.ledger.report.isWaiting)
    #expect(server.ledger.report.windows.isEmpty)
    // Two bursts would say whose the hits of minutes were.
    server.run(5, bursts: true)
    #expect(server.ledger.report.isWaiting)
    server.run(10, bursts: true)
    server.expectAll()
  }

  @Test func `those of another process that began since, and since counters were set to 0, are counted from 0`() {
    var server = SampledServer()
    server.run(60, bursts: true)
    server.restart("b")
    server.run(5, bursts: false, .unheard)
    server.run(100, bursts: true)
    server.expectAll()
    // Although it has counted more than the one before.
    server.restart("c")
    server.run(150, bursts: false, .failed)
    server.run(1, bursts: true)
    server.expectAll()
    server.hits = 0
    server.run(10, bursts: true)
    server.expectAll()
  }

  @Test func `those that an older process has counted before are of nobody`() {
    var server = SampledServer()
    server.run(60, bursts: true)
    let told = server.all
    // As after a failover to a replica that was read for a month.
    server.restart("b")
    (server.hits, server.began) = (2_000_000_000, server.now - 2_592_000_000)
    server.run(5, bursts: false, .unheard)
    // What it counted up to its first poll is not told from what it had counted before.
    server.run(1, bursts: true)
    server.all = told
    server.run(100, bursts: true)
    server.expectAll()
  }

  @Test func `polls may be rare`() {
    var server = SampledServer()
    for _ in 0..<5 {
      server.run(599, bursts: true, .failed)
      server.run(1, bursts: true)
      server.expectAll()
    }
    // None of ten minutes is one of one or five.
    #expect(server.ledger.report.windows.isEmpty)
  }

  @Test func `a window is told once most of it is known`() {
    var server = SampledServer()
    func told() -> [Int] { server.ledger.report.windows.map(\.seconds) }
    server.run(40, bursts: true)
    #expect(told() == [])
    server.run(5, bursts: true)
    #expect(told() == [60])
    server.run(160, bursts: true)
    #expect(told() == [60])
    server.run(10, bursts: true)
    #expect(told() == [60, 300])
    // Its bursts are gone first.
    server.run(70, bursts: false)
    #expect(told() == [300])
  }

  @Test func `where hardly anything is read, what rounding leaves does not wait`() {
    var server = SampledServer()
    server.run(60, bursts: true)
    for _ in 0..<1000 {
      server.now += 1000
      server.poll(.heard)
    }
    #expect(!server.ledger.report.isWaiting)
  }
}
