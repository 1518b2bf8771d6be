import CacheModel
import Glibc
import Testing

@testable import Namespaces

/// The causes of one application's misses, told from all of its keys and from those that fit into less memory.
private struct SampledCauses {
  let report: ObservationReport
  let whole: [ObservedMisses]
  let sampled: [ObservedMisses]

  /// 15,000 reads a second for 8 seconds, in a cache of 8 MB.
  init(_ parts: [SimulatedPart], memoryBytes: Int, seed: UInt64) throws {
    var reads = SimulatedReads(parts, rate: 15_000, seed: seed)
    var cache = SimulatedCache(parts, limit: 8_000_000, policy: .lru)
    let definitions = parts.indices.map {
      NamespaceDefinition(name: "\($0)", keys: ["\($0):*"], ttl: parts[$0].ttl > 0 ? parts[$0].ttl : nil)
    }
    let classifier = try NamespaceClassifier(definitions)
    var ledgers = [64 << 20, memoryBytes].map {
      EventLedger(classifier: classifier, namespaces: definitions, memoryBytes: $0)
    }
    for index in ledgers.indices { ledgers[index].began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true) }
    while reads.now < 8 {
      let read = reads.next()
      let time = Int64(reads.now * 1000)
      cache.read(read, at: reads.now) { kind, part, key in
        // Other keys for each seed, so that others are sampled.
        let text = Array("\(part):\(key):\(seed)".utf8)
        for index in ledgers.indices { ledgers[index].receive(kind, database: 0, key: text.span, at: time) }
      }
    }
    whole = ledgers[0].snapshot(at: 0).misses
    (report, sampled) = ledgers[1].snapshot(at: 0)
  }
}

@Suite struct `Causes told from some of the keys` {
  private let parts = [
    SimulatedPart(weight: 3, keys: 3000, skew: 0.9, ttl: 4, deletions: 0.002),
    SimulatedPart(weight: 2, keys: 20_000, skew: 0.7, ttl: 2),
    SimulatedPart(weight: 1, keys: 200, skew: 0.5, ttl: 1),
    SimulatedPart(weight: 2, keys: 30_000, skew: 0.8, bytes: 200, deletions: 0.01),
    SimulatedPart(weight: 2, keys: 8000, skew: 0.6, ttl: 6, bytes: 200, deletions: 0.01),
  ]

  /// `CAUSE_WORKLOADS` makes them more.
  @Test func `a namespace of few keys is exact, shares of large ones are close, and intervals hold`() throws {
    let count = unsafe getenv("CAUSE_WORKLOADS").flatMap { unsafe UInt64(String(cString: $0)) } ?? 3
    let memory = unsafe getenv("CAUSE_MEMORY").flatMap { unsafe Int(String(cString: $0)) } ?? 512 << 10
    var (held, all, worst) = (0, 0, 0.0)
    for seed in 0..<count {
      let found = try SampledCauses(parts, memoryBytes: memory, seed: seed)
      #expect(found.report.sampleRate < 0.5)
      #expect(found.sampled[2].sampleRate == 1)
      #expect(found.sampled[2].causes == found.whole[2].causes)
      for (told, truth) in zip(found.sampled, found.whole) {
        #expect(told.total == truth.total)
        for share in told.shares ?? [] {
          let real = Double(truth[share.cause]) / Double(truth.total)
          let off = abs(Double(told[share.cause]) / Double(told.total) - real) * 100
          worst = max(worst, off)
          guard told.sampleRate < 1, real > 0 else { continue }
          all += 1
          if share.interval.contains(real) { held += 1 }
        }
      }
    }
    print("worst share off by \(worst) points, \(held) of \(all) intervals held")
    #expect(worst <= 2.5)
    #expect(held * 100 >= all * 93)
  }
}
