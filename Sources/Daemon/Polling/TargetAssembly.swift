import CacheClients
import CacheModel
import Collectors
import Glibc
import Health
import Locked
import Logging
import NIOPosix
import Namespaces
import TimeSeries

/// Makes each target's parts from its configuration.
struct TargetAssembly: Sendable {
  let store: TimeSeriesStore
  let snapshots: SnapshotStore
  let gate: PollGate
  let log: Logger
  let configuration: Configuration
  let started: UnixTime
  let keyMemory: KeyMemoryBudget
  let tallies = GroupTallies()
  /// Of all targets' polls.
  let punctuality = Locked(PollPunctuality())

  /// All parts of a target, at rest. `position` is how many targets were made before it; one that comes while others
  /// run is polled at once. Makes its ring, but tells nobody of it yet.
  ///
  /// - Parameter watch: what hears of the target's keys already, and counts by its namespaces from now on.
  func run(
    of target: TargetConfiguration, position: Int, pollsAtOnce: Bool, watch: TargetWatch? = nil
  ) throws -> TargetRun {
    let state = try state(of: target)
    try watch?.hearing.redefine(target.namespaces)
    let watch = try watch ?? self.watch(of: target)
    let (name, first) = (target.identity.name, state.snapshot)
    let survey = try survey(of: target)
    let poller = poller(
      of: target, state: state, hearing: watch?.hearing, survey: survey, position: position,
      pollsAtOnce: pollsAtOnce)
    let snapshots = self.snapshots
    return TargetRun(
      first: first, poller: poller, watch: watch,
      sampler: try watch.flatMap { try sampler(of: target, hearing: $0.hearing) { snapshots[name] ?? first } },
      surveyor: survey.map { surveyor(of: target, ledger: $0) })
  }

  /// Whether it is one of the configuration's own: a look at all of them.
  private func isListed(_ target: TargetConfiguration) -> Bool {
    configuration.ownTargets.contains { $0.identity.name == target.identity.name }
  }

  /// The state of a target that was not polled yet.
  func state(of target: TargetConfiguration) throws -> TargetState {
    try TargetState(
      target: target.identity, interval: target.poll.interval.inSeconds, namespaces: target.namespaces,
      countsPrefixes: target.readsPrefixes, policy: target.healthPolicy, started: started)
  }

  /// What hears of its keys, by notifications or in a log; nil when neither is asked for.
  func watch(of target: TargetConfiguration) throws -> TargetWatch? {
    guard target.isHeard else { return nil }
    let memory = keyMemory.share(isListed: isListed(target))
    let hearing = EventHearing(
      EventLedger(
        classifier: try NamespaceClassifier(target.namespaces), namespaces: target.namespaces,
        memoryBytes: memory.bytes, readsLog: target.memcached.watch),
      samples: target.observe.sample ? SampleLedger(namespaces: target.namespaces.count) : nil)
    let subject = target.memcached.watch ? "the log is" : "keyspace notifications are"
    let troubles = TroubleLog(
      log, metadata: ["target": "\(target.identity.name)", "address": "\(target.identity.address)"],
      over: "\(subject) heard")
    let connection: any KeptConnection =
      if target.memcached.watch {
        watcher(of: target, hearing: hearing)
      } else {
        observer(of: target, hearing: hearing, troubles: troubles)
      }
    return TargetWatch(
      hearing: hearing, connection: connection, subject: subject, troubles: troubles, memory: memory)
  }

  /// What keeps its subscription.
  private func observer(
    of target: TargetConfiguration, hearing: EventHearing, troubles: TroubleLog
  ) -> TargetObserver {
    let group = MultiThreadedEventLoopGroup.singleton
    let address = target.identity.address
    let directory = ManagedFlags.directory(target.observe.stateDirectory)
    return TargetObserver(
      subscription: KeyEventSubscription(endpoint: target.endpoint, receiver: hearing, group: group),
      setting: KeyspaceSetting(
        client: RedisClient(endpoint: target.endpoint, clientName: "cachegauge-setting", group: group),
        notes: directory.map { ManagedFlags(directory: $0, address: address) }, manages: target.observe.manage,
        command: target.configCommand),
      hearing: hearing, timeout: target.poll.timeout, troubles: troubles)
  }

  /// What keeps the connection that takes its log.
  private func watcher(of target: TargetConfiguration, hearing: EventHearing) -> LogWatcher {
    LogWatcher(
      watch: MemcachedWatch(
        endpoint: target.endpoint, receiver: hearing, group: MultiThreadedEventLoopGroup.singleton),
      hearing: hearing, timeout: target.poll.timeout)
  }

