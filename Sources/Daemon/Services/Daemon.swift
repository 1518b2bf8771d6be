import CacheClients
import CacheModel
import HTTPServer
import Logging
import NIOPosix
import ServiceLifecycle
import TimeSeries
import UnixSignals

/// Everything put together: one poller for each target, history, the HTTP server, and an orderly end.
struct Daemon {
  private let configuration: Configuration
  private let log: Logger
  private let store: TimeSeriesStore
  private let snapshots: SnapshotStore
  private let pollers: [TargetPoller]
  private let observers: [TargetObserver]
  private let samplers: [TargetSampler]
  private let surveyors: [TargetSurveyor]
  private let started = WallClock.now

  /// Builds all of it; nothing is opened yet.
  init(_ configuration: Configuration) throws {
    self.configuration = configuration
    log = Logger(configuration.log)
    store = TimeSeriesStore(
      configuration: TimeSeries.Configuration(
        memory: Int(configuration.history.memory), rollupMemory: Int(configuration.history.rollupMemory),
        rules: redisDerivationRules))
    let assembly = TargetAssembly(store: store, log: log, configuration: configuration, started: started)
    let states = try configuration.targets.map { try assembly.state(of: $0) }
    let snapshots = SnapshotStore(targets: states.map(\.snapshot))
    self.snapshots = snapshots
    let surveys = try configuration.targets.map { try assembly.survey(of: $0) }
    let hearings = try configuration.targets.map { try assembly.hearing(of: $0) }
    pollers = zip(configuration.targets, states).enumerated().map { position, pair in
      assembly.poller(
        of: pair.0, state: pair.1, hearing: hearings[position], survey: surveys[position], position: position
      ) {
        snapshots.publish($0, at: position)
      }
    }
    samplers = try zip(configuration.targets, hearings).enumerated().compactMap { position, pair in
      try pair.1.flatMap { hearing in
        try assembly.sampler(of: pair.0, hearing: hearing) { snapshots.current.targets[position] }
      }
    }
    surveyors = zip(configuration.targets, surveys).compactMap { target, survey in
      survey.map { assembly.surveyor(of: target, ledger: $0) }
    }
    observers = zip(configuration.targets, hearings).compactMap { target, hearing in
      hearing.map { assembly.observer(of: target, hearing: $0) }
    }
  }

  /// Polls and serves until SIGINT or SIGTERM, or until the task is cancelled.
  func run(beside services: [any Service] = []) async throws {
    let history = try HistoryService(configuration.history, store: store, log: log)
    let routes = Routes(
      snapshots: snapshots, store: store, started: started, exposeKeys: configuration.exposeKeys,
      historyFiles: history)
    let http = HTTPService(listen: configuration.listen, routes: routes, log: log)
    let polling = PollingService(
      pollers: pollers, observers: observers, samplers: samplers, surveyors: surveyors, store: store)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services.map { .init(service: $0) } + [.init(service: http)]
          // The last ends first: nothing is appended any more when history is written for the last time.
          + (history.map { [.init(service: $0)] } ?? []) + [.init(service: polling)],
        gracefulShutdownSignals: [.sigint, .sigterm], logger: log))
    try await group.run()
  }

  /// Polls for so long and answers what is known then.
  func observe(for duration: Duration) async throws -> Snapshot {
    let polling = Task {
      await PollingService(
        pollers: pollers, observers: observers, samplers: samplers, surveyors: surveyors, store: store
      ).poll()
    }
    try await Task.sleep(for: duration)
    // A target that answers nothing is known to be down only when the deadline of its first poll has passed.
    for _ in 0..<100 where snapshots.current.targets.contains(where: { $0.polls == 0 }) {
      try await Task.sleep(for: .milliseconds(50))
    }
    let snapshot = Routes(
      snapshots: snapshots, store: store, started: started, exposeKeys: configuration.exposeKeys
    ).snapshot
    polling.cancel()
    await polling.value
    return snapshot
  }
}

/// Runs all pollers, and seals history's blocks beside them so that no poll waits for it.
struct PollingService: Service {
  let pollers: [TargetPoller]
  var observers: [TargetObserver] = []
  var samplers: [TargetSampler] = []
  var surveyors: [TargetSurveyor] = []
  let store: TimeSeriesStore

  func run() async throws {
    await cancelWhenGracefulShutdown { await poll() }
  }

  /// Until the task is cancelled.
  func poll() async {
    await withTaskGroup { group in
      for poller in pollers { group.addTask(executorPreference: poller.executor) { await poller.run() } }
      for observer in observers { group.addTask { await observer.run() } }
      for sampler in samplers { group.addTask { await sampler.run() } }
      for surveyor in surveyors {
        group.addTask(executorPreference: surveyor.executor) { await surveyor.run() }
      }
      group.addTask { await seal() }
    }
  }

  /// A full block waits a few seconds at most; blocks fill in minutes.
  private func seal() async {
    while (try? await Task.sleep(for: .seconds(5))) != nil {
      for ring in store.allRings { ring.sealPending() }
    }
  }
}

/// Serves HTTP until shutdown, then lets answers in flight finish.
struct HTTPService: Service {
  let listen: ListenAddress
  let routes: Routes
  let log: Logger

  func run() async throws {
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(address: listen.host, port: listen.port), router: routes.router)
    do { try server.start() } catch { throw UsageError("can't serve on \(listen): \(error)") }
    routes.serve(statisticsOf: server)
    let address = ListenAddress(host: listen.host, port: server.boundPort ?? listen.port)
    StandardError.print("cachegauge \(Build.version) serves on http://\(address)/")
    try? await gracefulShutdown()
    await server.stop()
  }
}

extension Logger {
  /// A logger to standard error, at the configured level and in the configured format.
  init(_ configuration: LogConfiguration) {
    self.init(label: "cachegauge") { label in
      switch configuration.format {
      case .text: StreamLogHandler.standardError(label: label)
      case .json: JSONLogHandler()
      }
    }
    logLevel = Level(rawValue: configuration.level.rawValue) ?? .info
  }
}
