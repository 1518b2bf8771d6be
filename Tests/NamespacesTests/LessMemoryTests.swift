import CacheModel
import Glibc
import Testing

@testable import Namespaces

/// A workload's last two fifths in a cache that is watched: its idle times are asked as a census asks them.
private struct WatchedCache {
  var times = IdleTimes()
  var cache: SimulatedCache
  let flow: CacheFlow

  /// Hits over lookups.
  var hitRate: Double { flow.hits / (flow.hits + flow.misses) }

  /// Asks about so many keys, each twice; none for 0.
  init(_ test: MemoryCase, limit: Int, asking keys: Int) {
    var reads = SimulatedReads(test.parts, rate: test.rate, seed: 3)
    var cache = SimulatedCache(test.parts, limit: limit, policy: .lru)
    let begin = test.seconds * 0.6
    while reads.now < begin { cache.read(reads.next(), at: reads.now) { _, _, _ in } }
    cache.forget()
    var first = IdleTimes()
    for _ in 0..<(keys > 0 && cache.count > 0 ? 2000 : 0) {
      let key = cache.any()
      first.add(seconds: cache.idle(key, at: reads.now) ?? 0, bytes: 1)
    }
    let pause = min(first.nextPause, test.seconds / 10)
    var looks = Looks(pause: pause, every: (test.seconds - begin - pause - 2) / Double(max(1, keys)), at: begin)
    var (evictions, expirations) = (0.0, 0.0)
    while reads.now < test.seconds {
      let read = reads.next()
      if keys > 0 { looks.look(&cache, at: reads.now, until: test.seconds - pause - 1) }
      cache.read(read, at: reads.now) { kind, _, _ in
        if kind == .evicted { evictions += 1 }
        if kind == .expired { expirations += 1 }
      }
    }
    let seconds = reads.now - begin
    flow = CacheFlow(
      hits: Double(cache.hits.reduce(0, +)) / seconds, misses: Double(cache.misses.reduce(0, +)) / seconds,
      evictions: evictions / seconds, expirations: expirations / seconds)
    self.cache = cache
    // The walk comes by all keys.
    times = looks.times
    if keys > 0 { cache.forEach { bytes in _ = times.visit(bytes: Int64(bytes)) } }
  }

  var predictions: [LessMemory] {
    let (used, mortals) = (Double(cache.used), Double(cache.mortals))
    return LessMemoryEstimate(times: times, flow: flow, used: used, mortals: mortals).predictions
  }
}

/// One key after the other, and each again.
private struct Looks {
  let pause: Double
  let every: Double
  var next: Double
  var times = IdleTimes()
  private var waiting: [(key: Int, seconds: Int64, time: Double)] = []
  private var position = 0

  init(pause: Double, every: Double, at begin: Double) {
    (self.pause, self.every, next) = (pause, every, begin)
  }

  mutating func look(_ cache: inout SimulatedCache, at now: Double, until end: Double) {
    while now >= next, now < end, cache.count > 0 {
      next += every
      let key = cache.any()
      guard let seconds = cache.idle(key, at: now) else { continue }
      times.add(seconds: seconds, bytes: Int64(cache.size(key)))
      waiting.append((key, seconds, now))
    }
    while position < waiting.count, now >= waiting[position].time + pause {
      let (key, seconds, time) = waiting[position]
      position += 1
      times.lookedAgain(first: seconds, pause: now - time, found: cache.idle(key, at: now))
    }
  }
}

extension MemoryCase {
  /// A workload of which keys stay for longer than idle times are coarse, some of them in a server without a limit.
  fileprivate static func slow(_ seed: UInt64) -> MemoryCase {
    var result = random(seed)
    (result.seconds, result.rate) = (1500, result.rate / 6)
    for index in result.parts.indices { result.parts[index].drift /= 12 }
    return result
  }
}

