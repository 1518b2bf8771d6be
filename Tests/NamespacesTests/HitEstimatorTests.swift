import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

/// A Poisson number, by the normal approximation where it is large.
private func poisson(_ mean: Double, _ random: inout SeededRandom) -> Int {
  func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }
  if mean > 20 {
    let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
    return max(0, Int((mean + normal * mean.squareRoot()).rounded()))
  }
  var (count, product) = (0, unit())
  let limit = exp(-mean)
  while product > limit {
    count += 1
    product *= unit()
  }
  return count
}

/// How many of `count` reads miss, each with this probability; by the normal approximation where they are many.
private func binomial(_ count: Int, _ part: Double, _ random: inout SeededRandom) -> Int {
  func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }
  let variance = Double(count) * part * (1 - part)
  guard variance > 4 else { return (0..<count).count { _ in unit() < part } }
  let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
  return max(0, min(count, Int((Double(count) * part + normal * variance.squareRoot()).rounded())))
}

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
  var reads: Int64 = 0
  let none = BurstCounts(reads: Array(repeating: 0, count: 6), misses: Array(repeating: 0, count: 6))
  var (burst, isBursting, length) = (none, 0, 0.0)
  let periods = [20.0, 200, 35, 60, 110]
  let start = Double(random.next() % 20_000)
  ledger.polled(reads: 0, misses: misses, at: 0)
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
      reads += Int64(some)
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
    if step % 100 == 0 { ledger.polled(reads: reads, misses: misses, at: Int64(step) * 10) }
  }
  let found = ledger.report.windows[minutes == 1 ? 0 : 1].ratios
  return found.indices.map { (found[$0], hits[$0] / (hits[$0] + Double(misses[$0]))) }
}

/// A time that ends at any moment with the same chance.
private func wait(_ mean: Double, _ random: inout SeededRandom) -> Int {
  1 + Int(-mean * log((Double(random.next() >> 11) + 0.5) / Double(1 << 53)))
}

@Suite struct `Estimating hits from bursts` {
  @Test func `what is neither read nor missed has no hits, and so no ratio`() throws {
    var ledger = SampleLedger(namespaces: 3)
    for second in 0..<30 as Range<Int64> {
      // The misses of the first say that it has fewer hits than its share of the reads: some are left to be spread.
      let reads: [Int32] = [30 + Int32(second % 5), 20, 0, 0]
      ledger.add(
        BurstCounts(reads: reads, misses: [3 + Int32(second % 3), 1, 0, 0]), at: second * 1000, milliseconds: 10)
      ledger.polled(reads: second * 1000, misses: [second * 50, second * 5, 0, 0], at: second * 1000 + 500)
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
    var reads: Int64 = 0
    var misses: [Int64] = [0, 0, 0]
    var last: [Int64] = [0, 0]
    ledger.polled(reads: 0, misses: misses, at: 0)
    for second in 1...100 {
      reads += 1000
      misses[0] += Int64(random.next() % 100)
      ledger.add(
        BurstCounts(reads: [30, 20, 5], misses: [3, 0, 0]), at: Int64(second) * 1000 - 500, milliseconds: 10)
      ledger.add(
        BurstCounts(reads: [28, 22, 5], misses: [2, 0, 0]), at: Int64(second) * 1000 - 100, milliseconds: 10)
      ledger.polled(reads: reads, misses: misses, at: Int64(second) * 1000)
      let report = ledger.report
      #expect(zip(report.hits, last).allSatisfy { $0 >= $1 })
      #expect(abs(report.hits.reduce(0, +) + report.unclassifiedHits - (reads - misses[0])) <= 3)
      last = report.hits
    }
  }

  @Test func `without bursts, or with counters that fell, nothing is estimated`() {
    var ledger = SampleLedger(namespaces: 1)
    ledger.polled(reads: 0, misses: [0, 0], at: 0)
    ledger.polled(reads: 100, misses: [5, 0], at: 1000)
    #expect(ledger.report.windows.isEmpty)
    for time in [1200, 1600] as [Int64] {
      ledger.add(BurstCounts(reads: [10, 0], misses: [1, 0]), at: time, milliseconds: 10)
    }
    ledger.polled(reads: 200, misses: [10, 0], at: 2000)
    #expect(ledger.report.windows.count == 2)
    #expect(ledger.report.hits == [190])
    ledger.polled(reads: 20, misses: [10, 0], at: 3000)
    #expect(ledger.report.windows.isEmpty)
  }
}
