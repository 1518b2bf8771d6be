import CacheModel
import Logging

/// Looks for namespaces of targets that declare none and had too few keys to find any, or did not answer, when cachegauge started.
///
/// Each of them is polled anew with its namespaces as soon as two looks in a row agree; after that it is left alone.
struct NamespaceSearch: FleetSource {
  private let targets: [TargetConfiguration]
  private let snapshots: SnapshotStore
  private let log: Logger

  private static let rhythm = Duration.seconds(2)

  /// What is known of one target's search.
  private struct Search {
    let target: TargetConfiguration
    var schedule = LookSchedule()
    var last: [NamespaceDefinition] = []
  }

  /// For the targets of a configuration in which namespaces were sought already; `snapshots` tell how many keys there are.
  init(_ configuration: Configuration, snapshots: SnapshotStore, log: Logger) {
    targets = configuration.ownTargets.filter(\.lacksNamespaces)
    self.snapshots = snapshots
    self.log = log
  }

  func run(_ fleet: Fleet) async {
    var left = targets.map { Search(target: $0) }
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

  /// The namespaces, if they are those of the look before.
  private func look(_ search: inout Search) async -> [NamespaceDefinition]? {
    let suggestion = try? await NamespaceSuggestion.make(for: search.target, limit: NamespaceSuggestion.looks)
    guard let suggestion, suggestion.keys >= LookSchedule.leastKeys, !suggestion.definitions.isEmpty else {
      return nil
    }
    defer { search.last = suggestion.definitions }
    return search.last == suggestion.definitions ? search.last : nil
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

extension TargetConfiguration {
  /// Whether its misses are to be observed, and no namespace is known to count them by.
  var lacksNamespaces: Bool { identity.kind == .redis && namespaces.isEmpty && observe.events }
}
