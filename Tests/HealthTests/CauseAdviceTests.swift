import CacheModel
import Health
import Testing
import TimeSeries

/// A target with one namespace, `menu`, whose 1000 misses have these causes.
private func target(
  causes: [Int64], evicted: Int64 = 0, expired: Int64 = 1000, ttl: Double? = 60, saved: Double? = 0.5
) -> TargetSnapshot {
  var misses = ObservedMisses(total: causes.reduce(0, +), causes: causes)
  let total = Double(misses.total)
  misses.shares = MissCause.allCases.map { cause in
    let share = Double(misses[cause]) / total
    return CauseShare(cause: cause, share: share, interval: share...share)
  }
  misses.recent = misses.shares.map { RecentMisses(count: total, seconds: 5000, shares: $0) }
  misses.ttl = ttl
  if let saved {
    misses.longerTTLs = [
      LongerTTL(factor: 2, saved: SampledRatio(ratio: saved, interval: (saved - 0.1)...(saved + 0.1)))
    ]
  }
  var counts = NamespaceCounts(
    definition: NamespaceDefinition(name: "menu"), hits: 1500, misses: misses.total, origin: .counters)
  counts.observed = misses
  let time = UnixTime(seconds: 1_700_000_000)
  let identity = Target(name: "shop", isNamed: true, kind: .redis, address: "h:1")
  var snapshot = TargetSnapshot(target: identity, time: time, interval: 1, namespaces: [counts])
  var report = ObservationReport()
  report.evictedPart = Double(evicted) / Double(max(1, evicted + expired))
  snapshot.observation = report
  return snapshot
}

/// Hit rates of `menu` by the window's seconds, known for sure or to so much.
private func health(_ rates: [(seconds: Int, rate: Double)], error: Double = 0) -> NamespaceHealth {
  NamespaceHealth(
    name: "menu", status: .healthy,
    windows: rates.map { seconds, rate in
      HitRateWindow(
        seconds: seconds, hits: 1000 * rate, misses: 1000 * (1 - rate), coveredSeconds: Double(seconds),
        interval: (rate - error)...(rate + error))
    })
}

