import CacheModel
import Randomness
import Testing

@testable import Namespaces

/// A ledger that hears the log of a model of a server.
private struct Bench {
  var ledger: EventLedger
  var model = LogModel()

  init(bytes: Int = 1 << 20) throws {
    let definitions = [NamespaceDefinition(name: "menu", keys: ["menu:*"])]
    ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: bytes, readsLog: true)
    ledger.began(at: 0, totals: LogTotals(), epoch: "a", nothingRemoved: true)
  }

  mutating func deliver() {
    let (entries, keys) = model.drain()
    ledger.receive(entries, keys: keys.span, at: model.now)
  }

  /// What was heard, once every line has waited long enough.
  mutating func heard() -> ObservedMisses {
    deliver()
    return ledger.snapshot(at: model.now + 2 * LogOrder.patience).misses[0]
  }

  /// The same in the model's words.
  mutating func told() -> LogModel.Truth {
    let misses = heard()
    var truth = LogModel.Truth()
    truth.hits = misses.hits ?? -1
    for cause in MissCause.allCases where misses[cause] > 0 { truth.misses[cause] = misses[cause] }
    return truth
  }
}

@Suite struct `What a Memcached's log tells` {
  @Test func `is hits and misses without the lookups that stores make`() throws {
    var bench = try Bench()
    _ = bench.model.get("menu:1", 1)
    bench.model.set("menu:1", seconds: 0, 1)
    _ = bench.model.get("menu:1", 2)
    bench.model.add("menu:1", 2)
    bench.model.add("menu:2", 1)
    bench.model.set("menu:1", seconds: 60, 1)
    let told = bench.told()
    #expect(told == bench.model.truth)
    #expect(told.hits == 1)
    #expect(told.misses == [.cold: 1])
  }

  @Test func `is told without what came last, which may lack lines before it`() throws {
    var bench = try Bench()
    _ = bench.model.get("menu:1", 1)
    bench.deliver()
    let early = bench.ledger.snapshot(at: bench.model.now + 100).misses[0].total
    let late = bench.ledger.snapshot(at: bench.model.now + 2000).misses[0].total
    #expect((early, late) == (0, 1))
  }

  @Test func `tells a key that was freed in silence from one that was deleted`() throws {
    var bench = try Bench()
    bench.model.set("menu:old", seconds: 5, 1)
    bench.model.set("menu:gone", seconds: 60, 1)
    bench.deliver()
    bench.model.now += 10_000
    bench.model.crawl()
    bench.model.delete("menu:gone", 1)
    _ = bench.model.get("menu:old", 2)
    _ = bench.model.get("menu:gone", 2)
    let told = bench.told()
    #expect(told.misses == [.expired: 1, .invalidated: 1])
    // The deletion's own lookup found the key, but was no hit.
    #expect(told.hits == 0)
    let log = bench.ledger.snapshot(at: 60_000).report.log
    #expect(log?.corrected == 1)
  }

  @Test func `tells a key that was deleted and stored anew, though nobody missed it between`() throws {
    var bench = try Bench()
    bench.model.set("menu:1", seconds: 60, 1)
    bench.model.delete("menu:1", 1)
    bench.model.set("menu:1", seconds: 60, 1)
    _ = bench.model.get("menu:1", 1)
    let told = bench.told()
    #expect(told == bench.model.truth)
  }

  @Test func `knows that a key whose time was over, and which is found, was given more`() throws {
    var bench = try Bench()
    bench.model.set("menu:1", seconds: 0, 1)
    // As if it had been stored for five seconds, and touched since.
    let (entries, keys) = bench.model.drain()
    let lines = entries.map { line in
      var line = line
      if line.kind == .stored(seconds: 0) { line.kind = .stored(seconds: 5) }
      return line
    }
    bench.ledger.receive(lines, keys: keys.span, at: bench.model.now)
    bench.model.now += 8000
    _ = bench.model.get("menu:1", 1)
    bench.model.now += 1000
    bench.model.delete("menu:1", 1)
    _ = bench.model.get("menu:1", 1)
    let told = bench.told()
    #expect(told == bench.model.truth)
  }

