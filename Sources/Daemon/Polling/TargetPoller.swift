import CacheClients
import CacheModel
import Collectors
import Locked
import Logging
import Namespaces

/// Polls one target for as long as it runs: plans ticks, talks to the server, publishes a snapshot for each tick.
///
/// Runs on its connection's event loop, so that a whole poll, from the tick to the snapshot, stays on one thread.
actor TargetPoller {
  /// Also for the task that calls ``run()``, so that what is on no actor stays on the same thread too.
  nonisolated let executor: EventLoopExecutor
  private let reader: any CacheReader
  private let timeout: Duration
  private let pollsAtOnce: Bool
  private let gate: PollGate
  private let publish: @Sendable (TargetSnapshot) -> Void
  private let punctuality: Locked<PollPunctuality>
  private let log: Logger
  private var schedule: TickSchedule
  private var state: TargetState
  private var history: TargetHistory
  private let hearing: EventHearing?
  private let survey: SurveyLedger?
  private var surveyChanges = 0
  private var keyspace = KeyspaceReading()
  /// Each is told once.
  private var toldObstacles: Set<IdleObstacle> = []

  /// A poller that has not polled. The first poll waits for no tick where it `pollsAtOnce`; `publish` is called once for each
  /// poll and must not block.
  /// How late each poll begins goes to `punctuality`, which all targets share.
  init(
    reader: sending any CacheReader, timeout: Duration, pollsAtOnce: Bool = false, gate: PollGate,
    punctuality: Locked<PollPunctuality>, schedule: TickSchedule,
    state: TargetState, history: TargetHistory, hearing: EventHearing? = nil, survey: SurveyLedger? = nil,
    log: Logger,
    publish: @escaping @Sendable (TargetSnapshot) -> Void
  ) {
    executor = reader.executor
    self.reader = reader
    self.timeout = timeout
    self.pollsAtOnce = pollsAtOnce
    self.gate = gate
    self.punctuality = punctuality
    self.schedule = schedule
    self.state = state
    self.history = history
    self.hearing = hearing
    self.survey = survey
    self.log = log
    self.publish = publish
  }

  /// The event loop's, which this holds: it lives as long as the reference to it is used.
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Goes on where history ends, which may have been read back since this was made, and polls on every tick until the task is cancelled;
  /// then closes the connection.
  func run() async {
    state.resume(history.ring)
    if pollsAtOnce { await poll(at: schedule.current(at: WallClock.now), due: .now) }
    while !Task.isCancelled {
      let tick = schedule.next(after: WallClock.now)
      let due = ContinuousClock.now + .milliseconds(schedule.wait(at: WallClock.now, for: tick))
      guard (try? await executor.sleep(for: due - .now)) != nil else { break }
      await poll(at: tick, due: due)
    }
    await reader.close()
  }

  /// One poll: at most `timeout` long, whatever the server does; its outcome is published either way.
  private func poll(at tick: UnixTime, due: ContinuousClock.Instant) async {
    let isSuspect = state.snapshot.polls > 0 && !state.snapshot.isUp
    guard (try? await gate.enter(isSuspect: isSuspect)) != nil else { return }
    defer { gate.leave(isSuspect: isSuspect) }
    let clock = ContinuousClock()
    let start = clock.now
    punctuality.withLock { $0.add(late: (start - due).inSeconds, missed: schedule.missed) }
    if let found = survey?.series(after: surveyChanges) {
      reader.take(surveyed: found.series)
      surveyChanges = found.changes
    }
    if let survey { reader.offer(survey.lookups(at: tick)) }
    let ownKeys = reader.ownKeys.map(\.asPair)
    hearing?.with { ledger, _ in ledger.looksUp(ownKeys) }
    do throws(ClientError) {
      let collected = try await reader.poll(at: tick, deadline: start.advanced(by: timeout))
      if let cause = collected.serverFailure {
        throw ClientError(cause, "the server answers, but tells nothing of itself")
      }
      tell(collected)
      survey?.answered(collected.answers, at: WallClock.now)
      survey?.polled(keys: collected.facts.keys)
      let before = state.snapshot.namespaces
      state.succeeded(collected, at: WallClock.now)
      compare(collected)
      if hearing?.takesOtherPolls() == true { await reader.close() }
      tell(changesFrom: before, to: state.snapshot.namespaces)
    } catch {
      tell(error)
      hearing?.with { ledger, _ in ledger.lookedUp(missed: nil) }
      state.failed(error.cause, lookups: reader.abandon())
    }
    if let hearing { listen(to: hearing) }
    if let survey { take(survey) }
    state.finished(
      at: WallClock.now, seconds: (clock.now - start).inSeconds, connects: await reader.connectionsOpened,
      oldestHistory: history.oldest)
    history.append(state.snapshot, at: tick)
    state.recorded(refused: history.refused)
    if let shortage = history.takeShortage() { log.warning("\(shortage)", metadata: metadata) }
    state.judge(at: tick, history: history.ring)
    publish(state.snapshot)
  }

  private func take(_ survey: SurveyLedger) {
    survey.note(state.snapshot.facts)
    state.surveyed(survey.census)
    guard survey.asksIdleTimes else { return }
    state.idled(survey.idleTimes, at: WallClock.now)
    guard let obstacle = state.snapshot.census?.idle?.obstacle, !obstacle.isPassing,
      toldObstacles.insert(obstacle).inserted
    else { return }
    log.warning(
      "what less memory would cost can't be told (\(obstacle.rawValue)): \(obstacle.message)", metadata: metadata)
  }

  private func listen(to hearing: EventHearing) {
    let (report, misses) = hearing.snapshot
    state.heard(report, misses, at: WallClock.now)
    let known = state.snapshot
    let hits = known.isUp ? known.hits : nil
    let samples = hearing.sampled(
      hits: hits, process: known.facts.runID, uptime: known.facts.uptime, report, misses)
    if let samples { state.sampled(samples) }
  }

  /// Holds the server's own counts against the notifications', and tells of its databases, since a flush makes none.
  private func compare(_ collected: CollectedPoll) {
    guard let hearing else { return }
    let keyspace = keyspace.read(collected.sample, commands: collected.facts.commandsProcessed)
    let room = CacheRoom(collected.facts, sizes: state.snapshot.meanKeyBytes)
    let missed = collected.ownMissed.map(\.asPair)
    hearing.with { ledger, now in
      ledger.lookedUp(missed: missed)
      if let totals = collected.logTotals {
        ledger.polled(totals, epoch: collected.facts.runID, at: now)
      } else {
        ledger.polled(
          serverMisses: collected.facts.misses, epoch: collected.facts.runID, reset: collected.statsReset)
        ledger.polled(keyspace, reset: collected.statsReset, at: now)
      }
      ledger.compare(collected.facts, at: now)
      ledger.holds(room, at: now)
    }
  }

  private func tell(_ collected: CollectedPoll) {
    if !state.snapshot.isUp { log.notice("target answers", metadata: metadata) }
    for notice in collected.notices { log.warning("\(notice.message)", metadata: metadata) }
  }

  /// Once when a namespace's counters can't be read any more, and once when they can again.
  private func tell(changesFrom before: [NamespaceCounts], to after: [NamespaceCounts]) {
    for (old, new) in zip(before, after) where old.failure != new.failure {
      let state =
        switch new.failure {
        case nil: "can be read again"
        case .implausibleValue: "rose by more than can be true (implausible_value), and are left out until they fit"
        case .countingOff:
          "are not counted: the server does not count by prefix until `stats detail on` is said (counting_off)"
        case .noteNotWritten:
          "are not counted: `stats detail on` was not said, since it could not be noted in memcached.state_directory "
            + "(note_not_written)"
        case .noCounts: "are not told: its application tells a ratio, but not of how many lookups (no_counts)"
        case .patternTooFine:
          "are not counted: its patterns are finer than the server's prefixes (pattern_too_fine)"
        case let cause?: "can't be read (\(cause.rawValue)): whole numbers from 0 are wanted"
        }
      log.warning("the counters of namespace \(new.definition.name) \(state)", metadata: metadata)
    }
  }

  /// Once for each new cause, not for each failed poll.
  private func tell(_ error: ClientError) {
    guard state.snapshot.isUp || state.snapshot.failure != error.cause else { return }
    log.warning("target does not answer (\(error.cause.rawValue)): \(error.detail)", metadata: metadata)
  }

  private var metadata: Logger.Metadata {
    ["target": "\(state.snapshot.target.name)", "address": "\(state.snapshot.target.address)"]
  }
}

extension KeyPlace {
  fileprivate var asPair: (database: Int, key: [UInt8]) { (database, key) }
}
