import CacheModel
import Testing

@testable import Namespaces

@Suite struct `What is old` {
  @Test(arguments: [1, 15, 60] as [Int64])
  func `of tenants fades by the time that passes, however often a server is polled`(interval: Int64) throws {
    let definition = NamespaceDefinition(name: "menu", keys: ["menu:{tenant}:*"])
    var ledger = EventLedger(
      classifier: try NamespaceClassifier([definition]), namespaces: [definition], memoryBytes: 1 << 20)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    func miss(_ tenant: String, at second: Int64) {
      let key = Array("menu:\(tenant):1".utf8)
      for _ in 0..<500 { ledger.receive(.keymiss, database: 0, key: key.span, at: second * 1000) }
    }
    _ = ledger.snapshot(at: 0)
    miss("old", at: 0)
    for second in stride(from: interval, through: 900, by: Int(interval)) { _ = ledger.snapshot(at: second * 1000) }
    miss("new", at: 900)
    let report = try #require(ledger.snapshot(at: 901_000).misses[0].tenants)
    let old = try #require(report.tenants.first { $0.name == "old" })
    #expect(abs(old.share.upperBound - 0.289) < 0.005)
  }

  @Test func `fades as little in a gap as nobody knows better then`() throws {
    let definitions = ["menu", "search"].map { NamespaceDefinition(name: $0, keys: ["\($0):*"]) }
    var ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 1 << 20)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    for key in ["menu:1", "menu:2", "menu:3", "search:1"] {
      ledger.receive(.keymiss, database: 0, key: Array(key.utf8).span, at: 10)
    }
    ledger.ended(at: 1000, .closedByPeer)
    // A week later doubles know no smaller number.
    for hour in 0..<168 as Range<Int64> { _ = ledger.snapshot(at: hour * 3_600_000) }
    ledger.began(at: 168 * 3_600_000, serverMisses: 104, epoch: "a", nothingRemoved: true)
    #expect(ledger.snapshot(at: 168 * 3_600_000).misses.map(\.bridged) == [75, 25])
  }

  @Test func `of removals fades, those that a Memcached frees and tells nobody of among them`() {
    var removals = RecentRemovals()
    #expect(removals.evictedPart == nil)
    removals.fade(1, evicted: 30, expired: 10, freed: 1_000_000)
    #expect(removals.evictedPart == 0.75)
    removals.fade(0.5, evicted: 30, expired: 10, freed: 1_000_020)
    #expect(removals.evictedPart == 15.0 / 40)
    // Another process counts from 0.
    removals.fade(1, evicted: 30, expired: 10, freed: 20)
    #expect(removals.evictedPart == 15.0 / 60)
    removals.fade(0, evicted: 30, expired: 10, freed: nil)
    #expect(removals.evictedPart.map { $0 < 0.01 } ?? true)
  }

  @Test func `of causes fades in what is told of late alone, and a flush is blamed for both`() {
    var tally = CauseTally()
    for key in 0..<300 as Range<UInt64> { tally.add(.evicted, hash: key << 20, rate: 1) }
    tally.fade(1.0 / 300)
    tally.add(.expired, hash: 1, rate: 1, database: 0, doubt: .stored)
    func part(_ shares: [CauseShare]?, _ cause: MissCause) -> Double {
      shares?.first { $0.cause == cause }?.share ?? -1
    }
    #expect(abs(part(tally.recentShares(of: 2), .evicted) - 0.5) < 1e-9)
    #expect(abs(part(tally.shares(of: 301), .evicted) - 300.0 / 301) < 1e-9)
    tally.fade(0.5)
    tally.blame(Flushes(isAll: true), unseen: nil)
    #expect(abs(part(tally.recentShares(of: 1), .invalidated) - 0.5) < 1e-9)
    #expect(part(tally.recentShares(of: 1), .expired) == 0)
    #expect(abs(part(tally.shares(of: 301), .invalidated) - 1.0 / 301) < 1e-9)
    #expect(tally.split(total: 301, bridged: 0) == [0, 0, 300, 1, 0])
  }

  @Test func `of what was sampled fades with the doubt that it leaves`() throws {
    var tally = CauseTally()
    for key in 0..<3 as Range<UInt64> { tally.add(.evicted, hash: key << 20, rate: 1.0 / 64) }
    func evicted(of observed: Double) throws -> CauseShare {
      try #require(tally.recentShares(of: observed)?.first { $0.cause == .evicted })
    }
    // Three keys say next to nothing of two hundred misses.
    #expect(try evicted(of: 192).interval.lowerBound == 0)
    for _ in 0..<20 { tally.fade(0.5) }
    for key in 0..<1000 as Range<UInt64> { tally.add(.evicted, hash: key << 20, rate: 1) }
    #expect(try evicted(of: 1000).interval.lowerBound > 0.99)
  }
}