@Suite struct `Advice from causes` {
  @Test func `expiry misses that a longer time to live would save are told with an interval`() throws {
    let advice = try #require(causeAdvice(target(causes: [200, 800, 0, 0, 0])).first)
    #expect(advice.kind == .ttl)
    #expect(advice.ttl == 120)
    #expect(
      advice.message
        == "Raising menu's time to live from 60 s to 2 min would have turned 50.0 % (40.0 % to 60.0 %) of its expiry misses "
        + "of about the last 83 min into hits: 60.0 % → 76.0 % (72.8 % to 79.2 %), if the data may be that old.")
  }

  @Test(
    arguments: [(nil, 50, " and memory suffices."), (10, 96, "; its keys would take 2.0 MiB more.")]
      as [(Int64?, Int64, String)])
  func `what keys that live longer take is held against the memory that is left`(
    megabytes: Int64?, used: Int64, end: String
  ) throws {
    var target = target(causes: [200, 800, 0, 0, 0])
    target.facts.maximumMemory = 100 << 20
    target.facts.usedMemory = used << 20
    target.namespaces[0].census = megabytes.map { CensusCounts(keys: 1000, memoryBytes: $0 << 20) }
    let advice = try #require(causeAdvice(target).first)
    #expect(advice.message.hasSuffix("if the data may be that old" + end), "\(advice.message)")
    #expect(advice.predicted != nil)
  }

  @Test(
    arguments: [
      (90, "allkeys-lru", "its keys would take 18.0 MiB more", "keys are evicted instead"),
      (0, "allkeys-lru", "its keys may take up to 18.0 MiB more", "keys are evicted instead"),
      (nil, "volatile-ttl", "its keys may take up to 18.0 MiB more", "keys are evicted instead"),
      (90, "noeviction", "its keys would take 18.0 MiB more", "what comes then is refused"),
    ] as [(Int64?, String, String, String)])
  func `where keys that live longer find no room, memory comes first and nothing is predicted`(
    megabytes: Int64?, policy: String, need: String, consequence: String
  ) throws {
    var target = target(causes: [200, 800, 0, 0, 0])
    target.facts.maximumMemory = 100 << 20
    target.facts.usedMemory = 90 << 20
    target.facts.evictionPolicy = policy
    // A walk that found none of its keys tells nothing of those there are.
    target.namespaces[0].census = megabytes.map { CensusCounts(keys: $0, memoryBytes: $0 << 20) }
    let advice = try #require(causeAdvice(target).first)
    #expect(advice.kind == .memory && advice.predicted == nil && advice.ttl == nil)
    #expect(
      advice.message
        == "Memory comes first: raising menu's time to live from 60 s to 2 min would have turned 50.0 % (40.0 % to 60.0 %) of its "
        + "expiry misses of about the last 83 min into hits, but \(need) and only 10.0 MiB are left below maxmemory, so that "
        + "\(consequence). Raise that first.")
  }

  /// What it refuses is missed again and again, each time for the cause of the first.
  @Test func `a full server that evicts nothing needs memory first, whatever longer times to live would save`()
    throws
  {
    for saved in [0.5, nil] {
      var target = target(causes: [200, 800, 0, 0, 0], saved: saved)
      target.facts.maximumMemory = 100 << 20
      target.facts.usedMemory = 96 << 20
      target.facts.evictionPolicy = "noeviction"
      target.namespaces[0].census = CensusCounts(keys: 1000, memoryBytes: 1 << 20)
      let advice = try #require(causeAdvice(target).first)
      #expect(advice.kind == .memory && advice.predicted == nil && advice.ttl == nil)
      #expect(
        advice.message
          == "Memory comes first: 96.0 % of maxmemory is used, and with noeviction a full server refuses to store, so that keys which "
          + "expired are missed again and again: 80.0 % of menu's misses of about the last 83 min. A longer time to live would leave "
          + "even less room. Raise maxmemory, or let the server evict.")
      target.facts.evictionPolicy = "allkeys-lru"
      #expect(causeAdvice(target).map(\.kind) == (saved == nil ? [] : [.ttl]))
    }
    #expect(causeAdvice(target(causes: [800, 200, 0, 0, 0])).map(\.kind) == [.cold])
  }

  @Test(
    arguments: [
      ([200, 300, 500, 0, 0], Int64(900)), ([200, 800, 0, 0, 0], 900),
    ] as [([Int64], Int64)])
  func `where evictions bind, memory comes first and no time to live is advised`(causes: [Int64], evicted: Int64) {
    #expect(causeAdvice(target(causes: causes, evicted: evicted)).map(\.kind) == [.memory])
  }

  @Test func `what more memory would bring is told with its interval, for the least that helps`() throws {
    var target = target(causes: [200, 300, 500, 0, 0], evicted: 900)
    target.facts.maximumMemory = 64 << 20
    target.namespaces[0].observed?.moreMemory = [(1.25, 0.12), (1.5, 0.25), (2, 0.4)].map { factor, part in
      MoreMemory(
        factor: factor, spared: SampledRatio(ratio: part, interval: (part - 0.05)...(part + 0.05)), seconds: 4000)
    }
    target.health.namespaces = [health([(60, 0.1), (3600, 0.6)])]
    let advice = try #require(causeAdvice(target).first)
    #expect(advice.memoryFactor == 1.5)
    #expect(advice.predicted?.ratio == 0.7)
    #expect(
      advice.message
        == "Memory comes first: 50.0 % of menu's misses of about the last 83 min are of evicted keys, and 47.4 % of all removals "
        + "are evictions; a longer time to live would gain little. With 1.50 times the memory (96.0 MiB), 25.0 % (20.0 % to "
        + "30.0 %) of its misses would have been hits: 60.0 % → 70.0 % (68.0 % to 72.0 %).")
  }

  /// What fills a cache is no part of what more memory would spare.
  @Test(
    arguments: [
      (30, nil), (90, 0.65), (400, 0.6), (1000, 0.55), (4000, 0.45),
    ] as [(Double, Double?)])
  func `a hit rate is predicted from that of the time for which it is known what more memory would spare`(
    seconds: Double, now: Double?
  ) throws {
    var target = target(causes: [200, 300, 500, 0, 0], evicted: 900)
    target.namespaces[0].observed?.moreMemory = [
      MoreMemory(factor: 1.5, spared: SampledRatio(ratio: 0.25, interval: 0.2...0.3), seconds: seconds)
    ]
    target.health.namespaces = [health([(60, 0.65), (300, 0.6), (900, 0.55), (3600, 0.45)])]
    let advice = try #require(causeAdvice(target).first)
    #expect(advice.memoryFactor == 1.5)
    #expect(advice.hitRate.map { abs($0 - (now ?? 0.45)) < 1e-9 } == true)
    #expect((advice.predicted == nil) == (now == nil))
    guard let now, let predicted = advice.predicted else { return }
    #expect(abs(predicted.ratio - (now + (1 - now) * 0.25)) < 1e-9)
    #expect(abs(predicted.interval.lowerBound - (now + (1 - now) * 0.2)) < 1e-9)
  }

  @Test func `what is predicted is no surer than the hit rate from which it starts`() throws {
    var target = target(causes: [0, 1000, 0, 0, 0])
    target.health.namespaces = [health([(3600, 0.6)], error: 0.06)]
    func reach() throws -> Double {
      let predicted = try #require(causeAdvice(target).first?.predicted)
      #expect(abs(predicted.ratio - 0.8) < 1e-9)
      #expect(abs(predicted.interval.upperBound - 0.8 - (0.8 - predicted.interval.lowerBound)) < 1e-9)
      return predicted.interval.upperBound - 0.8
    }
    #expect(abs(try reach() - (0.04 * 0.04 + 0.03 * 0.03).squareRoot()) < 1e-9)
    // Bursts tell an hour's hits about three and a half times as well as those of five minutes.
    target.namespaces[0].sampled = [300: SampledRatio(ratio: 0.6, interval: 0.5...0.7)]
    let own = 0.06 * 0.06 + 0.1 * 0.1 / 12
    #expect(abs(try reach() - (0.04 * 0.04 + 0.25 * own).squareRoot()) < 1e-9)
  }

  @Test(
    arguments: [
      ([900, 100, 0, 0, 0], Advice.Kind.cold), ([100, 100, 0, 800, 0], .invalidation),
    ] as [([Int64], Advice.Kind)])
  func `where neither would help, that is said`(causes: [Int64], kind: Advice.Kind) {
    #expect(causeAdvice(target(causes: causes)).map(\.kind) == [kind])
  }

  @Test func `memory is not what most misses of keys that were never there ask for, wherever evictions bind`() {
    let advice = causeAdvice(target(causes: [760, 220, 20, 0, 0], evicted: 900))
    #expect(advice.map(\.kind) == [.cold])
    #expect(
      advice.map(\.message) == [
        "Neither memory nor a longer time to live would help menu much: 76.0 % of its misses of about the last 83 min are of keys "
          + "that were never there. Warm what is known to be read, or make keys less diverse."
      ])
  }

  @Test(arguments: [[100, 100, 0, 800, 0], [200, 800, 0, 0, 0], [900, 100, 0, 0, 0]] as [[Int64]])
  func `a replica tells of its master's removals only that there are some, so that it gets none`(causes: [Int64]) {
    var target = target(causes: causes)
    target.facts.role = "master"
    #expect(causeAdvice(target).count == 1)
    target.facts.role = "slave"
    #expect(causeAdvice(target).isEmpty)
  }

  /// Of three sampled misses nobody knows the shares of two hundred.
  @Test(
    arguments: [
      [20, 380, 600, 0, 0], [200, 800, 0, 0, 0], [900, 100, 0, 0, 0], [100, 100, 0, 800, 0],
    ] as [[Int64]])
  func `shares that are hardly known advise nothing`(causes: [Int64]) {
    var target = target(causes: causes)
    #expect(causeAdvice(target).count == 1)
    let shares = target.namespaces[0].observed?.shares ?? []
    target.namespaces[0].observed?.recent?.shares = shares.map {
      CauseShare(cause: $0.cause, share: $0.share, interval: max(0, $0.share - 0.9)...min(1, $0.share + 0.9))
    }
    #expect(causeAdvice(target).isEmpty)
  }

  @Test func `what is not known for sure widens what is predicted`() throws {
    var target = target(causes: [200, 800, 0, 0, 0])
    let expired = CauseShare(cause: .expired, share: 0.8, interval: 0.7...0.9)
    target.namespaces[0].observed?.recent?.shares = [expired]
    let predicted = try #require(causeAdvice(target).first?.predicted)
    #expect(abs(predicted.ratio - 0.76) < 1e-9)
    #expect(abs(predicted.interval.lowerBound - (0.6 + 0.4 * 0.4 * 0.7)) < 1e-9)
    #expect(abs(predicted.interval.upperBound - (0.6 + 0.4 * 0.6 * 0.9)) < 1e-9)
  }

  @Test func `misses of long ago are no evidence, and the hit rate is that of the last hour`() throws {
    var target = target(causes: [200, 800, 0, 0, 0])
    let hour = HitRateWindow(seconds: 3600, hits: 900, misses: 100, coveredSeconds: 3600, interval: nil)
    target.health.namespaces = [NamespaceHealth(name: "menu", status: .healthy, windows: [hour])]
    #expect(try #require(causeAdvice(target).first).hitRate == 0.9)
    target.namespaces[0].observed?.recent?.count = 100
    #expect(causeAdvice(target).isEmpty)
    target.namespaces[0].observed?.recent = nil
    #expect(causeAdvice(target).isEmpty)
  }

  @Test func `without evidence there is no advice`() {
    #expect(causeAdvice(target(causes: [50, 50, 0, 0, 0])).isEmpty)
    #expect(causeAdvice(target(causes: [0, 1000, 0, 0, 0], saved: nil)).isEmpty)
    #expect(causeAdvice(target(causes: [0, 0, 0, 0, 1000])).isEmpty)
  }
}

