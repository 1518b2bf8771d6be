import CacheModel
import Collectors
import Health
import Namespaces
import TimeSeries

/// What a target's polls have taught so far, and how each new poll changes it. A value: no connection, no clock.
struct TargetState: Sendable {
  private(set) var snapshot: TargetSnapshot
  private let definitions: [NamespaceDefinition]
  private var correction = LookupCorrection()
  private var guards: [CounterGuard]
  private var counted: [CountedCauses]
  private var slowOperations: SlowOperationTracker
  private var prefixes: PrefixCounting?
  private var evaluator: HealthEvaluator
  private var lessMemory = LessMemoryLedger()

  /// The state before the first poll. `countsPrefixes` says whether a Memcached server's own counts by prefix are to be had. Throws when a namespace's pattern can't be read.
  init(
    target: Target, interval: Double, namespaces: [NamespaceDefinition], countsPrefixes: Bool = true,
    policy: HealthPolicy, started: UnixTime
  ) throws(NamespacePatternError) {
    definitions = namespaces
    guards = namespaces.map { _ in CounterGuard() }
    counted = namespaces.map { _ in CountedCauses() }
    snapshot = TargetSnapshot(
      target: target, time: started, interval: interval,
      namespaces: namespaces.map { NamespaceCounts(definition: $0, hits: nil, misses: nil, origin: .none) })
    prefixes = target.kind == .memcached && countsPrefixes ? try PrefixCounting(namespaces) : nil
    slowOperations = SlowOperationTracker(classifier: try NamespaceClassifier(namespaces))
    evaluator = HealthEvaluator(policy: policy, namespaces: namespaces, interval: interval)
  }

  /// Goes on with the own lookups of an earlier life of cachegauge where history ends; before the first poll.
  mutating func resume(_ ring: Ring) {
    if let earlier = LookupCorrection(resuming: ring) { correction = earlier }
  }

  /// Goes on where history ends with the hits, and the misses by cause, of applications' own counters, over a reload.
  ///
  /// Not over a restart, with history that is read back: what was published last may not have been written, and a counter that falls,
  /// but not to 0, looks to Prometheus as if all of it had been counted since.
  mutating func resumeCauses(_ ring: Ring) {
    for (index, definition) in definitions.enumerated() where definition.counters != nil {
      counted[index] = CountedCauses(resuming: ring, of: definition.name)
    }
  }

  /// Takes a complete poll.
  mutating func succeeded(_ collected: CollectedPoll, at now: UnixTime) {
    snapshot.isUp = true
    snapshot.failure = nil
    snapshot.lastSuccess = now
    snapshot.sample = collected.sample
    snapshot.passing = collected.passing
    snapshot.facts = collected.facts
    snapshot.collectors = collected.collectors
    takeLookups(collected)
    if collected.statsReset || collected.serverChanged { lessMemory.beginAnew() }
    takeCounters(collected.counters, at: now)
    if let report = collected.prefixes { take(report, collected, at: now) }
    take(collected.namespaces, at: now)
    slowOperations.thresholdMicroseconds = collected.slowThreshold
    slowOperations.add(collected.slowOperations, lost: collected.slowOperationsLost)
    snapshot.slowOperations = slowOperations.report
  }

  /// Takes what notifications, or a log, told until now. A namespace without counters of its own has its misses from there, and from a
  /// log its hits as well; where the application or the server counts, it has nothing but the causes of its misses from there, and
  /// of an application's counters what they grow by.
  mutating func heard(_ report: ObservationReport, _ misses: [ObservedMisses], at now: UnixTime) {
    snapshot.observation = report
    for index in snapshot.namespaces.indices where misses.indices.contains(index) {
      guard definitions[index].counters == nil else {
        counted[index].follow(misses[index], into: &snapshot.namespaces[index], at: now)
        continue
      }
      snapshot.namespaces[index].observed = misses[index]
      guard prefixes == nil else { continue }
      snapshot.namespaces[index].misses = misses[index].total
      snapshot.namespaces[index].origin = .events
      if let hits = misses[index].hits {
        snapshot.namespaces[index].hits = hits
        snapshot.namespaces[index].origin = .watched
      }
    }
  }

  /// Takes what sampling has brought until now. A namespace without counters of its own has its hits from there; it has none while they
  /// wait, since with misses that count on they would make a false rate.
  mutating func sampled(_ report: SampleReport) {
    snapshot.sampling = report
    for index in snapshot.namespaces.indices where report.hits.indices.contains(index) {
      snapshot.namespaces[index].sampled = [:]
      for window in report.windows { snapshot.namespaces[index].sampled[window.seconds] = window.ratios[index] }
      guard snapshot.namespaces[index].origin == .events else { continue }
      let isTold = !report.isWaiting && report.isKnown[index]
      snapshot.namespaces[index].hits = isTold ? report.hits[index] : nil
      if isTold { snapshot.namespaces[index].origin = .sampled }
    }
  }

  /// Takes what walking over all keys has brought until now.
  mutating func surveyed(_ report: CensusReport) {
    snapshot.census = report
    for index in snapshot.namespaces.indices {
      snapshot.namespaces[index].census = report.namespaces?[index]
    }
  }

