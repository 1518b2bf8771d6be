import CacheModel

@testable import Collectors
@testable import Namespaces

/// What follows from polls beside their series: flushes, misses in gaps, lookups that nobody made, hits of namespaces. Numbers go on
/// into sums and differences there, whatever a server says.
struct Consequences {
  private var keyspace = KeyspaceReading()
  private var correction = LookupCorrection()
  private var samples = SampleLedger(namespaces: 1)
  private var census: CensusLedger
  private var ledger: EventLedger
  private var prefixes: PrefixCounting

  /// Of a server that tells by notifications, or by a log.
  init(readsLog: Bool = false) {
    let definitions = [NamespaceDefinition(name: "menu", keys: ["menu:*"], ttl: 60)]
    guard let classifier = try? NamespaceClassifier(definitions), let prefixes = try? PrefixCounting(definitions)
    else {
      preconditionFailure("the pattern is right")
    }
    self.prefixes = prefixes
    census = CensusLedger(classifier: classifier)
    ledger = EventLedger(
      classifier: classifier, namespaces: definitions, memoryBytes: 1 << 14, readsLog: readsLog)
    if readsLog { ledger.began(at: 0, totals: LogTotals(), epoch: "a", nothingRemoved: false) }
  }

  /// As a poller does.
  mutating func take(_ poll: CollectedPoll, at second: Int64) {
    let (facts, now) = (poll.facts, second * 1000)
    checkFacts(facts)
    FuzzTarget.require(poll.sample.inputBytes ?? 0 >= 0, "bytes are from 0")
    if let hits = facts.hits, let misses = facts.misses {
      let own = correction.corrected(
        hits: hits, misses: misses, epoch: poll.sample.epoch, statsReset: poll.statsReset)
      FuzzTarget.require(own.hits >= 0 && own.misses >= 0, "lookups are from 0")
    }
    if second.isMultiple(of: 4), poll.logTotals == nil {
      ledger.ended(at: now, .closedByPeer)
      ledger.began(at: now, serverMisses: facts.misses, epoch: facts.runID, nothingRemoved: false)
    }
    ledger.receive(.keymiss, database: 0, key: Array("menu:1".utf8).span, at: now)
    ledger.polled(serverMisses: facts.misses, epoch: facts.runID, reset: poll.statsReset)
    ledger.polled(
      keyspace.read(poll.sample, commands: facts.commandsProcessed), reset: poll.statsReset, at: now)
    ledger.compare(facts, at: now)
    ledger.holds(CacheRoom(facts), at: now)
    let (report, misses) = ledger.snapshot(at: now)
    for observed in misses + [report.unclassified] {
      FuzzTarget.require(observed.causes.reduce(0, +) == observed.total, "causes sum to the misses")
    }
    // An estimate looks at all bursts of five minutes.
    if second.isMultiple(of: 16) {
      samples.add(BurstCounts(reads: [30, 10], misses: [2, 1]), at: now - 1, milliseconds: 20)
      samples.polled(
        hits: facts.hits, misses: misses.map(\.total) + [report.unclassified.total], process: facts.runID,
        uptime: facts.uptime, at: now)
      _ = samples.report
    }
    if second.isMultiple(of: 8) { census.began(keys: facts.keys ?? 0) }
    census.add(Array("menu:1".utf8).span, memory: facts.usedMemory)
    _ = census.snapshot
    if let report = poll.prefixes { takePrefixes(report, beganAnew: poll.statsReset) }
    if let totals = poll.logTotals { ledger.polled(totals, epoch: facts.runID, at: now) }
  }

  /// A watch of the log begins now and then.
  mutating func watch(_ baseline: LogBaseline, at second: Int64) {
    guard second.isMultiple(of: 3) else { return }
    ledger.began(
      at: second * 1000, totals: baseline.totals, epoch: baseline.process, nothingRemoved: baseline.nothingRemoved)
  }

  /// A line says that so many are left out.
  mutating func skip(_ lines: Int64, at second: Int64) {
    ledger.skipped(lines)
    ledger.polled(LogTotals(), epoch: "a", at: second * 1000)
    FuzzTarget.require(ledger.snapshot(at: second * 1000).report.log?.dropped ?? 0 >= 0, "lines are from 0")
  }

  private mutating func takePrefixes(_ report: PrefixReport, beganAnew: Bool) {
    var report = report
    report.isOn = true
    let uncounted = prefixes.take(report, beganAnew: beganAnew).uncounted
    FuzzTarget.require(uncounted ?? 0 >= 0, "no less than nothing is uncounted")
  }

  private func checkFacts(_ facts: ServerFacts) {
    let counts = [
      facts.hits, facts.misses, facts.keys, facts.keysWithTTL, facts.usedMemory, facts.maximumMemory,
      facts.evictedKeys, facts.expiredKeys, facts.commandsProcessed, facts.connectedClients,
    ]
    FuzzTarget.require(counts.allSatisfy { $0 ?? 0 >= 0 }, "no figure is below 0")
  }
}