  /// What samples its commands; nil when that is not asked for.
  func sampler(
    of target: TargetConfiguration, hearing: EventHearing, snapshot: @escaping @Sendable () -> TargetSnapshot
  ) throws -> TargetSampler? {
    guard target.observe.sample else { return nil }
    let bursts = BurstHearing(try NamespaceClassifier(target.namespaces))
    return TargetSampler(
      burst: CommandBurst(
        endpoint: target.endpoint, receiver: bursts, group: MultiThreadedEventLoopGroup.singleton),
      bursts: bursts, hearing: hearing, schedule: SampleSchedule(share: target.observe.sampleShare),
      timeout: target.poll.timeout, target: target.identity, log: log, snapshot: snapshot)
  }

  /// Where its keys are counted; nil where that is not asked for.
  func survey(of target: TargetConfiguration) throws -> SurveyLedger? {
    guard target.isCounted else { return nil }
    return SurveyLedger(
      CensusLedger(classifier: try NamespaceClassifier(target.namespaces)), checks: target.checks,
      ttlSample: target.census.ttlSample, asksIdleTimes: target.census.isOn && target.census.idleTimes)
  }

  /// What counts its keys.
  func surveyor(of target: TargetConfiguration, ledger: SurveyLedger) -> TargetSurveyor {
    TargetSurveyor(
      client: RedisClient(
        endpoint: target.endpoint, clientName: "cachegauge-census", group: MultiThreadedEventLoopGroup.singleton),
      configuration: target.census, checks: target.checks, home: target.endpoint.database,
      timeout: target.poll.timeout, ledger: ledger, target: target.identity,
      legacyNames: configuration.legacyNames, log: log)
  }

  /// What reads its kind of cache.
  private func reader(of target: TargetConfiguration, position: Int) -> sending any CacheReader {
    let group = MultiThreadedEventLoopGroup.singleton
    let phase = Self.share(position, Self.slowTurn)
    switch target.identity.kind {
    case .memcached:
      var options = target.memcachedOptions(legacyNames: configuration.legacyNames)
      options.slow.phase = phase
      return MemcachedReader(
        MemcachedClient(endpoint: target.endpoint, isBinary: target.memcached.sasl, group: group),
        options, target.prefixSetting)
    case .json:
      return JSONStatsReader(
        HTTPClient(endpoint: target.endpoint, group: group), path: TargetURL.parse(target.url)?.path ?? "/",
        maximumBytes: Int(target.json.maximumBytes), target.json.options(for: target.namespaces))
    case .redis:
      var options = target.collectionOptions(legacyNames: configuration.legacyNames)
      options.slow.phase = phase
      return RedisReader(RedisClient(endpoint: target.endpoint, group: group), options)
    }
  }

  /// Its poller.
  func poller(
    of target: TargetConfiguration, state: TargetState, hearing: EventHearing?, survey: SurveyLedger?,
    position: Int, pollsAtOnce: Bool
  ) -> TargetPoller {
    let interval = target.poll.interval.wholeMilliseconds
    let ring = store.ring(named: target.identity.name, period: interval)
    var state = state
    // Empty where the process begins: files are read back later.
    state.resumeCauses(ring)
    tallies.begins(target.identity, hasHistory: LookupCorrection(resuming: ring) != nil)
    return TargetPoller(
      reader: reader(of: target, position: position),
      timeout: target.poll.timeout,
      pollsAtOnce: pollsAtOnce, gate: gate, punctuality: punctuality,
      schedule: TickSchedule(intervalMilliseconds: interval, offset: Self.offset(position, interval: interval)),
      state: state,
      history: TargetHistory(ring: ring, isHeard: hearing != nil, isCounted: survey != nil), hearing: hearing,
      survey: survey,
      log: log,
      publish: { [snapshots, tallies] snapshot in
        tallies.add(snapshot)
        snapshots.publish(snapshot)
      })
  }

  /// Spreads however many targets evenly over three quarters of the interval: rows bear the time of their tick, which is not to be
  /// that of another poll.
  private static func offset(_ position: Int, interval: Int64) -> Int64 {
    Int64(share(position, pollTurn) * Double(interval) * 0.75)
  }

  /// Multiples of these two, modulo 1, fill a square evenly: targets with the same turn of the slow tier lie apart within the poll
  /// interval (the powers of the inverse of the plastic ratio).
  private static let pollTurn = 0.754_877_666_246_692_8
  private static let slowTurn = 0.569_840_290_998_053_3

