import CacheClients
import CacheModel
import HTTPServer
import Locked
import Logging
import NIOPosix
import ServiceLifecycle
import TimeSeries
import UnixSignals

/// Everything put together: the fleet of targets, who brings them, history, the HTTP server, and an orderly end.
struct Daemon {
  private let configuration: Configuration
  private let log: Logger
  private let store: TimeSeriesStore
  private let snapshots: SnapshotStore
  private let fleet: Fleet
  private let punctuality: Locked<PollPunctuality>
  private let sources: [any FleetSource]
  private let asked: AskedTargets
  private let reload: ConfigurationReload?
  private let search: NamespaceSearch
  private let started = WallClock.now

  /// Builds all of it; nothing is opened yet. `reload` makes what reads the configuration again, where that is wanted, and has
  /// namespaces sought where they lack then.
  init(
    _ configuration: Configuration, reload: (Logger, NamespaceSearch) -> ConfigurationReload? = { _, _ in nil }
  ) throws {
    self.configuration = configuration
    log = Logger(configuration.log)
    store = TimeSeriesStore(
      configuration: TimeSeries.Configuration(
        memory: Int(configuration.history.memory), rollupMemory: Int(configuration.history.rollupMemory),
        rules: redisDerivationRules))
    snapshots = SnapshotStore()
    search = NamespaceSearch(snapshots: snapshots, log: log)
    self.reload = reload(log, search)
    let assembly = TargetAssembly(
      store: store, snapshots: snapshots, gate: PollGate(limit: configuration.pollsAtOnce), log: log,
      configuration: configuration, started: started, keyMemory: KeyMemoryBudget(configuration))
    fleet = try Fleet(assembly)
    punctuality = assembly.punctuality
    asked = AskedTargets(configuration.scrape, fleet: fleet, snapshots: snapshots)
    sources =
      configuration.groups.map { GroupFollower($0, assembly) }
      + (configuration.targetFiles.isEmpty ? [] : [TargetFileWatcher(assembly)])
      + [search]
  }

  /// Polls and serves until SIGINT or SIGTERM, or until the task is cancelled.
  func run(beside services: [any Service] = []) async throws {
    CoreDumps.switchOff()
    DescriptorReserve.raiseLimit()
    if let shortage = HistoryNeeds(configuration).shortage { log.warning("\(shortage)") }
    let history = try HistoryService(configuration.history, store: store, log: log)
    let access: WebAccess
    do throws(WebContents.Problem) {
      access = try WebAccess(configuration.web, metricsPath: configuration.metricsPath, log: log)
    } catch { throw UsageError(error.sentence) }
    let routes = routes(history, access)
    let http = HTTPService(listen: configuration.listen, routes: routes, access: access, log: log)
    let writers = configuration.remoteWrite.map { remote in
      RemoteWriter(remote, log: log) { [unowned routes] in routes.snapshot(.metrics) }
    }
    routes.tell(of: writers)
    let reloads = reload.map { [$0 as any FleetSource] } ?? []
    await search.seek(configuration.ownTargets)
    let polling = PollingService(fleet: fleet, sources: sources + [asked] + reloads, store: store, history: history)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services.map { .init(service: $0) } + [.init(service: http)]
          + (writers.isEmpty ? [] : [.init(service: RemoteWriters(writers: writers))])
          // The last ends first: nothing is appended any more when history is written for the last time.
          + (history.map { [.init(service: $0)] } ?? []) + [.init(service: polling)],
        gracefulShutdownSignals: [.sigint, .sigterm], logger: log))
    try await group.run()
  }

  /// Polls for so long and answers what is known then.
  func observe(for duration: Duration) async throws -> Snapshot {
    await search.seek(configuration.ownTargets)
    let polling = Task { await PollingService(fleet: fleet, sources: sources, store: store).poll() }
    try await Task.sleep(for: duration)
    // A target that answers nothing is known to be down only when the deadline of its first poll has passed.
    for _ in 0..<100 where snapshots.current.targets.contains(where: { $0.polls == 0 }) {
      try await Task.sleep(for: .milliseconds(50))
    }
    let snapshot = routes(nil, nil).snapshot
    polling.cancel()
    await polling.value
    return snapshot
  }

  private func routes(_ history: HistoryService?, _ access: WebAccess?) -> Routes {
    Routes(
      snapshots: snapshots, store: store, started: started, exposeKeys: configuration.exposeKeys,
      metricsPath: configuration.metricsPath, asked: asked, historyFiles: history, reload: reload,
      access: access, punctuality: punctuality)
  }
}

/// Brings targets to the fleet and takes them away again, for as long as its task runs.
protocol FleetSource: Sendable {
  /// Until the task is cancelled.
  func run(_ fleet: Fleet) async
}

/// Runs the fleet and who brings its targets, and seals history's blocks beside them so that no poll waits for it.
struct PollingService: Service {
  let fleet: Fleet
  let sources: [any FleetSource]
  let store: TimeSeriesStore
  var history: HistoryService?

  func run() async throws {
    await cancelWhenGracefulShutdown { await poll() }
  }

  /// Until the task is cancelled.
  func poll() async {
    await withTaskGroup { group in
      group.addTask { await fleet.run(history: history) }
      for source in sources { group.addTask { await source.run(fleet) } }
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

extension Logger {
  /// A logger to standard error, at the configured level and in the configured format.
  init(_ configuration: LogConfiguration) {
    self.init(label: "cachegauge") { label in
      switch configuration.format {
      case .text: OneLineLogHandler(StreamLogHandler.standardError(label: label))
      case .json: JSONLogHandler()
      }
    }
    logLevel = Level(rawValue: configuration.level.rawValue) ?? .info
  }
}
