import CacheModel
import Testing

@testable import Namespaces

/// A judge of two namespaces on a replica, the second with a time to live of 60 s.
private func judge() -> MissJudge {
  var judge = MissJudge(ttls: [nil, 60, nil], bytes: 1 << 20)
  judge.begin(at: 1, nothingRemoved: true)
  judge.isReplica = true
  return judge
}

@Suite struct `The cause of a replica's miss` {
  @Test func `a deletion is an expiry where the time to live was over, and nobody knows what otherwise`() {
    var judge = judge()
    for key in [UInt64(1), 2, 3] { _ = judge.miss(key, namespace: key == 3 ? 0 : 1, at: 100) }
    judge.remove(1, .del, namespace: 1, at: 6150)
    judge.remove(2, .del, namespace: 1, at: 5000)
    judge.remove(3, .del, namespace: 0, at: 6150)
    judge.remove(4, .del, namespace: 1, at: 6150)
    let causes = [UInt64(1), 2, 3, 4].map { judge.miss($0, namespace: $0 == 3 ? 0 : 1, at: 20_000) }
    #expect(causes == [.expired, .unknown, .unknown, .unknown])
    // Keys that come to be renamed or moved are so by whoever asked for it.
    judge.remove(1, .renamed, namespace: 1, at: 20_100)
    #expect(judge.miss(1, namespace: 1, at: 20_200) == .invalidated)
  }

  @Test func `a key that nobody had heard of may have been there`() {
    var judge = judge()
    #expect(judge.miss(7, namespace: 0, at: MissJudge.warmUp + 10) == .unknown)
    judge.isReplica = false
    #expect(judge.miss(8, namespace: 0, at: MissJudge.warmUp + 10) == .cold)
  }

  /// Readers of a replica find an expired key gone at once; its deletion comes when the master notices, or stores it anew.
  @Test func `a key expires before its deletion is heard, life after life`() {
    var judge = judge()
    var now: UInt32 = 100
    #expect(judge.miss(7, namespace: 1, at: now) == .unknown)
    for _ in 0..<5 {
      now += 6010
      #expect(judge.miss(7, namespace: 1, at: now) == .expired)
      judge.remove(7, .del, namespace: 1, at: now + 3)
    }
    // Deleted twice, it was stored between, nobody knows when.
    judge.remove(7, .del, namespace: 1, at: now + 2000)
    #expect(judge.miss(7, namespace: 1, at: now + 2100) == .unknown)
  }

  @Test func `what was long not deleted although its time was over may not have been stored`() {
    var judge = judge()
    _ = judge.miss(7, namespace: 1, at: 100)
    #expect(judge.miss(7, namespace: 1, at: 9000) == .unknown)
    // Missed again while it would have been there: it was not stored, and the cause stays.
    #expect(judge.miss(7, namespace: 1, at: 9500) == .unknown)
    #expect(judge.miss(7, namespace: 1, at: 15_600) == .unknown)
  }

  @Test func `once it is promoted nothing that was heard before is an invalidation`() {
    var judge = judge()
    for key in [UInt64(1), 2] { _ = judge.miss(key, namespace: 1, at: 100) }
    judge.remove(1, .del, namespace: 1, at: 6150)
    judge.remove(2, .del, namespace: 1, at: 3000)
    judge.isReplica = false
    #expect(judge.miss(1, namespace: 1, at: 7000) == .expired)
    #expect(judge.miss(2, namespace: 1, at: 7000) == .unknown)
    judge.remove(1, .del, namespace: 1, at: 7100)
    #expect(judge.miss(1, namespace: 1, at: 7200) == .invalidated)
  }

  @Test func `it teaches no time to live`() {
    var judge = judge()
    for key in 0..<600 as Range<UInt64> {
      _ = judge.miss(100 + key, namespace: 0, at: 1000)
      judge.remove(100 + key, .del, namespace: 0, at: 4000)
    }
    #expect(judge.ttl(of: 0) == nil)
  }

  @Test func `the ledger hears of the role at each poll, and keeps it where a poll does not tell`() throws {
    let definition = NamespaceDefinition(name: "menu", keys: ["menu:*"], ttl: 60)
    var ledger = EventLedger(
      classifier: try NamespaceClassifier([definition]), namespaces: [definition], memoryBytes: 1 << 20)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    let key = Array("menu:1".utf8)
    var now: Int64 = 0
    func causes(_ role: String?) -> [Int64] {
      var facts = ServerFacts()
      facts.role = role
      ledger.compare(facts, at: now)
      ledger.receive(.keymiss, database: 0, key: key.span, at: now)
      now += 30_000
      ledger.receive(.del, database: 0, key: key.span, at: now)
      now += 1000
      return ledger.snapshot(at: now).misses[0].causes
    }
    #expect(causes("master") == [1, 0, 0, 0, 0])
    #expect(causes("slave") == [1, 0, 0, 1, 0])
    #expect(causes(nil) == [1, 0, 0, 1, 1])
    #expect(causes("master") == [1, 0, 0, 1, 2])
    #expect(causes("master") == [1, 0, 0, 2, 2])
  }
}