  private static func share(_ position: Int, _ turn: Double) -> Double {
    let turns = Double(position) * turn
    return turns - turns.rounded(.down)
  }
}

/// One target at work, or about to be.
struct TargetRun: Sendable {
  /// Before the first poll.
  let first: TargetSnapshot
  let poller: TargetPoller
  /// What hears of its keys, which is not run here: it may outlive this.
  var watch: TargetWatch?
  var sampler: TargetSampler?
  var surveyor: TargetSurveyor?

  /// Until the task is cancelled, and everything is closed.
  func run() async {
    await withTaskGroup { group in
      group.addTask(executorPreference: poller.executor) { await poller.run() }
      if let sampler { group.addTask { await sampler.run() } }
      if let surveyor { group.addTask(executorPreference: surveyor.executor) { await surveyor.run() } }
    }
  }
}

extension TargetConfiguration {
  /// Where the client connects to.
  var endpoint: CacheEndpoint {
    guard let parsed = TargetURL.parse(url) else { preconditionFailure("the URL was checked when it was read") }
    let address: CacheEndpoint.Address =
      switch parsed.place {
      case .host(let host, let port): .host(host, port: Int(port))
      case .socket(let path): .socket(path)
      }
    let settings = TLSSettings(
      authorityFile: tls.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile,
      serverName: tls.serverName, skipsVerification: tls.skipsVerification)
    return CacheEndpoint(
      address: address, tls: parsed.isEncrypted ? settings : nil, username: username,
      password: passwordFile.map { .file($0) } ?? password.flatMap { $0.isEmpty ? nil : .text($0.revealed) },
      database: Int(parsed.database ?? 0))
  }
}

/// Bytes of a file; nil where there is none.
private func sizeOfFile(_ path: String) -> Int64? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  return Int64(status.st_size)
}

extension TargetConfiguration {
  /// What the collectors are to do.
  func collectionOptions(legacyNames: Bool) -> RedisCollectionOptions {
    var options = RedisCollectionOptions()
    options.slow.interval = poll.slowInterval.inSeconds
    options.legacyNames = legacyNames
    options.configCommand = configCommand
    options.choices = collect
    options.database = endpoint.database
    options.sizeOfFile = sizeOfFile
    options.counterSources = namespaces.compactMap(\.counters)
    return options
  }

  /// The same for Memcached.
  func memcachedOptions(legacyNames: Bool) -> MemcachedCollectionOptions {
    var options = MemcachedCollectionOptions()
    options.slow.interval = poll.slowInterval.inSeconds
    options.legacyNames = legacyNames
    options.slabClasses = memcached.slabClasses
    options.includesConnections = memcached.connections
    options.readsPrefixes = readsPrefixes
    return options
  }

  /// Whether a Memcached's own counts by prefix are wanted: where its log is watched, only if it is to be told to count.
  var readsPrefixes: Bool { !namespaces.isEmpty && (!memcached.watch || memcached.manage) }

  /// Whether what happens to its keys is heard, as notifications or in a log.
  var isHeard: Bool { identity.kind == .redis ? observe.events : memcached.watch }

  /// Whether its keys are counted or looked at one by one.
  var isCounted: Bool { identity.kind == .redis && (census.isOn || checks.isOn) }

  /// Whether what hears of another's keys is right for this target, too: it differs in nothing but how keys are counted and judged.
  func isHeard(like other: TargetConfiguration) -> Bool {
    var same = other
    (same.namespaces, same.preset, same.health) = (namespaces, preset, health)
    (same.census, same.checks, same.collect) = (census, checks, collect)
    return same == self
  }

  /// Who switches a Memcached server's counting by prefix.
  var prefixSetting: PrefixSetting {
    let directory = ManagedFlags.directory(memcached.stateDirectory)
    return PrefixSetting(
      manages: memcached.manage,
      notes: directory.map {
        ManagedFlags(
          directory: $0, address: identity.address, kind: PrefixSetting.kind, letters: Set(PrefixSetting.on))
      })
  }

  /// The preset's thresholds, with what the file says over them.
  var healthPolicy: HealthPolicy {
    var policy: HealthPolicy =
      switch preset {
      case .development: .development
      case .production: .production
      case nil: .standard
      }
    for (name, value) in health.values { _ = policy.set(name, to: value) }
    return policy
  }
}
