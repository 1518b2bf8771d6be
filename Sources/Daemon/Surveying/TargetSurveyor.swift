import CacheClients
import CacheModel
import Collectors
import Logging
import Namespaces
import RESP
import TimeSeries

/// Walks over all keys of one target again and again, a little at a time, on a connection of its own.
///
/// Runs on its client's event loop.
actor TargetSurveyor {
  private let client: RedisClient
  /// Also for the task that calls ``run()``.
  nonisolated let executor: EventLoopExecutor
  private let configuration: CensusConfiguration
  private let checks: KeyCheckConfiguration
  private let home: Int
  private let timeout: Duration
  let ledger: SurveyLedger
  private let log: Logger
  private let metadata: Logger.Metadata
  var pace: CensusPace
  private var told: FailureCause?
  private var failures = 0
  private var lookedAt: ContinuousClock.Instant?
  private var tally: KeyTally
  private let legacyNames: Bool
  private var hasToldOfStreams = false
  /// What asks keys of the walk under way for their idle times.
  var idle: IdleSampler?
  let began = ContinuousClock.now

  /// Between two looks at what polls tell of the number of keys, which cost the server nothing.
  private static let glance = Duration.seconds(15)

  /// A surveyor that does nothing yet. `home` is the database that the client selects itself; `timeout` bounds each batch.
  init(
    client: RedisClient, configuration: CensusConfiguration, checks: KeyCheckConfiguration, home: Int,
    timeout: Duration, ledger: SurveyLedger, target: Target, legacyNames: Bool, log: Logger
  ) {
    self.client = client
    executor = client.executor
    self.configuration = configuration
    self.checks = checks
    self.home = home
    self.timeout = max(timeout, .seconds(1))
    self.ledger = ledger
    self.log = log
    pace = CensusPace(share: configuration.share)
    self.legacyNames = legacyNames
    tally = KeyTally(checks, legacyNames: legacyNames)
    metadata = ["target": "\(target.name)", "address": "\(target.address)"]
  }

  /// The event loop's, which this holds.
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Walks until the task is cancelled, then closes the connection.
  func run() async {
    let clock = ContinuousClock()
    let walks = configuration.isOn || checks.needsWalk
    while !Task.isCancelled {
      let started = clock.now
      if walks { await walk() } else { await look() }
      let walked = clock.now
      await finishIdleTimes()
      let ended = clock.now
      let next = ended.advanced(by: configuration.interval)
      // Where the number of keys changes all the time, walks take no more than half of it.
      let soonest = ended.advanced(by: started.duration(to: walked))
      // Single keys have a rhythm of their own.
      repeat {
        let pause = checks.singleKeys.isEmpty ? configuration.interval : checks.interval
        let glance = walks ? min(pause, Self.glance) : pause
        guard (try? await executor.sleep(for: min(glance, configuration.interval))) != nil else { break }
        if walks { await look() }
        if clock.now >= soonest, ledger.isOutdated { break }
      } while walks && clock.now < next && !Task.isCancelled
    }
    await client.close()
  }

  /// Looks at the single keys if it is time to; they are few, but the share of time holds for them too.
  func look() async {
    guard !checks.singleKeys.isEmpty, lookedAt.map({ $0.duration(to: .now) >= checks.interval }) ?? true else {
      return
    }
    lookedAt = .now
    do throws(ClientError) { try await lookAtSingleKeys() } catch { failed(error) }
  }

  private func lookAtSingleKeys() async throws(ClientError) {
    var series: [(SeriesDefinition, FixedPoint)] = []
    for start in stride(from: 0, to: checks.singleKeys.count, by: 100) {
      let part = checks.singleKeys[start..<min(start + 100, checks.singleKeys.count)]
      let (replies, seconds) = try await ask(
        part.flatMap { checked in
          [
            RESPCommand("SELECT", "\(checked.database)"),
            RESPCommand("MEMORY", "USAGE", checked.pattern, "SAMPLES", "\(configuration.samples)"),
          ]
        })
      for (index, checked) in part.enumerated() where replies[2 * index].error == nil {
        if case .integer(let bytes) = replies[2 * index + 1] {
          series.append(KeyTally.memory(of: Array(checked.pattern.utf8), database: checked.database, bytes))
        }
      }
      try await rest(after: seconds)
    }
    _ = try await ask([RESPCommand("SELECT", "\(home)")])
    ledger.looked(series, at: WallClock.now)
  }

  private func rest(after seconds: Double) async throws(ClientError) {
    try await sleep(for: pace.pause(after: seconds))
  }

  func sleep(for seconds: Double) async throws(ClientError) {
    guard (try? await executor.sleep(for: .seconds(seconds))) != nil else {
      throw ClientError(.timeout, "the walk was cancelled")
    }
  }

  /// One walk from its begin to its end, through all interruptions; a restarted server is walked over anew.
  private func walk() async {
    var walk: KeyWalk?
    var runID: String?
    while !Task.isCancelled {
      do throws(ClientError) {
        let summary = try await begin()
        if walk == nil || summary.runID != runID {
          walk = KeyWalk(databases: summary.databases, home: home, samples: configuration.samples)
          runID = summary.runID
          tally = KeyTally(checks, legacyNames: legacyNames)
          let isHome = summary.databases == [home]
          idle = ledger.idleSampler(expected: summary.keys, selected: isHome ? home : nil)
          ledger.with { $0.began(keys: summary.keys) }
        }
        while walk?.isDone == false {
          try await step(&walk)
          recovered()
          await look()
        }
        recovered()
        ledger.with { $0.finished(at: WallClock.now) }
        if checks.needsWalk { ledger.walked(tally, checks: checks.walkedNames, at: WallClock.now) }
        tellOfStreams()
        return
      } catch {
        failed(error)
        // A server that refuses is asked again at ever longer intervals, up to a minute.
        let pause = Duration.seconds(Pause.doubled(0.5, failures, atMost: 60))
        guard (try? await executor.sleep(for: pause)) != nil else { return }
      }
    }
  }

  /// Once, that patterns of streams match more keys than can be asked for their type.
  private func tellOfStreams() {
    guard tally.hasMoreStreams, !hasToldOfStreams else { return }
    hasToldOfStreams = true
    log.warning(
      "checks.streams matches more than \(KeyTally.maximumCandidates) keys; the others are not asked whether they are streams",
      metadata: metadata)
  }

  private func begin() async throws(ClientError) -> KeyspaceSummary {
    // The connection may have been left in another database, which a walk of one does not leave again.
    _ = try await ask([RESPCommand("SELECT", "\(home)")])
    let (_, seconds) = try await ask([RESPCommand("PING")])
    pace.noteFloor(seconds)
    let (replies, _) = try await ask(KeyspaceSummary.commands)
    do throws(CollectorFailure) { return try KeyspaceSummary(replies) } catch { throw ClientError(error) }
  }

  private func step(_ walk: inout KeyWalk?) async throws(ClientError) {
    guard var walked = walk else { return }
    walked.batch = pace.batch
    let (replies, seconds) = try await ask(walked.commands())
    do throws(CollectorFailure) {
      let keys = try walked.receive(replies)
      walk = walked
      if checks.needsWalk { for key in keys { tally.add(key) } }
      ledger.offer(add(keys, seconds: seconds))
      idle?.offer(keys)
    } catch { throw ClientError(error) }
    try await rest(after: seconds)
    try await askIdleTimes()
  }

  /// Files a batch; answers some of its keys with their namespaces, for a sample of times to live: one in 32 by chance, and
  /// one of each namespace, since a server goes through its keys in the same order each time.
  private func add(_ keys: [WalkedKey], seconds: Double) -> [(place: KeyPlace, namespace: Int)] {
    var samples: [(place: KeyPlace, namespace: Int)] = []
    var seen: Set<Int> = []
    ledger.with { ledger in
      for key in keys.shuffled() {
        let namespace = ledger.add(key.key.span, memory: key.memory) ?? ledger.namespaces
        // The poller's connection selects this database; a sample of it is enough.
        guard key.database == home, Int.random(in: 0..<32) == 0 || seen.insert(namespace).inserted else { continue }
        samples.append((KeyPlace(database: key.database, key: key.key), namespace))
      }
      ledger.spent(seconds: seconds, at: WallClock.now)
    }
    return samples
  }

  func ask(_ commands: [RESPCommand]) async throws(ClientError) -> ([RESPValue], seconds: Double) {
    let replies = try await client.pipeline(commands, deadline: .now.advanced(by: timeout))
    return (replies, commands.isEmpty ? 0 : await client.lastExchange.inSeconds)
  }

  private func recovered() {
    failures = 0
    if told != nil { log.notice("keys can be counted again", metadata: metadata) }
    told = nil
  }

  func failed(_ failure: ClientError) {
    guard !Task.isCancelled else { return }
    failures += 1
    ledger.with { $0.failed(failure.cause) }
    guard told != failure.cause else { return }
    log.warning("can't count keys (\(failure.cause.rawValue)): \(failure.detail)", metadata: metadata)
    told = failure.cause
  }
}

extension ClientError {
  /// What a reply that can't be read means for the whole exchange.
  init(_ failure: CollectorFailure) {
    self.init(failure.cause, failure.detail)
  }
}
