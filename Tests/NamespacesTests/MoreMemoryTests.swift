import CacheModel
import Glibc
import Testing

@testable import Namespaces

/// The hit rate that `part` of the misses would add, in 0…1.
private func after(_ rate: Double, _ part: Double) -> Double { rate + (1 - rate) * part }

private func points(_ value: Double) -> Double { (value * 1000).rounded() / 10 }

/// How often intervals held what really became of a workload.
private struct Score {
  var held = 0
  var all = 0
  /// By how many points all keys' hit rate was off, of each factor.
  var off: [Double: Double] = [:]

  mutating func take(_ test: MemoryCase, factors: [Double]) throws {
    let now = try MemoryOutcome(test, factor: 1)
    for factor in factors {
      guard let found = now.predictedOfAll.first(where: { $0.factor == factor }) else { continue }
      let real = try MemoryOutcome(test, factor: factor)
      judge(found, now.all, real.all, "\(test.testDescription) ×\(factor)")
      off[factor] = (after(now.all, found.spared.ratio) - real.all) * 100
      for part in test.parts.indices {
        guard let found = now.predicted[part].first(where: { $0.factor == factor }) else { continue }
        judge(found, now.rates[part], real.rates[part], "  \(part)")
      }
    }
  }

  private mutating func judge(_ found: MoreMemory, _ now: Double, _ real: Double, _ name: String) {
    let interval = found.spared.interval
    let isHeld = real >= after(now, interval.lowerBound) && real <= after(now, interval.upperBound)
    all += 1
    if isHeld { held += 1 }
    print(
      "\(name): \(points(now)) → \(points(after(now, found.spared.ratio)))",
      "(\(points(after(now, interval.lowerBound)))…\(points(after(now, interval.upperBound)))), really \(points(real))",
      isHeld ? "" : "OUTSIDE")
  }
}

@Suite struct `Predicting more memory` {
  @Test(arguments: MemoryCase.known) func `all keys' hit rate is within three points or so, and intervals hold`(
    _ test: MemoryCase
  ) throws {
    var score = Score()
    try score.take(test.smaller, factors: [1.4, 2])
    #expect(score.off.count == 2)
    for (factor, points) in score.off { #expect(abs(points) <= test.points, "×\(factor)") }
    #expect(score.held == score.all)
  }

  /// `MEMORY_WORKLOADS` makes them more.
  @Test func `on whatever workload, intervals hold at least nine times in ten`() throws {
    let count = unsafe getenv("MEMORY_WORKLOADS").flatMap { unsafe UInt64(String(cString: $0)) } ?? 4
    var score = Score()
    for seed in 0..<count { try score.take(MemoryCase.random(seed).smaller, factors: [1.4, 2]) }
    print("\(score.held) of \(score.all) held")
    #expect(score.all >= 15)
    #expect(score.held * 10 >= score.all * 9)
  }

  /// A cache fills, and then it takes some time until it is known how long keys would stay.
  @Test func `what was before anything could be predicted is no part of the time that is told`() throws {
    let test = MemoryCase.known[0].smaller
    var reads = SimulatedReads(test.parts, rate: test.rate, seed: 3)
    var cache = SimulatedCache(test.parts, limit: Int(test.megabytes * 1e6), policy: test.policy)
    let definitions = test.parts.indices.map { NamespaceDefinition(name: "\($0)", keys: ["\($0):*"]) }
    var ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: test.memoryBytes)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    var (next, since, told) = (1.0, [Double: Double](), [MoreMemory]())
    while reads.now < test.seconds {
      let read = reads.next()
      let time = Int64(reads.now * 1000)
      if reads.now >= next {
        next += 1
        ledger.holds(CacheRoom(cache.facts), at: time)
        told = ledger.snapshot(at: time).report.moreMemory
        for (factor, isKnown) in zip(GhostDepth.factors, ledger.judge.depth.isKnown) {
          since[factor] = isKnown ? since[factor] ?? reads.now : nil
        }
      }
      cache.read(read, at: reads.now) { kind, part, key in
        ledger.receive(kind, database: 0, key: Array("\(part):\(key)".utf8).span, at: time)
      }
    }
    #expect(!told.isEmpty)
    for one in told {
      let known = try #require(since[one.factor])
      #expect(known > 10)
      #expect(abs(one.seconds - (reads.now - known)) <= 3, "\(one.factor): \(one.seconds), since \(known)")
    }
  }

  @Test(arguments: ["noeviction", "volatile-ttl", "something-new"])
  func `where keys stay, or go by an order that is not understood, nothing is predicted`(policy: String) throws {
    var facts = ServerFacts()
    facts.keys = 10
    facts.usedMemory = 2_000_000
    facts.maximumMemory = 2_000_000
    facts.evictionPolicy = policy
    var ledger = EventLedger(classifier: try NamespaceClassifier([]), namespaces: [], memoryBytes: 1 << 20)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    for time in 0..<60_000 {
      let key = Array("\(time % 100)".utf8)
      ledger.receive(.keymiss, database: 0, key: key.span, at: Int64(time))
      ledger.receive(.evicted, database: 0, key: key.span, at: Int64(time) + 10)
      if time % 1000 == 0 { ledger.holds(CacheRoom(facts), at: Int64(time)) }
    }
    #expect(ledger.snapshot(at: 60_000).report.moreMemory.isEmpty)
    facts.evictionPolicy = "allkeys-lru"
    ledger.holds(CacheRoom(facts), at: 70_000)
  }

  @Test func `a server's hash tables take their part of added memory`() throws {
    var facts = ServerFacts()
    facts.keys = 1_000_000
    facts.keysWithTTL = 1_000_000
    facts.usedMemory = 200_000_000
    facts.maximumMemory = 200_000_000
    let room = try #require(CacheRoom(facts))
    #expect(room.meanSize > 160 && room.meanSize < 200)
    // Twice the keys need tables of twice the places.
    let tables = 2 * 8.0 * 1_048_576
    #expect(abs(room.added(factor: 2) - (200_000_000 - tables) / room.meanSize) < 1)
    facts.maximumMemory = 0
    #expect(CacheRoom(facts) == nil)
  }
}
