import CacheClients
import CacheModel
import Logging
import Namespaces

/// Looks for namespaces of targets that declare none and had too few keys to find any, or did not answer, when cachegauge started.
///
/// Each of them is polled anew with its namespaces as soon as looks agree; after that it is left alone.
struct NamespaceSearch: FleetSource {
  private let targets: [TargetConfiguration]
  private let snapshots: SnapshotStore
  private let log: Logger

  private static let rhythm = Duration.seconds(2)

  /// What is known of one target's search.
  private struct Search {
    let target: TargetConfiguration
    var schedule = LookSchedule()
    var agreement = LookAgreement()
    let troubles: TroubleLog

    init(_ target: TargetConfiguration, log: Logger) {
      self.target = target
      troubles = TroubleLog(
        log, metadata: ["target": "\(target.identity.name)"], over: "namespaces are looked for again")
    }
  }

  /// For the targets of a configuration in which namespaces were sought already; `snapshots` tell how many keys there are.
  init(_ configuration: Configuration, snapshots: SnapshotStore, log: Logger) {
    targets = configuration.ownTargets.filter(\.lacksNamespaces)
    self.snapshots = snapshots
    self.log = log
  }

  func run(_ fleet: Fleet) async {
    var left = targets.map { Search($0, log: log) }
    let start = ContinuousClock.now
    while !left.isEmpty, (try? await Task.sleep(for: Self.rhythm)) != nil {
      for index in left.indices.reversed() {
        let name = left[index].target.identity.name
        let keys = snapshots[name]?.facts.keys
        guard left[index].schedule.isDue(keys: keys, at: (.now - start).inSeconds),
          let found = await look(&left[index])
        else { continue }
        var named = left[index].target
        named.namespaces = found
        if await fleet.change(left.remove(at: index).target, to: named, of: .configuration) {
          log.notice("found \(found.count) namespaces", metadata: ["target": "\(name)"])
        }
      }
    }
  }

  /// The namespaces, if looks agree on them. A server that can't be reached is told of by its polls.
  private func look(_ search: inout Search) async -> [NamespaceDefinition]? {
    let suggestion: NamespaceSuggestion
    do throws(ClientError) {
      suggestion = try await NamespaceSuggestion.make(for: search.target, limit: NamespaceSuggestion.looks)
    } catch {
      if [.permissionDenied, .serverError].contains(error.cause) {
        search.troubles.tell("namespaces can't be looked for (\(error.cause.rawValue)): \(error.detail)")
      }
      return nil
    }
    search.troubles.end()
    guard suggestion.isOfEnough, let found = search.agreement.take(suggestion.found) else { return nil }
    return NamespaceSuggestion.definitions(of: found)
  }
}

/// When a server's keys are looked at for namespaces. A value without a clock.
struct LookSchedule: Sendable {
  /// Fewer keys name nothing that lasts.
  static let leastKeys = 50
  private static let firstPause = 2.0
  private static let longestPause = 300.0

  private var pause = firstPause
  private var next = 0.0
  /// Keys at the last look.
  private var keys: Int64 = 0

  /// Whether to look now, at a time in seconds, which is then taken to be done. While the server says that it has too few keys, never;
  /// where it has twice as many as at the last look, at once; else, and where it does not say, after ever longer pauses.
  mutating func isDue(keys: Int64?, at now: Double) -> Bool {
    if let keys {
      guard keys >= Self.leastKeys else { return false }
      if keys / 2 >= self.keys { (pause, next) = (Self.firstPause, now) }
    }
    guard now >= next else { return false }
    self.keys = keys ?? 0
    next = now + pause
    pause = min(pause * 2, Self.longestPause)
    return true
  }
}

/// What looks at a server's keys agree on. A value without a clock.
struct LookAgreement: Sendable {
  private var looks = 0
  private var last: Set<String> = []

  /// Takes what one more look has found; answers what to go by, nil while that is open.
  ///
  /// Two looks in a row with the same patterns agree, however many keys each has. Where keys come and go, some pattern is always
  /// about to: from the third look on, those that two in a row have found will do if nine tenths of the keys with any are theirs; from the
  /// sixth on, half.
  mutating func take(_ found: [KeyShapes.Found]) -> [KeyShapes.Found]? {
    let before = last
    last = Set(found.map(\.pattern))
    looks += 1
    guard !found.isEmpty else { return nil }
    if last == before { return found }
    let common = found.filter { before.contains($0.pattern) }
    let agreed = common.reduce(0) { $0 + $1.share } / found.reduce(0) { $0 + $1.share }
    return looks >= 3 && agreed >= (looks < 6 ? 0.9 : 0.5) ? common : nil
  }
}

extension TargetConfiguration {
  /// Whether its misses are to be observed, and no namespace is known to count them by.
  var lacksNamespaces: Bool { identity.kind == .redis && namespaces.isEmpty && observe.events }
}
