import CacheModel
public import Collectors

/// What of an application's statistics endpoint becomes which figure.
public struct JSONStatsConfiguration: Sendable, Hashable {
  /// Bytes of an answer; 1 KiB … 16 MiB, default 1 MiB.
  public var maximumBytes: Int64 = 1 << 20
  /// Of the whole cache.
  public var whole: JSONStatistics = [:]
  /// Of every namespace that ``namespaces`` gives none; `{name}` in a path stands for the namespace.
  public var each: JSONStatistics = [:]
  /// By the namespace's name.
  public var namespaces: [String: JSONNamespace] = [:]

  /// Nothing.
  public init() {}

  /// The collectors' options for these namespaces.
  func options(for definitions: [NamespaceDefinition]) -> JSONStatsOptions {
    var options = JSONStatsOptions()
    options.whole = whole
    options.namespaces = definitions.map { definition in
      switch namespaces[definition.name] {
      case .statistics(let statistics): statistics
      case .called(let name): each.mapValues { $0.of(name) }
      case nil: each.mapValues { $0.of(definition.name) }
      }
    }
    return options
  }
}

/// Where one namespace's statistics are.
public enum JSONNamespace: Sendable, Hashable {
  /// Where those of each namespace are, under this name.
  case called(String)
  /// At places of its own.
  case statistics(JSONStatistics)
}