@Suite struct `Predicting less memory` {
  /// `MEMORY_WORKLOADS` makes them more.
  @Test func `on whatever workload, intervals hold at least nine times in ten`() {
    let count = unsafe getenv("MEMORY_WORKLOADS").flatMap { unsafe UInt64(String(cString: $0)) } ?? 5
    var (held, all, hardly) = (0, 0, 0)
    var off: [Double: [Double]] = [:]
    for seed in 100..<(100 + count) {
      let test = MemoryCase.slow(seed)
      let limit = seed % 3 == 1 ? Int(1e12) : Int(test.megabytes * 1e6)
      let now = WatchedCache(test, limit: limit, asking: [16_384, 8000, 1000][Int(seed / 3 % 3)])
      for found in now.predictions {
        let real = WatchedCache(test, limit: Int(found.bytes), asking: 0).hitRate
        let interval = found.hitRate.interval
        let isHeld = interval.lowerBound <= real && real <= interval.upperBound + 0.002
        all += 1
        if isHeld { held += 1 }
        off[found.factor, default: []].append((found.hitRate.ratio - real) * 100)
        if now.hitRate - interval.lowerBound < 0.01 {
          hardly += 1
          #expect(now.hitRate - real < 0.01, "\(seed) would be told that it needs less memory")
        }
        print(
          "\(seed) ×\(found.factor): \(now.hitRate) → \(found.hitRate.ratio) (\(interval)), really \(real)",
          isHeld ? "" : "OUTSIDE")
      }
    }
    print("\(held) of \(all) held; hardly a hit lost in \(hardly)")
    for (factor, points) in off {
      print("×\(factor): \((points.reduce(0) { $0 + $1 * $1 } / Double(points.count)).squareRoot()) points off")
    }
    #expect(all >= 5)
    #expect(held * 10 >= all * 9)
  }

  @Test func `half of a cache whose other half is never read is enough`() throws {
    // Of 40,000 keys that were read alike once, 10,000 are.
    var times = IdleTimes()
    for number in 0..<40_000 {
      _ = times.visit(bytes: 100)
      guard number % 4 == 0 else { continue }
      let isRead = number % 16 == 0
      times.add(seconds: Int64(isRead ? number / 16 % 60 : 5000 + number / 16 % 3000), bytes: 100)
      times.lookedAgain(
        first: Int64(isRead ? number / 16 % 60 : 5000 + number / 16 % 3000), pause: 15,
        found: Int64(isRead ? number / 16 % 15 : 5015 + number / 16 % 3000))
    }
    let flow = CacheFlow(hits: 900, misses: 100, evictions: 0, expirations: 0)
    let estimate = LessMemoryEstimate(times: times, flow: flow, used: 4_000_000, mortals: 0)
    let half = try #require(estimate.predictions.last)
    #expect(half.factor == 0.5 && half.bytes == 2_000_000)
    #expect(half.hitRate.ratio == 0.9)
    #expect(half.hitRate.interval.lowerBound > 0.89)
    #expect(half.lostHits.interval.upperBound < 10)
  }

  @Test func `idle times of hours and seconds have classes as fine as they need`() {
    for seconds in [0, 1, 9, 63, 64, 65, 100, 1000, 86_400, 15_552_000, 1 << 40, Int64.max] {
      var times = IdleTimes()
      times.add(seconds: seconds, bytes: .max)
      times.add(seconds: seconds, bytes: .max)
      let found = times.classes.first?.seconds ?? 0
      #expect(abs(found - Double(seconds)) <= max(1, Double(seconds) / 32))
      #expect(times.classes.first?.bytes == Double(Int64.max))
    }
    var times = IdleTimes()
    times.lookedAgain(first: .max, pause: 15, found: 0)
    times.lookedAgain(first: 5, pause: 15, found: nil)
    #expect(times.touched.first?.keys == 1 && times.removed.first?.keys == 1)
  }
}

@Suite struct `Less memory by polls` {
  private static func facts(_ policy: String = "allkeys-lru") -> ServerFacts {
    var facts = ServerFacts()
    (facts.keys, facts.keysWithTTL, facts.usedMemory, facts.evictionPolicy) = (40_000, 0, 4_000_000, policy)
    (facts.evictedKeys, facts.expiredKeys, facts.runID) = (0, 0, "a")
    return facts
  }

  /// A tenth of the keys are read, all the time.
  private static func times(keys: Int64 = 4000, at seconds: Int64 = 60, large: Int64 = 0) -> IdleTimes {
    var times = IdleTimes()
    for number in 0..<keys {
      _ = times.visit(bytes: 1000)
      times.add(seconds: number % 10 == 0 ? 3 : 600 + number, bytes: 1000)
      times.lookedAgain(
        first: number % 10 == 0 ? 3 : 600 + number, pause: 15, found: number % 10 == 0 ? 4 : 615 + number)
    }
    for _ in 0..<large { _ = times.visit(bytes: 20_000) }
    times.ended = UnixTime(seconds: seconds)
    return times
  }

