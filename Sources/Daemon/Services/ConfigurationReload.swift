import CacheModel
import Locked
import Logging
import NIOPosix
import UnixSignals

/// Reads the configuration's file again at SIGHUP and puts its targets into force: new ones begin, changed ones begin anew with
/// their history, those that are missing end. A file that can't be used changes nothing, and is told of in the log, in
/// `/metrics`, in JSON and on the page until one can.
///
/// What is no target takes effect at the next start, and the log says so.
final class ConfigurationReload: FleetSource {
  private struct State {
    /// As it was read last, before namespaces were found.
    var read: Configuration
    /// With the namespaces that were found for it; the fleet has those, too, that a search has found since.
    var inForce: Configuration
    var figures: ConfigurationFigures
  }

  private let load: @Sendable () throws -> LoadedConfiguration
  private let complete: @Sendable (Configuration) async -> Configuration
  private let signals: UnixSignalsSequence?
  private let search: NamespaceSearch
  private let log: Logger
  private let state: Locked<State>

  /// Follows `signals`, none in tests. `read` is the configuration as its file has it, `inForce` what was made of it;
  /// `load` reads the file, and blocks; `complete` finds namespaces where none are declared, and `search` looks on where it finds
  /// none.
  init(
    read: Configuration, inForce: Configuration, signals: UnixSignalsSequence?, search: NamespaceSearch,
    log: Logger, load: @escaping @Sendable () throws -> LoadedConfiguration,
    complete: @escaping @Sendable (Configuration) async -> Configuration
  ) {
    self.load = load
    self.complete = complete
    self.signals = signals
    self.search = search
    self.log = log
    state = Locked(
      State(
        read: read, inForce: inForce, figures: ConfigurationFigures(isCurrent: true, read: WallClock.now)))
  }

  /// What is told of it.
  var figures: ConfigurationFigures { state.withLock { $0.figures } }

  func run(_ fleet: Fleet) async {
    guard let signals else { return }
    for await _ in signals {
      if Task.isCancelled { return }
      await reload(fleet)
    }
  }

  /// Reads the file once.
  func reload(_ fleet: Fleet) async {
    let result = try? await NIOThreadPool.singleton.runIfActive { [load] in Result { try load() } }
    switch result {
    case .success(let loaded)?: await apply(loaded, to: fleet)
    case .failure(let error)?: refuse(error)
    case nil: return
    }
  }

  private func refuse(_ error: any Error) {
    state.withLock { $0.figures.isCurrent = false }
    log.error("the configuration can't be used; what was read before stays in force")
    let problems = (error as? ConfigurationErrors)?.problems.map(\.description) ?? ["\(error)"]
    for problem in problems { log.error("\(problem)") }
  }

  private func apply(_ loaded: LoadedConfiguration, to fleet: Fleet) async {
    for warning in loaded.warnings { log.warning("\(warning)") }
    let before = state.withLock { $0 }
    let read = loaded.configuration
    let inForce = await completed(read, before)
    for name in await fleet.replace(inForce.ownTargets, of: .configuration) {
      log.warning("\(name) is another target's name already, and is left out")
    }
    await search.seek(inForce.ownTargets)
    for part in read.partsOfTheStart(otherThan: before.read) {
      log.warning("\(part) has changed, which takes effect when cachegauge starts again")
    }
    state.withLock {
      $0 = State(
        read: read, inForce: inForce, figures: ConfigurationFigures(isCurrent: true, read: WallClock.now))
    }
    log.notice("the configuration was read again: \(read.targets.count) targets")
  }

  /// With namespaces found for targets that are new or have changed. The others keep those that they have; for those that had none
  /// the search looks all the time, and the fleet keeps what it has found.
  private func completed(_ read: Configuration, _ before: State) async -> Configuration {
    let known = zip(before.read.targets, before.inForce.targets)
    let same = read.targets.map { target in known.first { $0.0 == target }?.1 }
    var fresh = read
    fresh.targets = zip(read.targets, same).filter { $0.1 == nil }.map(\.0)
    var found = await complete(fresh).targets[...]
    var result = read
    result.targets = zip(read.targets, same).map { target, same in same ?? found.popFirst() ?? target }
    return result
  }
}

extension Configuration {
  /// The parts that are read at the start only, and say something else there.
  func partsOfTheStart(otherThan other: Configuration) -> [String] {
    let parts: [(String, Bool)] = [
      ("listen", listen == other.listen), ("metrics_path", metricsPath == other.metricsPath),
      ("polls_at_once", pollsAtOnce == other.pollsAtOnce), ("shard", shard == other.shard),
      ("history", history == other.history),
      ("log", log == other.log), ("web", web == other.web), ("legacy_names", legacyNames == other.legacyNames),
      ("expose_keys", exposeKeys == other.exposeKeys), ("scrape", scrape == other.scrape),
      ("target_files", targetFiles == other.targetFiles), ("remote_write", remoteWrite == other.remoteWrite),
      ("a cluster or a group of Sentinels", groups == other.groups),
    ]
    return parts.filter { !$0.1 }.map(\.0)
  }
}
