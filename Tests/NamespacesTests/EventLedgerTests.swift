import CacheModel
import Testing

@testable import Namespaces

private struct Bench {
  var ledger: EventLedger

  init() throws {
    let definitions = ["menu", "search"].map { NamespaceDefinition(name: $0, keys: ["\($0):*"]) }
    ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 1 << 20)
  }

  mutating func miss(_ keys: String..., times: Int = 1, at now: Int64 = 10) {
    for key in keys {
      for _ in 0..<times { ledger.receive(.keymiss, database: 0, key: Array(key.utf8).span, at: now) }
    }
  }
}

@Suite struct `The ledger of notifications` {
  @Test func `misses are counted by namespace, and held against the server's count`() throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 1000, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", "menu:2", "search:1", "other")
    bench.ledger.polled(serverMisses: 1006, epoch: "a", reset: false)
    let (report, misses) = bench.ledger.snapshot(at: 20)
    #expect(misses.map(\.total) == [2, 1])
    #expect(report.unclassified.total == 1)
    #expect(report.difference == 2)
    #expect(report.events[.keymiss] == 4)
  }

  @Test
  func
    `own misses are passed over, whether they are heard before their poll ends or after, and others of the key are not`()
    throws
  {
    var bench = try Bench()
    func total() -> Int64 { bench.ledger.snapshot(at: 20).misses[0].total }
    let key = [(database: 0, key: Array("menu:stats".utf8))]
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    bench.ledger.looksUp(key)
    bench.miss("menu:stats")
    bench.ledger.lookedUp(missed: key)
    bench.ledger.looksUp(key)
    bench.ledger.lookedUp(missed: key)
    bench.miss("menu:stats")
    #expect(total() == 0)
    // It is found now; then nothing is known, and then another database has the same key.
    bench.ledger.looksUp(key)
    bench.ledger.lookedUp(missed: [])
    bench.miss("menu:stats")
    #expect(total() == 1)
    bench.ledger.looksUp(key)
    bench.ledger.lookedUp(missed: nil)
    bench.miss("menu:stats")
    #expect(total() == 2)
    bench.ledger.looksUp([(database: 3, key: Array("menu:stats".utf8))])
    bench.miss("menu:stats", "menu:1")
    #expect(total() == 4)
    bench.ledger.polled(serverMisses: 6, epoch: "a", reset: false)
    #expect(bench.ledger.snapshot(at: 20).report.difference == 0)
  }

  @Test func `what is heard before the subscription is known to have begun counts, without own misses`() throws {
    var bench = try Bench()
    bench.miss("menu:0")
    bench.ledger.looksUp([(database: 0, key: Array("menu:stats".utf8))])
    bench.ledger.opens()
    bench.miss("menu:1", "menu:stats", "search:1")
    bench.ledger.began(at: 20, serverMisses: 1000, epoch: "a", nothingRemoved: true)
    bench.miss("menu:2")
    bench.ledger.lookedUp(missed: [(database: 0, key: Array("menu:stats".utf8))])
    bench.ledger.polled(serverMisses: 1004, epoch: "a", reset: false)
    let (report, misses) = bench.ledger.snapshot(at: 20)
    #expect(misses.map(\.total) == [2, 1])
    #expect(misses.map { $0[.cold] } == [2, 1])
    #expect(report.difference == 0)
    // Of a subscription that came to nothing, nothing counts.
    bench.ledger.ended(at: 30, .closedByPeer)
    bench.ledger.opens()
    bench.miss("menu:3")
    bench.ledger.ended(at: 40, .timeout)
    bench.ledger.began(at: 50, serverMisses: 1004, epoch: "a", nothingRemoved: true)
    #expect(bench.ledger.snapshot(at: 60).misses.map(\.total) == [2, 1])
  }

  @Test func `a flood before the subscription is known to have begun is bounded, and shows in the difference`()
    throws
  {
    var bench = try Bench()
    bench.ledger.opens()
    let key = Array(("menu:" + String(repeating: "x", count: 1000)).utf8)
    for _ in 0..<5000 { bench.ledger.receive(.keymiss, database: 0, key: key.span, at: 1) }
    bench.ledger.began(at: 2, serverMisses: 0, epoch: "a", nothingRemoved: true)
    bench.ledger.polled(serverMisses: 5000, epoch: "a", reset: false)
    let (report, misses) = bench.ledger.snapshot(at: 20)
    #expect((3500...4200).contains(misses[0].total))
    #expect(report.difference == 5000 - misses[0].total)
  }

  @Test func `own misses in a gap are not spread over the namespaces`() throws {
    var bench = try Bench()
    let key = [(database: 0, key: Array("menu:stats".utf8))]
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", times: 10)
    bench.ledger.looksUp(key)
    bench.ledger.lookedUp(missed: key)
    bench.ledger.ended(at: 1000, .closedByPeer)
    bench.ledger.looksUp(key)
    bench.ledger.lookedUp(missed: key)
    bench.ledger.began(at: 2000, serverMisses: 15, epoch: "a", nothingRemoved: true)
    #expect(bench.ledger.snapshot(at: 2000).misses[0].bridged == 3)
  }

  @Test func `a gap's misses are the server's, spread as the latest were`() throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", times: 30)
    bench.miss("search:1", times: 10)
    bench.ledger.ended(at: 1000, .closedByPeer)
    bench.ledger.began(at: 3500, serverMisses: 140, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", at: 4000)
    let (report, misses) = bench.ledger.snapshot(at: 5000)
    #expect(misses.map(\.bridged) == [75, 25])
    #expect(misses.map(\.total) == [106, 35])
    #expect(misses[0][.unknown] == 76)
    #expect(report.bridgedMisses == 100)
    #expect(report.gapSeconds == 2.5)
    #expect(report.gaps == [.closedByPeer: 1])
  }

  @Test func `a restart inside a gap leaves what the last poll knew and what the new process counts`() throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", times: 10)
    bench.ledger.polled(serverMisses: 14, epoch: "a", reset: false)
    bench.ledger.ended(at: 1000, .closedByPeer)
    bench.ledger.began(at: 2000, serverMisses: 5, epoch: "b", uptime: 1, nothingRemoved: true)
    #expect(bench.ledger.snapshot(at: 2000).misses[0].bridged == 9)
  }

  @Test(arguments: [(2_592_000, 4), (6, 4), (-1, 4), (nil, 4), (5, 50_000_004)] as [(Int64?, Int64)])
  func `of a server that ran before the gap, as after a failover, only what the lost one was known to lack counts`(
    uptime: Int64?, bridged: Int64
  ) throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", times: 10)
    bench.ledger.polled(serverMisses: 14, epoch: "a", reset: false)
    // The loss may be noticed late: what counts is when the server was heard of last.
    var facts = ServerFacts()
    facts.runID = "a"
    bench.ledger.compare(facts, at: 1000)
    bench.ledger.ended(at: 3000, .closedByPeer)
    bench.ledger.began(at: 4000, serverMisses: 50_000_000, epoch: "b", uptime: uptime, nothingRemoved: false)
    #expect(bench.ledger.snapshot(at: 4000).misses[0].bridged == bridged)
    // And so it is on the way back.
    bench.miss("menu:1", times: 3, at: 5000)
    bench.ledger.ended(at: 6000, .closedByPeer)
    bench.ledger.began(at: 7000, serverMisses: 9_000_000, epoch: "a", uptime: 90_000, nothingRemoved: false)
    #expect(bench.ledger.snapshot(at: 7000).misses.map(\.total) == [13 + bridged, 0])
  }

  @Test
  func `polls of another process than the one that is heard end the subscription, or else their own connection`()
    throws
  {
    var bench = try Bench()
    func poll(_ process: String, times: Int = 1) {
      for _ in 0..<times { bench.ledger.polled(serverMisses: 5, epoch: process, reset: false) }
    }
    func takesOtherPolls() -> Bool { bench.ledger.takesOtherPolls() }
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    poll("a", times: 2)
    #expect(bench.ledger.isComparable)
    poll("b")
    #expect(!bench.ledger.isComparable)
    #expect(!bench.ledger.isStale)
    // What another process holds tells of no flush.
    bench.miss("menu:1")
    bench.ledger.polled(KeyspaceFigures(keys: [0], flushes: 1), reset: false, at: 50)
    bench.miss("menu:1")
    #expect(bench.ledger.snapshot(at: 50).misses[0].causes == [2, 0, 0, 0, 0])
    poll("b")
    #expect(bench.ledger.isStale)
    #expect(!takesOtherPolls())
    bench.ledger.ended(at: 100, .serverError)
    #expect(!bench.ledger.isStale)
    // Where the address leads to the same process as before, the polls are those astray.
    bench.ledger.began(at: 200, serverMisses: 5, epoch: "a", nothingRemoved: true)
    poll("b", times: 3)
    #expect(!takesOtherPolls())
    poll("b")
    #expect(!bench.ledger.isStale)
    #expect(takesOtherPolls())
    #expect(!takesOtherPolls())
    poll("a")
    #expect(!bench.ledger.isComparable)
    poll("a")
    #expect(bench.ledger.isComparable)
    poll("b", times: 2)
    #expect(bench.ledger.isStale)
  }

  @Test func `an address that leads to two servers for good is tried ever more rarely`() throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    var attempts = 0
    for now in 1...10_000 as ClosedRange<Int64> {
      bench.ledger.polled(serverMisses: 5, epoch: "b", reset: false)
      if bench.ledger.takesOtherPolls() { attempts += 1 }
      guard bench.ledger.isStale else { continue }
      attempts += 1
      bench.ledger.ended(at: now, .serverError)
      bench.ledger.began(at: now, serverMisses: 0, epoch: "a", nothingRemoved: true)
    }
    #expect((10..<20).contains(attempts))
    bench.ledger.polled(serverMisses: 5, epoch: nil, reset: false)
    #expect(!bench.ledger.isStale)
  }

  @Test func `counters set to 0 begin a new comparison, and no misses are invented`() throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 500, epoch: "a", nothingRemoved: true)
    bench.miss("menu:1", times: 10)
    bench.ledger.polled(serverMisses: 510, epoch: "a", reset: false)
    bench.ledger.polled(serverMisses: 0, epoch: "a", reset: true)
    bench.miss("menu:1", times: 3)
    bench.ledger.polled(serverMisses: 3, epoch: "a", reset: false)
    #expect(bench.ledger.snapshot(at: 20).report.difference == 0)
    bench.ledger.ended(at: 1000, .closedByPeer)
    bench.ledger.began(at: 2000, serverMisses: 4, epoch: "a", nothingRemoved: true)
    #expect(bench.ledger.snapshot(at: 2000).report.bridgedMisses == 1)
  }

  @Test func `misses between a flush and the poll that tells of it are invalidations`() throws {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    for number in 0..<30 { bench.miss("menu:\(number)") }
    bench.ledger.polled(KeyspaceFigures(keys: [30]), reset: false, at: 1000)
    #expect(bench.ledger.snapshot(at: 1000).misses[0].causes == [30, 0, 0, 0, 0])
    // Flushed here, at 1.1 s; the second miss of each key is the flush's too, since it was not stored again in time.
    for number in 0..<30 { bench.miss("menu:\(number)", times: 2, at: 1200) }
    bench.miss("menu:new", at: 1200)
    bench.ledger.polled(KeyspaceFigures(keys: [1], flushes: 1), reset: false, at: 2000)
    #expect(bench.ledger.snapshot(at: 2000).misses[0].causes == [31, 0, 0, 60, 0])
    // Without a flush they are what the first was, and nothing that was told changes.
    for number in 0..<30 { bench.miss("menu:\(number)", at: 3500) }
    bench.miss("menu:new", at: 3500)
    bench.ledger.polled(KeyspaceFigures(keys: [1], flushes: 1), reset: false, at: 4000)
    #expect(bench.ledger.snapshot(at: 4000).misses[0].causes == [31, 0, 0, 91, 0])
  }

  @Test func `what comes before a subscription holds, or after it ended, is not counted`() throws {
    var bench = try Bench()
    bench.miss("menu:1")
    bench.ledger.began(at: 0, serverMisses: 1, epoch: "a", nothingRemoved: true)
    bench.ledger.ended(at: 10, .timeout)
    bench.miss("menu:1")
    #expect(bench.ledger.snapshot(at: 20).misses[0].total == 0)
    #expect(bench.ledger.snapshot(at: 20).report.isHolding == false)
  }

  @Test(arguments: ["a", "b"])
  func `a process may run for years, and causes stay right after a gap of long ago`(epoch: String) throws {
    var bench = try Bench()
    let day: Int64 = 86_400_000
    bench.ledger.began(at: 0, serverMisses: nil, epoch: "a", nothingRemoved: false)
    for month in 1...60 as ClosedRange<Int64> {
      let now = month * 30 * day
      if month == 16 {
        bench.ledger.ended(at: now - day, .closedByPeer)
        bench.ledger.began(at: now - day + 1000, serverMisses: nil, epoch: epoch, nothingRemoved: false)
      }
      bench.miss("menu:\(month)", times: 2, at: now)
      bench.ledger.receive(.del, database: 0, key: Array("menu:\(month)".utf8).span, at: now + 1000)
      if month % 5 == 0 { bench.miss("menu:\(month - 1)", at: now) }
      let (_, misses) = bench.ledger.snapshot(at: now + 2000)
      #expect(misses[0].causes == [month * 2, 0, 0, month / 5, 0], "\(month)")
    }
  }

  @Test func `where the setting can't be read, kinds that the server counts and nobody hears of are missing`()
    throws
  {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    var facts = ServerFacts()
    (facts.misses, facts.expiredKeys, facts.evictedKeys) = (0, 0, 0)
    bench.ledger.compare(facts, at: 1000)
    (facts.misses, facts.expiredKeys) = (100, 49)
    bench.ledger.compare(facts, at: 3000)
    #expect(bench.ledger.snapshot(at: 3000).report.missingFlags == nil)
    facts.expiredKeys = 50
    bench.ledger.compare(facts, at: 8000)
    #expect(bench.ledger.snapshot(at: 8000).report.missingFlags == "Em")
    #expect(!bench.ledger.snapshot(at: 8000).report.isHolding)
    bench.miss("menu:1")
    bench.ledger.compare(facts, at: 13_000)
    #expect(bench.ledger.snapshot(at: 13_000).report.missingFlags == "x")
    #expect(bench.ledger.snapshot(at: 13_000).report.isHolding)
    bench.ledger.flags(missing: "")
    #expect(bench.ledger.snapshot(at: 13_000).report.missingFlags == "")
  }

  @Test func `a kind that was heard, and is not any more, is missing from then on until it is heard again`()
    throws
  {
    var bench = try Bench()
    bench.ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    func missing(_ misses: Int64, at now: Int64) -> String? {
      var facts = ServerFacts()
      (facts.misses, facts.expiredKeys, facts.evictedKeys) = (misses, 0, 0)
      bench.ledger.compare(facts, at: now)
      return bench.ledger.snapshot(at: now).report.missingFlags
    }
    #expect(missing(0, at: 0) == nil)
    bench.miss("menu:1")
    #expect(missing(1, at: 1000) == nil)
    for second in 2..<7 as Range<Int64> { #expect(missing(second * 100, at: second * 1000) == nil) }
    for second in 7..<12 as Range<Int64> { #expect(missing(second * 100, at: second * 1000) == "m") }
    #expect(!bench.ledger.snapshot(at: 12_000).report.isHolding)
    bench.miss("menu:1")
    #expect(missing(1200, at: 12_000) == nil)
    #expect(bench.ledger.snapshot(at: 12_000).report.isHolding)
    // Many at once after a pause, which are counted before they are heard, are no silence.
    #expect(missing(1200, at: 60_000) == nil)
    #expect(missing(2200, at: 61_000) == nil)
    bench.miss("menu:1", times: 1000)
    for second in 62..<80 as Range<Int64> { #expect(missing(2200, at: second * 1000) == nil) }
  }
}
