import CacheModel
import Randomness
import Testing

@testable import Namespaces

private func definitions(_ names: [String]) -> [NamespaceDefinition] {
  names.map { NamespaceDefinition(name: $0, keys: ["\($0):*"]) }
}

private struct Bench {
  var ledger: EventLedger
  var names: [String]

  init(_ names: [String], memoryBytes: Int = 1 << 20) throws {
    self.names = names
    ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions(names)), namespaces: definitions(names),
      memoryBytes: memoryBytes)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
  }

  mutating func redefine(_ names: [String]) throws {
    _ = ledger.redefine(classifier: try NamespaceClassifier(definitions(names)), namespaces: definitions(names))
    self.names = names
  }

  mutating func hear(_ kind: KeyEventKind, _ keys: [String], at now: Int64) {
    for key in keys { ledger.receive(kind, database: 0, key: Array(key.utf8).span, at: now) }
  }

  /// Misses of each namespace by cause, those of none under "".
  mutating func causes() -> [String: [Int64]] {
    let (report, misses) = ledger.snapshot(at: 1_000_000)
    var found = Dictionary(uniqueKeysWithValues: zip(names, misses.map(\.causes)))
    found[""] = report.unclassified.causes
    return found
  }
}

private func keys(_ name: String, _ count: Int = 100) -> [String] { (0..<count).map { "\(name):\($0)" } }

@Suite struct `Other namespaces while notifications are heard` {
  @Test func `what namespaces that stay have counted goes on, and what is known of all keys is kept`() throws {
    var bench = try Bench(["menu", "gone"])
    for name in ["menu", "gone", "search"] { bench.hear(.keymiss, keys(name), at: 10) }
    for name in ["menu", "gone", "search"] { bench.hear(.expired, keys(name), at: 1000) }
    try bench.redefine(["search", "menu"])
    #expect(bench.causes() == ["menu": [100, 0, 0, 0, 0], "search": [0, 0, 0, 0, 0], "": [100, 0, 0, 0, 0]])
    for name in ["menu", "gone", "search"] { bench.hear(.keymiss, keys(name), at: 2000) }
    bench.ledger.polled(serverMisses: 600, epoch: "a", reset: false)
    #expect(
      bench.causes() == ["menu": [100, 100, 0, 0, 0], "search": [0, 100, 0, 0, 0], "": [100, 100, 0, 0, 0]])
    let report = bench.ledger.snapshot(at: 2000).report
    #expect(report.difference == 0)
    #expect(report.isHolding && report.gaps.isEmpty)
    #expect(report.events[.keymiss] == 600)
  }

  @Test func `misses that nobody heard stay counted, whosever they were`() throws {
    var bench = try Bench(["menu", "gone"])
    for name in ["menu", "gone"] { bench.hear(.keymiss, keys(name), at: 10) }
    bench.ledger.ended(at: 1000, .closedByPeer)
    bench.ledger.began(at: 2000, serverMisses: 300, epoch: "a", nothingRemoved: true)
    try bench.redefine(["new", "menu"])
    let (report, misses) = bench.ledger.snapshot(at: 3000)
    #expect(report.bridgedMisses == 100)
    #expect(misses.map(\.bridged) == [0, 50])
    #expect(report.gapSeconds == 1)
  }

  @Test func `times to live that were learned stay with their namespace`() throws {
    var bench = try Bench(["gone", "menu"])
    bench.hear(.keymiss, keys("menu"), at: 10)
    bench.hear(.expired, keys("menu"), at: 5010)
    try bench.redefine(["menu", "new"])
    #expect(bench.ledger.snapshot(at: 6000).misses.map(\.ttl) == [5, nil])
  }

  /// More keys than are remembered: of a namespace that is new, no more count than were remembered of those that it takes its keys from.
  @Test func `where not all keys are remembered, causes of new namespaces are right, too`() throws {
    var bench = try Bench([], memoryBytes: 16_384)
    let all = ["menu", "search"].flatMap { keys($0, 4000) }
    bench.hear(.keymiss, all, at: 10)
    bench.hear(.evicted, all, at: 1000)
    #expect(bench.ledger.judge.memory.leastRate < 0.2)
    try bench.redefine(["menu"])
    #expect(bench.ledger.judge.memory.rate(of: 0) < 0.2)
    bench.hear(.keymiss, all, at: 2000)
    #expect(bench.causes()["menu"] == [0, 0, 4000, 0, 0])
    #expect(bench.ledger.judge.memory.bytes <= 16_384)
  }

  @Test func `hits go on as well, and still sum to the server's`() {
    var ledger = SampleLedger(namespaces: 2)
    func counts(_ reads: [Int32]) -> BurstCounts { BurstCounts(reads: reads, misses: reads.map { _ in 0 }) }
    ledger.polled(hits: 0, misses: [0, 0, 0], at: 0)
    for time in 1...20 as ClosedRange<Int64> {
      ledger.add(counts([30, 10, 0]), at: time * 1000 - 500, milliseconds: 10)
      ledger.polled(hits: time * 1000, misses: [0, 0, 0], at: time * 1000)
    }
    let before = ledger.report
    #expect(abs(before.hits[0] - 15_000) < 3)
    ledger.redefine([nil, 0, 2])
    #expect(ledger.report.hits == [0, before.hits[0]])
    #expect(ledger.report.isWaiting)
    for time in 21...40 as ClosedRange<Int64> {
      ledger.add(counts([10, 30, 0]), at: time * 1000 - 500, milliseconds: 10)
      ledger.polled(hits: time * 1000, misses: [0, 0, 0], at: time * 1000)
    }
    let after = ledger.report
    #expect(!after.isWaiting)
    #expect(abs(after.hits[0] - 5000) < 3)
    #expect(abs(after.hits[1] - 30_000) < 3)
  }
}
