import CacheModel
import Health
import Namespaces
import Testing

/// A target that hears what becomes of keys of one namespace with a time to live of 59 s, hour by hour, and asks for advice.
private struct AdvisedTarget {
  private var ledger: EventLedger
  private let interval: Int64
  private var now: Int64 = 0
  private var keys = 0
  private var snapshot: TargetSnapshot

  init(interval: Int64 = 15) throws {
    let definition = NamespaceDefinition(name: "menu", keys: ["menu:*"], ttl: 59)
    ledger = EventLedger(
      classifier: try NamespaceClassifier([definition]), namespaces: [definition], memoryBytes: 1 << 20)
    ledger.began(at: 0, serverMisses: 0, epoch: "a", nothingRemoved: true)
    self.interval = interval * 1000
    let counts = NamespaceCounts(definition: definition, hits: 900, misses: 100, origin: .counters)
    snapshot = TargetSnapshot(
      target: Target(name: "shop", isNamed: true, kind: .redis, address: "h:1"), time: UnixTime(seconds: 0),
      interval: 15, namespaces: [counts])
  }

  /// So many hours, in each of which so many keys were missed and stored, and removed in time to be missed again: an expired one after
  /// a minute, an evicted one after half of that.
  mutating func run(hours: Int, _ kind: KeyEventKind, perHour: Int) {
    let polls = 3_600_000 / Int(interval)
    let count = perHour / polls
    let cycle = kind == .evicted ? 30 : 60
    for _ in 0..<(hours * polls) {
      for index in 0..<count {
        live(kind, oneOf: perHour * cycle / 3600, at: now + interval * Int64(index) / Int64(count))
      }
      now += interval
      let (report, misses) = ledger.snapshot(at: now)
      (snapshot.observation, snapshot.namespaces[0].observed) = (report, misses[0])
    }
  }

  private mutating func live(_ kind: KeyEventKind, oneOf count: Int, at time: Int64) {
    let key = Array("menu:\(keys % count)".utf8)
    keys += 1
    ledger.receive(.keymiss, database: 0, key: key.span, at: time)
    ledger.receive(kind, database: 0, key: key.span, at: time + (kind == .evicted ? 10_000 : 59_000))
  }

  /// The server says that it is full at such a limit.
  mutating func hold(megabytes: Int64, policy: String = "allkeys-lru") {
    var facts = ServerFacts()
    facts.keys = 500
    facts.usedMemory = megabytes << 20
    facts.maximumMemory = megabytes << 20
    facts.evictionPolicy = policy
    ledger.holds(CacheRoom(facts), at: now)
  }

  var observed: ObservedMisses? { snapshot.namespaces[0].observed }
  var advice: [Advice] { causeAdvice(snapshot) }
}

@Suite struct `Advice as time goes by` {
  /// Where memory was added as advised, that is said no longer.
  @Test func `is that of the last hours, whatever there was in the days before`() throws {
    var target = try AdvisedTarget()
    target.run(hours: 60, .evicted, perHour: 2400)
    #expect(target.advice.map(\.kind) == [.memory])
    #expect(target.advice.first?.message.contains("misses of about the last 87 min are") == true)
    target.run(hours: 8, .expired, perHour: 2400)
    #expect(target.advice.map(\.kind) == [.ttl])
    // What is told of all misses stays so.
    let evicted = try #require(target.observed?.shares?.first { $0.cause == .evicted })
    #expect(evicted.share > 0.8)
    #expect((target.observed?[.evicted] ?? 0) > 100_000)
  }

  @Test(
    arguments: [(100, "allkeys-lru", true), (125, "allkeys-lru", false), (100, "allkeys-lfu", false)]
      as [(Int64, String, Bool)])
  func `is of the time since the limit, or what is evicted first, was changed`(
    megabytes: Int64, policy: String, isOfAll: Bool
  ) throws {
    var target = try AdvisedTarget()
    target.hold(megabytes: 100)
    target.run(hours: 3, .evicted, perHour: 2400)
    #expect(target.advice.map(\.kind) == [.memory])
    target.hold(megabytes: megabytes, policy: policy)
    target.run(hours: 1, .expired, perHour: 2400)
    #expect(target.advice.map(\.kind) == (isOfAll ? [.memory] : [.ttl]))
    let recent = try #require(target.observed?.recent)
    #expect((recent.seconds > 3600) == isOfAll)
    let evicted = try #require(recent.shares.first { $0.cause == .evicted }).share
    #expect((evicted > 0.3) == isOfAll)
    // What is told of all misses stays so.
    #expect((target.observed?[.evicted] ?? 0) > 7000)
  }

  @Test func `rests on as much time however often the target is polled`() throws {
    var shares: [Double] = []
    for interval in [15, 60] as [Int64] {
      var target = try AdvisedTarget(interval: interval)
      target.run(hours: 3, .evicted, perHour: 2400)
      target.run(hours: 1, .expired, perHour: 2400)
      let recent = try #require(target.observed?.recent)
      shares.append(try #require(recent.shares.first { $0.cause == .evicted }).share)
    }
    #expect(abs(shares[0] - shares[1]) < 0.02, "\(shares)")
    #expect(shares[0] > 0.4 && shares[0] < 0.55)
  }

  @Test func `says of how much time it is from the beginning`() throws {
    var target = try AdvisedTarget()
    target.run(hours: 1, .evicted, perHour: 4800)
    let seconds = try #require(target.observed?.recent).seconds
    #expect((2500...2700).contains(seconds))
  }
}
