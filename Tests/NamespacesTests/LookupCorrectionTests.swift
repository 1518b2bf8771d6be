import Namespaces
import Randomness
import Testing

@Suite struct LookupCorrectionTests {
  @Test func `own lookups are missing from the figures of the next poll on`() {
    var correction = LookupCorrection()
    #expect(correction.corrected(hits: 100, misses: 10, epoch: 1) == (100, 10))
    correction.add(ownHits: 2, ownMisses: 1)
    #expect((correction.ownHits, correction.ownMisses) == (2, 1))
    #expect(correction.corrected(hits: 107, misses: 11, epoch: 1) == (105, 10))
    correction.add(ownHits: 3, ownMisses: 0)
    #expect(correction.corrected(hits: 110, misses: 11, epoch: 1) == (105, 10))
    #expect(correction.uncertainLookups == 0)
  }

  @Test func `another process begins at zero`() {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 1)
    correction.add(ownHits: 5, ownMisses: 5)
    #expect(correction.corrected(hits: 200, misses: 20, epoch: 2) == (200, 20))
    #expect((correction.ownHits, correction.ownMisses) == (0, 0))
  }

  @Test func `a process that answers again keeps its own counts`() {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 1)
    correction.add(ownHits: 5, ownMisses: 2)
    _ = correction.corrected(hits: 1000, misses: 0, epoch: 2)
    #expect(correction.corrected(hits: 115, misses: 12, epoch: 1) == (110, 10))
  }

  @Test func `only so many processes are remembered`() {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 0)
    correction.add(ownHits: 5, ownMisses: 2)
    for epoch in 1...UInt64(LookupCorrection.rememberedEpochs) {
      _ = correction.corrected(hits: 1, misses: 1, epoch: epoch)
    }
    #expect(correction.corrected(hits: 115, misses: 12, epoch: 0) == (115, 12))
  }

  @Test(arguments: [(true, Int64(500), Int64(50)), (false, 3, 50), (false, 500, 0)])
  func `a reset of the statistics begins at zero`(isKnown: Bool, hits: Int64, misses: Int64) {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 1)
    correction.add(ownHits: 5, ownMisses: 2)
    #expect(correction.corrected(hits: hits, misses: misses, epoch: 1, statsReset: isKnown) == (hits, misses))
    #expect(correction.ownHits == 0)
  }

  @Test func `a lookup without an answer is a doubt and is not subtracted`() {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 1)
    correction.uncertain(lookups: 2)
    #expect(correction.uncertainLookups == 2)
    #expect(correction.corrected(hits: 150, misses: 10, epoch: 1) == (150, 10))
    #expect(correction.uncertainLookups == 2)
  }

  @Test func `what the counters did not rise by did not run`() {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 1)
    correction.add(ownHits: 3, ownMisses: 0)
    correction.uncertain(lookups: 4)
    #expect(correction.corrected(hits: 104, misses: 10, epoch: 1) == (101, 10))
    #expect(correction.uncertainLookups == 1)
    correction.uncertain(lookups: 4)
    _ = correction.corrected(hits: 104, misses: 10, epoch: 1)
    #expect(correction.uncertainLookups == 1)
  }

  @Test func `a doubt may lie with the process before or with the one after`() {
    var correction = LookupCorrection()
    _ = correction.corrected(hits: 100, misses: 10, epoch: 1)
    correction.uncertain(lookups: 3)
    _ = correction.corrected(hits: 1, misses: 0, epoch: 2)
    #expect(correction.uncertainLookups == 1)
    _ = correction.corrected(hits: 200, misses: 10, epoch: 1)
    #expect(correction.uncertainLookups == 3)
  }

  @Test func `nothing is added before the first figures`() {
    var correction = LookupCorrection()
    correction.add(ownHits: 3, ownMisses: 4)
    #expect((correction.ownHits, correction.ownMisses) == (0, 0))
    #expect(correction.corrected(hits: 5, misses: 5, epoch: 1) == (5, 5))
  }

  @Test(arguments: [Int64.min, -1, 0, .max]) func `absurd figures do not trap`(value: Int64) {
    var correction = LookupCorrection()
    for epoch in [UInt64(1), 1, 2, 1] {
      let answer = correction.corrected(hits: value, misses: .max, epoch: epoch)
      #expect(answer.hits >= 0 && answer.misses >= 0)
      correction.add(ownHits: .max, ownMisses: value)
      correction.uncertain(lookups: .max)
    }
  }

  @Test(arguments: 0..<20) func `against a simulated server the truth lies within the doubt`(seed: UInt64) {
    var generator = SeededRandom(seed: seed)
    var server = SimulatedServer()
    var correction = LookupCorrection()
    for _ in 0..<300 {
      server.serveApplication(using: &generator)
      if Int.random(in: 0..<40, using: &generator) == 0 { server.restart() }
      if Int.random(in: 0..<40, using: &generator) == 0 { server.resetStatistics() }
      let answer = correction.corrected(
        hits: server.hits, misses: server.misses, epoch: server.epoch, statsReset: server.wasReset)
      server.wasReset = false
      let excess = (answer.hits - server.applicationHits) + (answer.misses - server.applicationMisses)
      #expect(answer.hits >= server.applicationHits && answer.misses >= server.applicationMisses)
      #expect(excess <= correction.uncertainLookups)
      if server.lostAnswers == 0 { #expect(excess == 0) }
      switch Int.random(in: 0..<20, using: &generator) {
      case 0: correction.uncertain(lookups: server.answerLost(3, using: &generator))
      default:
        let own = server.lookUp(3, using: &generator)
        correction.add(ownHits: own.hits, ownMisses: own.misses)
      }
    }
  }
}

/// A server's counters, and how much of them the application caused.
private struct SimulatedServer {
  var epoch: UInt64 = 1
  var hits: Int64 = 0
  var misses: Int64 = 0
  var applicationHits: Int64 = 0
  var applicationMisses: Int64 = 0
  var wasReset = false
  var lostAnswers = 0

  mutating func serveApplication(using generator: inout SeededRandom) {
    let (hit, miss) = (Int64.random(in: 0...4, using: &generator), Int64.random(in: 0...2, using: &generator))
    hits += hit
    applicationHits += hit
    misses += miss
    applicationMisses += miss
  }

  mutating func lookUp(_ count: Int, using generator: inout SeededRandom) -> (hits: Int64, misses: Int64) {
    let hit = Int64.random(in: 0...Int64(count), using: &generator)
    hits += hit
    misses += Int64(count) - hit
    return (hit, Int64(count) - hit)
  }

  /// Runs some or none of `count` lookups; answers how many were sent.
  mutating func answerLost(_ count: Int, using generator: inout SeededRandom) -> Int64 {
    _ = lookUp(Int.random(in: 0...count, using: &generator), using: &generator)
    lostAnswers += 1
    return Int64(count)
  }

  mutating func restart() {
    epoch += 1
    clear()
  }

  mutating func resetStatistics() {
    wasReset = true
    clear()
  }

  private mutating func clear() {
    (hits, misses, applicationHits, applicationMisses, lostAnswers) = (0, 0, 0, 0, 0)
  }
}
