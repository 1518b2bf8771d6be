import CacheModel
import Testing

@testable import Namespaces

private typealias Poll = KeyspaceFigures

/// What two polls tell of flushes between them, with what was heard meanwhile.
private func flushes(
  _ before: Poll, _ now: Poll, heard: [(KeyEventKind, database: Int, times: Int)] = [], reset: Bool = false
) -> Flushes {
  var witness = FlushWitness()
  _ = witness.polled(before, reset: false)
  for (kind, database, times) in heard {
    for _ in 0..<times { witness.hear(kind, database: database) }
  }
  var found = witness.polled(now, reset: reset)
  found.keysBefore = 0
  return found
}

@Suite struct `Which database was flushed` {
  @Test func `FLUSHALL is told as such, and no flush as none`() {
    #expect(flushes(Poll(keys: [5, 5]), Poll(keys: [0, 0], flushAlls: 1)) == Flushes(isAll: true))
    #expect(flushes(Poll(keys: [5, 5], flushes: 3), Poll(keys: [0, 5], flushes: 3)) == .none)
    #expect(flushes(Poll(keys: [5], flushes: 3), Poll(keys: [0])) == .none)
    #expect(flushes(Poll(keys: [5], flushes: 3), Poll(keys: [0], flushes: 1), reset: true).isAll)
  }

  @Test func `it is the one whose keys went without a word`() {
    let before = Poll(keys: [100, 40, 0, 7], commands: 1000)
    func after(_ keys: [Int64], _ calls: Int64) -> Poll { Poll(keys: keys, flushes: calls, commands: 1200) }
    #expect(flushes(before, after([101, 0, 0, 7], 1)) == Flushes(emptied: [1]))
    // Filled again in part; what expired in another was heard of.
    #expect(flushes(before, after([60, 12, 0, 7], 1), heard: [(.expired, 0, 45)]) == Flushes(emptied: [1]))
    #expect(flushes(before, after([100, 0, 0, 0], 2)) == Flushes(emptied: [1, 3]))
    // The second call may have emptied any that can have been filled again so soon.
    #expect(flushes(before, after([500, 0, 0, 7], 2)) == Flushes(emptied: [1], perhaps: [3]))
  }

  @Test func `where nothing is lacking, only what can be filled again so soon is suspected`() {
    func found(_ before: [Int64], _ now: [Int64], heard: [(KeyEventKind, database: Int, times: Int)] = [])
      -> Flushes
    {
      flushes(Poll(keys: before, commands: 10), Poll(keys: now, flushes: 1, commands: 110), heard: heard)
    }
    #expect(found([5000, 3], [5000, 3]) == Flushes(emptied: [1]))
    #expect(found([5000, 3, 8], [5000, 3, 8]) == Flushes(perhaps: [1, 2]))
    #expect(found([3], [3]) == Flushes(emptied: [0], isAll: true))
    // Another, empty one was flushed.
    #expect(found([5000], [5000], heard: [(.keymiss, 0, 50)]) == .none)
    // It was filled and flushed since the last poll.
    #expect(found([5000], [5000], heard: [(.keymiss, 2, 50)]) == Flushes(emptied: [2]))
  }

  @Test func `more databases that lack keys than flushes are suspected only`() {
    let found = flushes(Poll(keys: [9, 9]), Poll(keys: [0, 0], flushes: 1))
    #expect(found == Flushes(perhaps: [0, 1]))
  }

  @Test func `of databases that change places, two at most are known`() {
    #expect(flushes(Poll(keys: [9, 4]), Poll(keys: [4, 9], swaps: 1)) == Flushes(emptied: [0, 1]))
    #expect(flushes(Poll(keys: [9, 4, 1]), Poll(keys: [4, 9, 1], swaps: 1)) == Flushes(perhaps: [0, 1, 2]))
  }
}

/// A ledger of one namespace without a time to live, and one whose keys live for ten seconds.
private struct Bench {
  var ledger: EventLedger
  private var keys: [Int64] = [0, 0, 0]
  private var flushes: Int64 = 0