  /// Takes for how long keys were not touched, as the last whole walk found them; after ``surveyed(_:)``.
  mutating func idled(_ times: IdleTimes?, at now: UnixTime) {
    lessMemory.polled(snapshot.facts, hits: snapshot.hits, misses: snapshot.misses, times, at: now)
    snapshot.census?.idle = lessMemory.report
  }

  /// Takes a poll that failed; `lookups` own lookups were sent and may or may not have run.
  mutating func failed(_ cause: FailureCause, lookups: Int64) {
    snapshot.isUp = false
    snapshot.failure = cause
    snapshot.failures[cause, default: 0] += 1
    correction.uncertain(lookups: lookups)
  }

  /// Notes what every poll has, whatever its outcome.
  mutating func finished(at now: UnixTime, seconds: Double, connects: Int64, oldestHistory: UnixTime?) {
    snapshot.time = now
    snapshot.polls += 1
    snapshot.pollSeconds = seconds
    snapshot.connects = connects
    snapshot.oldestHistory = oldestHistory
  }

  /// Notes how many series have no place in history.
  mutating func recorded(refused: Int64) { snapshot.seriesWithoutHistory = refused }

  /// Judges the target as of `tick`, the time of the newest row of `history`.
  mutating func judge(at tick: UnixTime, history: Ring) {
    snapshot.advice = causeAdvice(snapshot)
    if let advice = lessMemoryAdvice(snapshot) { snapshot.advice.append(advice) }
    snapshot.health = evaluator.evaluate(HealthInput(snapshot, at: tick), history: history)
    // A server that answers but tells nothing of itself (INFO refused) is not known to be well.
    if snapshot.isUp, snapshot.facts.usedMemory == nil, snapshot.facts.hits == nil,
      snapshot.health.status == .healthy
    {
      snapshot.health.status = .unknown
    }
  }

  private mutating func takeLookups(_ collected: CollectedPoll) {
    guard let hits = collected.facts.hits, let misses = collected.facts.misses else {
      snapshot.hits = nil
      snapshot.misses = nil
      return
    }
    let corrected = correction.corrected(
      hits: hits, misses: misses, epoch: collected.sample.epoch, statsReset: collected.statsReset)
    snapshot.hits = corrected.hits
    snapshot.misses = corrected.misses
    correction.add(ownHits: collected.ownHits, ownMisses: collected.ownMisses)
    snapshot.ownHits = correction.ownHits
    snapshot.ownMisses = correction.ownMisses
  }

  /// Takes what the server counts by prefix.
  private mutating func take(_ report: PrefixReport, _ collected: CollectedPoll, at now: UnixTime) {
    guard let found = prefixes?.take(report, beganAnew: collected.statsReset || collected.serverChanged) else {
      return
    }
    snapshot.uncountedLookups = found.uncounted
    for (index, outcome) in found.namespaces.enumerated() {
      var counts = NamespaceCounts(definition: definitions[index], hits: nil, misses: nil, origin: .memcached)
      switch outcome {
      case .success(let pair) where guards[index].believes(hits: pair.hits, misses: pair.misses, at: now):
        (counts.hits, counts.misses) = (pair.hits, pair.misses)
      case .success: counts.failure = .implausibleValue
      case .failure(let failure): (counts.origin, counts.failure) = (.none, failure.cause)
      }
      snapshot.namespaces[index] = counts
    }
  }

  /// Takes what the application itself tells of its namespaces.
  private mutating func take(_ readings: [NamespaceReading], at now: UnixTime) {
    for (index, reading) in readings.enumerated() {
      var counts = NamespaceCounts(
        definition: definitions[index], hits: reading.hits, misses: reading.misses, origin: .json,
        failure: reading.failure)
      counts.reportedRatio = reading.ratio
      counts.census = reading.keys.map { CensusCounts(keys: $0, memoryBytes: reading.memoryBytes) }
      if let hits = reading.hits, let misses = reading.misses,
        !guards[index].believes(hits: hits, misses: misses, at: now)
      {
        (counts.hits, counts.misses, counts.failure) = (nil, nil, .implausibleValue)
      }
      snapshot.namespaces[index] = counts
    }
  }

  /// Readings come in the order of the definitions that have a source.
  private mutating func takeCounters(_ readings: [CounterReading], at now: UnixTime) {
    var rest = readings[...]
    for (index, definition) in definitions.enumerated() {
      guard definition.counters != nil, let reading = rest.popFirst() else { continue }
      var counts = NamespaceCounts(
        definition: definition, hits: reading.hits, misses: reading.misses, origin: .counters,
        failure: reading.failure)
      if let hits = reading.hits, let misses = reading.misses,
        !guards[index].believes(hits: hits, misses: misses, at: now)
      {
        (counts.hits, counts.misses, counts.failure) = (nil, nil, .implausibleValue)
      }
      snapshot.namespaces[index] = counts
    }
  }
}

extension TargetSnapshot {
  /// Mean bytes of a key of each namespace, and of keys of none, as the last walk over all keys found them.
  var meanKeyBytes: [Double?] {
    (namespaces.map(\.census) + [census?.other]).map { counts in
      guard let counts, counts.keys > 0, let bytes = counts.memoryBytes, bytes > 0 else { return nil }
      return Double(bytes) / Double(counts.keys)
    }
  }
}
