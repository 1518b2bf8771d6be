import CacheModel
import Testing

@testable import Namespaces

private let ends: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 53, 1 << 62, .max - 1, .max]

private let definitions = [
  NamespaceDefinition(name: "menu", keys: ["menu:*"], ttl: 60), NamespaceDefinition(name: "user", keys: ["user:*"]),
]

private func ledger(readsLog: Bool = false) throws -> EventLedger {
  EventLedger(
    classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 1 << 20,
    readsLog: readsLog)
}

/// A server may say whatever fits into an integer.
@Suite struct `Counts at the ends of integers` {
  @Test func `of prefixes and of all lookups leave no less than nothing uncounted`() throws {
    var counting = try PrefixCounting(definitions)
    for (number, lookups) in (ends + ends.reversed()).enumerated() {
      for counted in ends {
        let prefix = PrefixCounts(prefix: "a", hits: 0, misses: counted, sets: 0, deletes: 0)
        let report = PrefixReport(prefixes: [prefix, prefix], isOn: true, lookups: lookups)
        let uncounted = counting.take(report, beganAnew: number.isMultiple(of: 3)).uncounted
        #expect(try #require(uncounted) >= 0)
      }
    }
  }

  @Test func `of lines that a log lacks are told up to the largest`() throws {
    var ledger = try ledger(readsLog: true)
    ledger.began(at: 0, totals: LogTotals(), epoch: "a", nothingRemoved: true)
    var now: Int64 = 0
    for _ in 0..<20 {
      now += 1000
      // 18 digits are the most that a line is read with.
      ledger.skipped(999_999_999_999_999_999)
      ledger.polled(LogTotals(), epoch: "a", at: now)
    }
    #expect(ledger.snapshot(at: now).report.log?.dropped == .max)
  }

  @Test func `of a log are taken, whichever follow each other`() throws {
    var ledger = try ledger(readsLog: true)
    var now: Int64 = 0
    for (number, one) in ends.enumerated() {
      for other in ends {
        let totals = LogTotals(dropped: one, lookups: other, others: one)
        if number.isMultiple(of: 2) { ledger.ended(at: now, .closedByPeer) }
        ledger.began(at: now, totals: totals, epoch: "a", nothingRemoved: false)
        for total in ends {
          now += 1000
          ledger.polled(LogTotals(dropped: total, lookups: total, others: other), epoch: "a", at: now)
        }
        let log = try #require(ledger.snapshot(at: now).report.log)
        #expect(log.dropped >= 0 && log.others >= 0 && log.uncertain >= 0)
      }
    }
  }

  @Test func `of misses in gaps are no more than can be split by cause exactly`() throws {
    var ledger = try ledger()
    var now: Int64 = 0
    for round in 0..<4 {
      for misses in ends {
        ledger.began(at: now, serverMisses: misses, epoch: "\(round)", nothingRemoved: false)
        for name in ["menu:1", "menu:2", "user:1", "other"] {
          now += 10
          ledger.receive(.keymiss, database: 0, key: Array(name.utf8).span, at: now)
          ledger.receive(.expired, database: 0, key: Array(name.utf8).span, at: now)
        }
        for polled in ends { ledger.polled(serverMisses: polled, epoch: "\(round)", reset: false) }
        ledger.polled(serverMisses: misses, epoch: "\(round)", reset: true)
        ledger.ended(at: now, .closedByPeer)
        let (report, namespaces) = ledger.snapshot(at: now)
        #expect((0...1 << 53).contains(report.bridgedMisses))
        for observed in namespaces + [report.unclassified] {
          #expect(observed.causes.allSatisfy { $0 >= 0 })
          #expect(observed.causes.reduce(0, +) == observed.total)
        }
      }
    }
    #expect(ledger.snapshot(at: now).report.bridgedMisses == 1 << 53)
  }

  @Test func `of keys and calls are compared, whichever follow each other`() {
    for one in ends {
      for other in ends {
        var witness = FlushWitness()
        for figures in [one, other, one].map({ number in
          KeyspaceFigures(
            keys: [number, other], expiring: [number], flushAlls: one, flushes: number, swaps: other,
            commands: number)
        }) {
          witness.hear(.expired, database: 1)
          let found = witness.polled(figures, reset: false)
          #expect(found.emptied.count <= 2)
        }
      }
    }
  }

  @Test func `of what the server itself counts hide no silent flag`() {
    var flags = SilentFlags()
    for (second, number) in (ends + ends).enumerated() {
      flags.take(server: [number, number, nil], heard: [0, 0, 0], at: Int64(second) * 10_000)
    }
    #expect(flags.letters.contains("m"))
  }

  @Test func `of lookups give estimates that never fall`() {
    var ledger = SampleLedger(namespaces: 2)
    var told: [Int64] = [0, 0]
    var now: Int64 = 0
    let polls: [(reads: Int64, misses: Int64)] = [
      (0, 0), (1, 0), (1 << 53, 0), (1 << 62, 1), (.max, 1), (.max, 1 << 62), (0, 0), (.max, 0), (.max, .max),
      (.min, 0),
      (-1, 0), (.max, 0), (0, .min), (.max, .max), (0, 0), (.max, 5),
    ]
    for (hits, misses) in polls + polls {
      now += 1000
      for burst in 1...3 {
        let counts = BurstCounts(reads: [40, 30, 20], misses: [Int32(burst), 2, 1])
        ledger.add(counts, at: now - 400 + Int64(burst) * 100, milliseconds: 20)
      }
      ledger.polled(hits: hits, misses: [misses, misses, 0], at: now)
      let spread = ledger.report.hits
      #expect(zip(told, spread).allSatisfy { $0 <= $1 })
      told = spread
    }
    #expect(told.contains { $0 > 1 << 53 })
  }

  @Test func `of keys and their bytes are scaled up to the largest`() throws {
    var ledger = CensusLedger(classifier: try NamespaceClassifier(definitions))
    ledger.began(keys: .max)
    for memory in [Int64.max, .max, 0, .max] { ledger.add(Array("menu:1".utf8).span, memory: memory) }
    #expect(ledger.snapshot.namespaces?.first == CensusCounts(keys: .max, memoryBytes: .max))
    ledger.finished(at: UnixTime(seconds: 1))
    #expect(ledger.snapshot.namespaces?.first == CensusCounts(keys: 4, memoryBytes: .max))
  }

  @Test func `of misses with causes are split into parts that sum to them`() {
    for count in [0, 1, 3, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, 1 << 62, .max - 1, .max] as [Int64] {
      for weights in [[1], [3, 0], [0.1, 0.2, 0.7], [1e300, 1], [1, 1, 1, 1, 1e-300]] {
        let parts = apportioned(count, over: weights)
        #expect(parts.allSatisfy { $0 >= 0 })
        #expect(parts.reduce(0, +) == count, "\(count) over \(weights)")
      }
    }
  }

  @Test func `of an application are followed beside what is heard`() {
    for count in ends {
      var causes = CountedCauses()
      var counts = NamespaceCounts(definition: definitions[0], hits: nil, misses: nil, origin: .counters)
      for (second, number) in (ends.filter { $0 >= 0 } + [count]).enumerated() {
        let heard = ObservedMisses(total: number, causes: [number, count, 0, 0, number])
        (counts.counted, counts.hits, counts.misses) = (nil, number, number)
        causes.follow(heard, into: &counts, at: UnixTime(seconds: Int64(second)))
        #expect((counts.hits ?? -1) >= 0 && (counts.misses ?? -1) >= 0)
        #expect(counts.observed?.causes.allSatisfy { $0 >= 0 } == true)
      }
    }
  }
}