  init(nothingRemoved: Bool = true) throws {
    let definitions = [
      NamespaceDefinition(name: "menu", keys: ["menu:*"]),
      NamespaceDefinition(name: "short", keys: ["short:*"], ttl: 10),
    ]
    ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 1 << 20)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: nothingRemoved)
  }

  /// One event of each of so many keys.
  mutating func hear(_ kind: KeyEventKind, _ name: String, _ count: Int = 20, database: Int, at now: Int64) {
    for number in 0..<count {
      ledger.receive(kind, database: database, key: Array("\(name):\(number)".utf8).span, at: now)
    }
  }

  mutating func poll(_ keys: [Int64], flush: Bool = false, at now: Int64) {
    if flush { flushes += 1 }
    ledger.polled(KeyspaceFigures(keys: keys, flushes: flushes, commands: now), reset: false, at: now)
  }

  /// Misses of a namespace by cause since the last call: cold, expired, evicted, invalidated, unknown.
  mutating func causes(_ namespace: Int = 0) -> [Int64] {
    let all = ledger.snapshot(at: 100_000).misses[namespace].causes
    defer { told[namespace] = all }
    return zip(all, told[namespace]).map { $0 - $1 }
  }

  private var told = [[Int64]](repeating: [0, 0, 0, 0, 0], count: 2)
}

@Suite struct `Misses after a flush` {
  @Test func `only keys of the database that was flushed are invalidated`() throws {
    var bench = try Bench()
    for database in 0..<2 { bench.hear(.keymiss, "menu", database: database, at: 100) }
    bench.poll([20, 20], at: 1000)
    #expect(bench.causes() == [40, 0, 0, 0, 0])
    // Flushed at 1.1 s; some come before the poll that tells of it.
    bench.hear(.keymiss, "menu", 5, database: 1, at: 1200)
    bench.hear(.keymiss, "menu", 5, database: 0, at: 1200)
    bench.poll([20, 0], flush: true, at: 2000)
    #expect(bench.causes() == [5, 0, 0, 5, 0])
    for database in 0..<2 { bench.hear(.keymiss, "menu", database: database, at: 3000) }
    bench.poll([20, 20], flush: false, at: 4000)
    #expect(bench.causes() == [20, 0, 0, 20, 0])
  }

  @Test func `where it can't be told which was flushed, the cause is unknown`() throws {
    var bench = try Bench()
    for database in 0..<2 { bench.hear(.keymiss, "menu", database: database, at: 100) }
    bench.poll([20, 20], at: 1000)
    _ = bench.causes()
    bench.poll([20, 20], flush: true, at: 2000)
    for database in 0..<2 { bench.hear(.keymiss, "menu", database: database, at: 3000) }
    #expect(bench.causes() == [0, 0, 0, 0, 40])
  }

  @Test func `what had expired before the flush stays expired`() throws {
    var bench = try Bench()
    bench.hear(.keymiss, "menu", database: 0, at: 100)
    bench.hear(.keymiss, "short", database: 0, at: 100)
    bench.hear(.expired, "menu", 10, database: 0, at: 5000)
    bench.poll([30, 7], at: 6000)
    _ = (bench.causes(0), bench.causes(1))
    // The ten seconds of those that live so long are over when the database is flushed, though nobody noticed.
    bench.poll([30, 7], at: 14_000)
    bench.poll([0, 7], flush: true, at: 15_000)
    bench.hear(.keymiss, "menu", database: 0, at: 16_000)
    bench.hear(.keymiss, "short", database: 0, at: 16_000)
    #expect(bench.causes(0) == [0, 10, 0, 10, 0])
    #expect(bench.causes(1) == [0, 20, 0, 0, 0])
  }

  @Test func `no key had expired where none has a time to live, whatever was learned of those before`() throws {
    for expiring in [0, 1] as [Int64] {
      var bench = try Bench()
      func poll(flush: Bool = false, at now: Int64) {
        bench.ledger.polled(
          KeyspaceFigures(keys: [flush ? 0 : 30], expiring: [expiring], flushAlls: flush ? 1 : 0, commands: now),
          reset: false, at: now)
      }
      bench.hear(.keymiss, "short", database: 0, at: 100)
      for time in [1000, 14_000] as [Int64] { poll(at: time) }
      bench.hear(.keymiss, "menu", database: 0, at: 14_500)
      _ = bench.causes(1)
      poll(flush: true, at: 15_000)
      bench.hear(.keymiss, "short", database: 0, at: 16_000)
      #expect(bench.causes(1) == (expiring == 0 ? [0, 0, 0, 20, 0] : [0, 20, 0, 0, 0]))
    }
  }