  /// What is told after a poll, and another with these idle times a minute later.
  private static func report(
    _ facts: ServerFacts, _ times: IdleTimes, hits: Int64 = 9000, evictions: Int64 = 0
  ) -> IdleReport {
    var ledger = LessMemoryLedger()
    ledger.polled(facts, hits: 0, misses: 0, nil, at: UnixTime(seconds: 0))
    #expect(ledger.report.obstacle == facts.idleObstacle ?? .firstWalk)
    var later = facts
    later.evictedKeys = evictions
    ledger.polled(later, hits: hits, misses: 1000, times, at: UnixTime(seconds: 60))
    return ledger.report
  }

  @Test func `a sample is held against what was counted since the one before`() throws {
    var ledger = LessMemoryLedger()
    ledger.polled(Self.facts(), hits: 5, misses: 5, nil, at: UnixTime(seconds: 0))
    ledger.polled(Self.facts(), hits: 9005, misses: 1005, Self.times(), at: UnixTime(seconds: 60))
    #expect(ledger.report.hitRate == 0.9)
    #expect(ledger.report.lessMemory.map(\.factor) == [0.9, 0.75, 0.5])
    let told = ledger.report
    ledger.polled(Self.facts(), hits: 99_005, misses: 1005, Self.times(), at: UnixTime(seconds: 90))
    #expect(ledger.report == told, "the same walk tells nothing new")
    ledger.polled(Self.facts(), hits: 99_005, misses: 91_005, Self.times(at: 120), at: UnixTime(seconds: 120))
    #expect(ledger.report.hitRate == 0.5)
    // Another process counts anew.
    var facts = Self.facts()
    facts.runID = "b"
    ledger.polled(facts, hits: 500_000, misses: 500_000, Self.times(at: 180), at: UnixTime(seconds: 180))
    #expect(ledger.report.obstacle == .fewLookups && ledger.report.lessMemory.isEmpty)
  }

  @Test(
    arguments: [
      ("allkeys-lru", 0, nil), ("allkeys-lru", 100, nil), ("noeviction", 0, nil), ("allkeys-random", 0, nil),
      ("allkeys-random", 1, .otherPolicy), ("volatile-lru", 1, .otherPolicy), ("allkeys-lfu", 0, .frequencyPolicy),
      ("volatile-lfu", 0, .frequencyPolicy),
    ] as [(String, Int64, IdleObstacle?)])
  func `nothing is told where the server goes by another order`(
    policy: String, evictions: Int64, obstacle: IdleObstacle?
  ) {
    #expect(Self.report(Self.facts(policy), Self.times(), evictions: evictions).obstacle == obstacle)
  }

  @Test(arguments: [0, 1, 1 << 40, .max] as [Int64]) func `whatever the server says of itself ends nothing`(
    number: Int64
  ) {
    var facts = Self.facts()
    (facts.usedMemory, facts.keysWithTTL, facts.keys) = (number, number, number)
    facts.expiredKeys = 0
    for bytes in [0, 1, Int64.max] {
      var times = IdleTimes()
      for count in 0..<400 {
        if times.visit(bytes: min(bytes, IdleTimes.largest)) {
          times.add(seconds: Int64(count) * (number / 1000), bytes: bytes)
        }
        times.lookedAgain(first: Int64(count) * (number / 1000), pause: 20, found: count % 2 == 0 ? number : nil)
      }
      _ = times.visit(bytes: bytes)
      times.ended = UnixTime(seconds: 60)
      for told in Self.report(facts, times, hits: max(0, number - 1), evictions: number).lessMemory {
        #expect((0...1).contains(told.hitRate.ratio) && told.hitRate.interval.contains(told.hitRate.ratio))
      }
    }
  }

  @Test func `nothing is told without evidence`() {
    #expect(Self.report(Self.facts(), Self.times(keys: 299)).obstacle == .fewKeys)
    #expect(Self.report(Self.facts(), Self.times(), hits: -1).obstacle == .fewLookups)
    #expect(Self.report(Self.facts(), Self.times(large: 23)).obstacle == .largeValues)
    #expect(Self.report(Self.facts(), Self.times(large: 20)).obstacle == nil)
    var refused = Self.times(keys: 0)
    refused.obstacle = .debugRefused
    #expect(Self.report(Self.facts(), refused).obstacle == .debugRefused)
    var replica = Self.facts()
    replica.role = "slave"
    #expect(Self.report(replica, Self.times()).obstacle == .replica)
    var young = IdleTimes()
    for number in 0..<4000 {
      _ = young.visit(bytes: 1000)
      young.add(seconds: Int64(number % 8), bytes: 1000)
      young.lookedAgain(first: Int64(number % 8), pause: 5, found: 1)
    }
    young.ended = UnixTime(seconds: 60)
    #expect(Self.report(Self.facts(), young).obstacle == .shortIdleTimes)
  }
}
