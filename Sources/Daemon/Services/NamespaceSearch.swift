import CacheModel
import Logging

/// Looks for namespaces of targets that declare none and had too few keys to find any, or did not answer, when cachegauge started.
///
/// Each of them begins anew with its namespaces as soon as two looks in a row agree; after that it is left alone.
struct NamespaceSearch: FleetSource {
  private let targets: [TargetConfiguration]
  private let log: Logger

  /// Fewer keys name nothing that lasts.
  private static let leastKeys = 50
  private static let firstPause = Duration.seconds(2)
  private static let longestPause = Duration.seconds(300)

  /// For the targets of a configuration in which namespaces were sought already.
  init(_ configuration: Configuration, log: Logger) {
    targets = configuration.ownTargets.filter(\.lacksNamespaces)
    self.log = log
  }

  func run(_ fleet: Fleet) async {
    var left = targets
    var last: [String: [NamespaceDefinition]] = [:]
    var pause = Self.firstPause
    while !left.isEmpty, (try? await Task.sleep(for: pause)) != nil {
      pause = min(pause * 2, Self.longestPause)
      for target in left {
        let name = target.identity.name
        let suggestion = try? await NamespaceSuggestion.make(for: target, limit: NamespaceSuggestion.looks)
        guard let suggestion, suggestion.keys >= Self.leastKeys else { continue }
        let found = suggestion.definitions
        guard !found.isEmpty, found == last.updateValue(found, forKey: name) else { continue }
        left.removeAll { $0.identity.name == name }
        var named = target
        named.namespaces = found
        if await fleet.change(target, to: named, of: .configuration) {
          log.notice("found \(found.count) namespaces", metadata: ["target": "\(name)"])
        }
      }
    }
  }
}

extension TargetConfiguration {
  /// Whether its misses are to be observed, and no namespace is known to count them by.
  var lacksNamespaces: Bool { identity.kind == .redis && namespaces.isEmpty && observe.events }
}