  @Test func `what was missed again and again, or in an empty database, was not there to be flushed`() throws {
    var bench = try Bench()
    bench.hear(.keymiss, "menu", database: 0, at: 100)
    bench.hear(.expired, "menu", database: 0, at: 200)
    for time in [300, 1600] as [Int64] { bench.hear(.keymiss, "menu", database: 0, at: time) }
    bench.hear(.keymiss, "menu", database: 1, at: 1600)
    bench.poll([3, 0, 40], at: 3000)
    _ = bench.causes()
    bench.poll([0, 0, 40], flush: true, at: 4000)
    bench.hear(.keymiss, "menu", database: 0, at: 5000)
    #expect(bench.causes() == [0, 20, 0, 0, 0])
    bench.poll([3, 9, 40], at: 6000)
    bench.poll([3, 0, 40], flush: true, at: 7000)
    bench.hear(.keymiss, "menu", database: 1, at: 8000)
    #expect(bench.causes() == [20, 0, 0, 0, 0])
    // Empty since it was flushed, it proves nothing.
    bench.hear(.keymiss, "short", database: 2, at: 8500)
    bench.poll([3, 0, 40], at: 9000)
    bench.poll([3, 0, 0], flush: true, at: 10_000)
    bench.poll([3, 0, 0], at: 14_000)
    bench.poll([3, 0, 9], at: 15_000)
    bench.poll([3, 0, 0], flush: true, at: 19_000)
    bench.hear(.keymiss, "short", database: 2, at: 20_000)
    #expect(bench.causes(1) == [20, 0, 0, 20, 0])
  }

  @Test func `readers that ask at once for a key that is being stored don't make it one that is not`() throws {
    var bench = try Bench()
    for time in [100, 105, 130] as [Int64] { bench.hear(.keymiss, "menu", database: 0, at: time) }
    bench.poll([20, 30], at: 1000)
    _ = bench.causes()
    bench.poll([0, 30], flush: true, at: 2000)
    bench.hear(.keymiss, "menu", database: 0, at: 3000)
    #expect(bench.causes() == [0, 0, 0, 20, 0])
  }

  @Test func `keys that nobody had heard of are unknown after a flush, if there were any`() throws {
    var bench = try Bench(nothingRemoved: true)
    bench.poll([5000, 30], at: 1000)
    bench.hear(.keymiss, "menu", 5, database: 0, at: 1200)
    bench.poll([0, 30], flush: true, at: 2000)
    bench.hear(.keymiss, "menu", 10, database: 0, at: 3000)
    bench.hear(.keymiss, "menu", 10, database: 1, at: 3000)
    #expect(bench.causes() == [10, 0, 0, 5, 10])
    bench.poll([10, 30], at: 4000)
    // Five minutes later it hardly matters any more; and when all keys were heard of, it doesn't at all.
    bench.hear(.keymiss, "menu", database: 0, at: 400_000)
    #expect(bench.causes()[0] == 10)
    bench.poll([20, 0], at: 401_000)
    bench.poll([0, 0], flush: true, at: 402_000)
    bench.hear(.keymiss, "menu", 30, database: 0, at: 403_000)
    #expect(bench.causes() == [10, 0, 0, 20, 0])
  }

  @Test func `no longer life and no more memory is advised for what a flush took`() {
    var judge = MissJudge(ttls: [10, nil], bytes: 1 << 20)
    judge.begin(at: 1, nothingRemoved: true)
    for isFlushed in [false, true] {
      for key in 1...200 as ClosedRange<UInt64> {
        let hash = key &* 0x9E37_79B9_7F4A_7C15
        let start: UInt32 = isFlushed ? 10_000 : 100
        if isFlushed { judge.remove(hash, .del, namespace: 0, at: 2000) }
        _ = judge.miss(hash, namespace: 0, at: start)
        judge.remove(hash, .expired, namespace: 0, at: start + 1000)
        if isFlushed, key == 200 { judge.flushes.take(Flushes(isAll: true), coldFrom: nil, at: start + 1500) }
      }
      for key in 1...200 as ClosedRange<UInt64> {
        let hash = key &* 0x9E37_79B9_7F4A_7C15
        #expect(judge.miss(hash, namespace: 0, at: isFlushed ? 12_000 : 1200) == .expired)
      }
      // A tenth of their life later each: as the first round had it, undisturbed by the second.
      let saved = judge.longerTTLs(of: 0).first { $0.factor == 2 }?.saved.ratio ?? 0
      #expect(abs(saved - 1 / 2.1) < 0.01)
    }
  }
}
