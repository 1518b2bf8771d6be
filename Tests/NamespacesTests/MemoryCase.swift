import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

/// A simulated workload, and the server that it meets.
struct MemoryCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var parts: [SimulatedPart]
  /// Reads a second, for so many seconds; the first three fifths fill the cache.
  var rate = 1500.0
  var seconds = 120.0
  /// The server's memory limit.
  var megabytes: Double
  var policy = SimulatedPolicy.lru
  var declares = true
  var knowsSizes = false
  /// Bytes for the memory of keys.
  var memoryBytes = 4 << 20
  /// By how many points the hit rate of all keys may be off.
  var points = 3.0

  /// What the study used, and what else was hard, on a smaller scale.
  static let known = [
    MemoryCase(
      testDescription: "five namespaces with and without times to live",
      parts: [
        SimulatedPart(weight: 3, keys: 9000, skew: 0.9, ttl: 40, deletions: 0.002),
        SimulatedPart(weight: 2, keys: 30_000, skew: 0.7, ttl: 20),
        SimulatedPart(weight: 1, keys: 200, skew: 0.5, ttl: 1),
        SimulatedPart(weight: 2, keys: 45_000, skew: 0.8, deletions: 0.01),
        SimulatedPart(weight: 2, keys: 12_000, skew: 0.6, ttl: 60, deletions: 0.01),
      ], megabytes: 4),
    MemoryCase(
      testDescription: "a long time to live among short ones",
      parts: [
        SimulatedPart(weight: 3, keys: 18_000, skew: 0.6, ttl: 30),
        SimulatedPart(weight: 2, keys: 15_000, skew: 0.9),
        SimulatedPart(weight: 2, keys: 24_000, skew: 0.8, ttl: 20),
        SimulatedPart(weight: 1, keys: 200, skew: 0.5, ttl: 2),
        SimulatedPart(weight: 2, keys: 24_000, skew: 0.3, ttl: 600),
      ], megabytes: 5.5),
    MemoryCase(
      testDescription: "a loop over more keys than fit",
      parts: [
        SimulatedPart(weight: 3, keys: 30_000, skew: 0.9), SimulatedPart(weight: 1, keys: 6000, isScan: true),
      ], megabytes: 4),
    MemoryCase(
      testDescription: "what is popular moves on",
      parts: [
        SimulatedPart(weight: 1, keys: 60_000, skew: 0.9, drift: 30),
        SimulatedPart(weight: 1, keys: 15_000, skew: 0.5),
      ], megabytes: 3.5, declares: false),
    MemoryCase(
      testDescription: "large and small values, of known sizes",
      parts: [
        SimulatedPart(weight: 1, keys: 6000, skew: 0.7, bytes: 2000),
        SimulatedPart(weight: 1, keys: 30_000, skew: 0.7, bytes: 50),
      ], megabytes: 4, knowsSizes: true),
    MemoryCase(
      testDescription: "keys read alike, one in some remembered",
      parts: [SimulatedPart(weight: 1, keys: 18_000, ttl: 90)],
      megabytes: 4, memoryBytes: 200_000),
    MemoryCase(
      testDescription: "a turnover faster than the server's clock",
      parts: [SimulatedPart(weight: 1, keys: 4000, skew: 0.6)],
      megabytes: 1.3),
    MemoryCase(
      testDescription: "keys evicted at random", parts: [SimulatedPart(weight: 1, keys: 60_000, skew: 0.8)],
      megabytes: 4, policy: .random),
    MemoryCase(
      testDescription: "a writer of its own stores what is read",
      parts: [SimulatedPart(weight: 1, keys: 20_000, skew: 0.8, writes: 0.1)], rate: 6000, megabytes: 2),
    MemoryCase(
      testDescription: "a writer of its own, and keys evicted at random",
      parts: [SimulatedPart(weight: 1, keys: 20_000, skew: 0.8, writes: 0.1)], rate: 6000, megabytes: 2,
      policy: .random, points: 5),
  ]

  /// The same with a third of everything but time.
  var smaller: MemoryCase {
    var result = self
    result.rate /= 3
    result.megabytes = (megabytes - 1) / 3 + 1
    for index in parts.indices {
      result.parts[index].keys /= 3
      result.parts[index].drift /= 3
    }
    return result
  }

  /// Up to five namespaces of whatever size, popularity, times to live and values.
  static func random(_ seed: UInt64) -> MemoryCase {
    var random = SeededRandom(seed: seed)
    func unit() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
    func power(_ low: Double, _ high: Double) -> Double { exp2(log2(low) + (log2(high) - log2(low)) * unit()) }
    let parts = (0..<(1 + Int(unit() * 5))).map { _ in
      SimulatedPart(
        weight: 0.3 + unit(), keys: Int(power(300, 30_000)), skew: unit() < 0.2 ? 0 : 0.4 + 0.8 * unit(),
        ttl: unit() < 0.4 ? 0 : power(2, 300), bytes: Int(power(50, 2000)), spread: unit() < 0.7 ? 1 : 3,
        deletions: unit() < 0.7 ? 0 : 0.02 * unit(), drift: unit() < 0.8 ? 0 : 30 * unit(), isScan: unit() < 0.07)
    }
    let all = parts.reduce(0) { $0 + Double($1.keys) * Double($1.bytes + 90) }
    return MemoryCase(
      testDescription: "\(seed)", parts: parts, rate: power(300, 2500), megabytes: 1 + all / 1e6 * power(0.05, 0.6),
      policy: seed % 6 == 5 ? .lfu : seed % 12 == 4 ? .random : .lru, declares: seed % 3 != 0,
      knowsSizes: seed % 2 == 0, memoryBytes: seed % 4 == 3 ? 200_000 : 4 << 20)
  }
}