@Suite struct `Notifications that don't come` {
  @Test(arguments: [("g", "the causes of misses can't all be told"), ("Em", "misses can't be observed")])
  func `a warning names the flags`(flags: String, consequence: String) throws {
    var report = ObservationReport()
    report.missingFlags = flags
    let warning = try #require(warnings(report).first)
    #expect(warning.code == .notificationsMissing)
    #expect(warning.severity == .warning)
    #expect(warning.message == "notify-keyspace-events lacks the flags \(flags): \(consequence).")
  }

  @Test(arguments: [
    (FailureCause.permissionDenied, "allow no watching"), (.unknownCommand, "knows no watch"),
    (.tooManyClients, "as many watchers as it takes"),
  ])
  func `a Memcached's log that is refused is told, one that was lost is not`(_ cause: FailureCause, _ text: String)
  {
    var report = ObservationReport()
    report.log = LogReport()
    report.failure = cause
    #expect(warnings(report).map(\.code) == [.notificationsMissing])
    #expect(warnings(report).allSatisfy { $0.message.contains(text) })
    report.failure = .closedByPeer
    #expect(warnings(report).isEmpty)
  }

  @Test func `a refusal is told, and neither is told where all is well or nothing was asked for`() {
    var report = ObservationReport()
    report.failure = .permissionDenied
    #expect(warnings(report).map(\.code) == [.notificationsMissing])
    report.failure = nil
    report.missingFlags = ""
    #expect(warnings(report).isEmpty)
    #expect(warnings(nil).isEmpty)
  }

  private func warnings(_ report: ObservationReport?) -> [Warning] {
    var evaluator = HealthEvaluator(policy: .standard, namespaces: [], interval: 1)
    let input = HealthInput(now: UnixTime(seconds: 1_700_000_000), isUp: true, observation: report)
    let store = TimeSeriesStore(configuration: TimeSeries.Configuration(memory: 1 << 20))
    return evaluator.evaluate(input, history: store.ring(named: "a", period: 1000)).warnings
  }
}