  @Test(arguments: 0..<12)
  func `is what the server did, whatever the order of its threads' lines`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var bench = try Bench()
    for _ in 0..<6000 {
      let key = "menu:\(Int.random(in: 0..<80, using: &random))"
      let connection = Int.random(in: 0..<12, using: &random)
      bench.model.now += Int64.random(in: 0..<20, using: &random)
      // Within a second of its end the server may or may not have it any more.
      guard bench.model.isFirm(key) || Int.random(in: 0..<4, using: &random) == 0 else { continue }
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<70:
        if !bench.model.get(key, connection) {
          bench.model.set(key, seconds: random.pick([0, 5, 20, 60]), connection)
        }
      case 70..<78: bench.model.set(key, seconds: 20, connection)
      case 78..<82: bench.model.add(key, connection)
      case 82..<88: if bench.model.isFirm(key) { bench.model.delete(key, connection) }
      case 88..<92: if bench.model.isFirm(key) { bench.model.evict(key) }
      case 92..<94: if bench.model.isFirm(key) { bench.model.setTooLarge(key, connection) }
      case 94..<97: bench.model.crawl()
      default: bench.deliver()
      }
    }
    // A key that a deletion took shows it once it is looked up, unless its time would be over by then.
    for number in 0..<80 { _ = bench.model.get("menu:\(number)", 0) }
    bench.deliver()
    bench.ledger.polled(LogTotals(others: bench.model.deletions), epoch: "a", at: bench.model.now)
    let (told, truth) = (bench.told(), bench.model.truth)
    let uncertain = bench.heard().uncertain
    #expect(told.total == truth.total)
    #expect(told.hits >= truth.hits)
    #expect(told.hits <= truth.hits + uncertain)
    #expect(uncertain < bench.model.deletions)
    #expect(told.misses[.cold] == truth.misses[.cold])
    // A deletion close to the end of a key's time, or followed by its end, is taken for that.
    for cause in MissCause.allCases where cause != .cold {
      let (one, other) = (told.misses[cause] ?? 0, truth.misses[cause] ?? 0)
      #expect(abs(one - other) <= max(3, truth.total / 10), "\(cause): \(one) rather than \(other)")
    }
  }

  @Test func `names how far it may be wrong: dropped lines, and lookups by other commands`() throws {
    var bench = try Bench()
    bench.model.set("menu:1", seconds: 0, 1)
    bench.ledger.skipped(7)
    bench.ledger.polled(LogTotals(dropped: 5, lookups: 40, others: 3), epoch: "a", at: 100)
    let misses = bench.heard()
    let report = bench.ledger.snapshot(at: 9000).report
    let log = try #require(report.log)
    #expect(log.dropped == 12)
    #expect(log.others == 3)
    #expect(log.uncertain == 15)
    #expect(misses.uncertain == 15)
    // Another watch begins: what was dropped stays dropped, and the server's count goes on from there.
    bench.ledger.ended(at: 9000, .closedByPeer)
    bench.ledger.began(
      at: 9100, totals: LogTotals(dropped: 90, lookups: 50, others: 9), epoch: "a", nothingRemoved: false)
    bench.ledger.polled(LogTotals(dropped: 91, lookups: 50, others: 9), epoch: "a", at: 9200)
    let after = bench.ledger.snapshot(at: 9300).report
    #expect(after.log?.dropped == 13)
    #expect(after.gaps == [.closedByPeer: 1])
  }

  @Test func `says of keys that were stored before many lines were dropped that nobody knows`() throws {
    var bench = try Bench()
    bench.model.set("menu:1", seconds: 0, 1)
    _ = bench.heard()
    bench.model.now += 5000
    bench.ledger.polled(LogTotals(dropped: 50), epoch: "a", at: bench.model.now)
    bench.model.now += 1000
    bench.model.delete("menu:1", 1)
    _ = bench.model.get("menu:1", 1)
    let told = bench.told()
    #expect(told.misses == [.unknown: 1])
  }

  @Test func `is given up when keys are looked up and no line comes, or another process answers`() throws {
    var bench = try Bench()
    bench.ledger.polled(LogTotals(lookups: 50), epoch: "a", at: 20_000)
    bench.ledger.polled(LogTotals(lookups: 90), epoch: "a", at: 40_000)
    #expect(!bench.ledger.isStale)
    bench.ledger.polled(LogTotals(lookups: 150), epoch: "a", at: 50_000)
    bench.ledger.polled(LogTotals(lookups: 151), epoch: "a", at: 59_000)
    #expect(!bench.ledger.isStale)
    bench.ledger.polled(LogTotals(lookups: 152), epoch: "a", at: 61_000)
    #expect(bench.ledger.isStale)

    var other = try Bench()
    other.ledger.polled(LogTotals(), epoch: "b", at: 100)
    #expect(other.ledger.isStale)
  }

  @Test func `stays within its bounds when a hundred thousand lines come at once`() throws {
    var bench = try Bench()
    var hits: Int64 = 0
    for round in 0..<100_000 {
      if bench.model.get("menu:\(round % 500)", round % 7) {
        hits += 1
      } else {
        bench.model.set("menu:\(round % 500)", seconds: 0, round % 7)
      }
      if round % 1000 == 999 { bench.deliver() }
    }
    let told = bench.told()
    #expect(told.hits == hits)
    #expect(told.misses == [.cold: 500])
  }
}