/// What became of a workload in its last two fifths.
struct MemoryOutcome {
  /// Hit rates by part, and of all.
  var rates: [Double]
  var all: Double
  /// What was predicted, by part and of all, where the depth was known all that time.
  var predicted: [[MoreMemory]]
  var predictedOfAll: [MoreMemory]

  /// Puts the workload to a server of `factor` times the memory; only that of today's is watched.
  init(_ test: MemoryCase, factor: Double) throws {
    var reads = SimulatedReads(test.parts, rate: test.rate, seed: 3)
    var cache = SimulatedCache(test.parts, limit: Int(test.megabytes * 1e6 * factor), policy: test.policy)
    let definitions = test.parts.indices.map { index in
      let ttl = test.parts[index].ttl
      return NamespaceDefinition(name: "\(index)", keys: ["\(index):*"], ttl: test.declares && ttl > 0 ? ttl : nil)
    }
    var ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: test.memoryBytes)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    var nextPoll = 1.0
    var known: [Bool]?
    while reads.now < test.seconds {
      let read = reads.next()
      let time = Int64(reads.now * 1000)
      if known == nil, reads.now > test.seconds * 0.6 {
        cache.forget()
        known = ledger.forgetMemory()
      }
      if factor == 1, reads.now >= nextPoll {
        nextPoll += 1
        let sizes = test.knowsSizes ? test.parts.map { Double($0.bytes + 90) } + [nil] : []
        ledger.holds(CacheRoom(cache.facts, sizes: sizes), at: time)
      }
      cache.read(read, at: reads.now) { kind, part, key in
        guard factor == 1 else { return }
        ledger.receive(kind, database: 0, key: Array("\(part):\(key)".utf8).span, at: time)
      }
    }
    rates = zip(cache.hits, cache.misses).map { Double($0) / Double(max(1, $0 + $1)) }
    let (hits, misses) = (cache.hits.reduce(0, +), cache.misses.reduce(0, +))
    all = Double(hits) / Double(hits + misses)
    let (report, observed) = ledger.snapshot(at: Int64(reads.now * 1000))
    let factors = zip(GhostDepth.factors, known ?? []).filter(\.1).map(\.0)
    predicted = observed.map { $0.moreMemory.filter { factors.contains($0.factor) } }
    predictedOfAll = report.moreMemory.filter { factors.contains($0.factor) }
  }
}
