import CacheModel
import Namespaces

/// Which keys are looked at one by one, which are counted by pattern, and which by group.
public struct KeyCheckConfiguration: Sendable, Hashable {
  /// Patterns of keys to tell the size of, `db0=user:*` or `user:*`.
  public var keys: [CheckedKeys] = []
  /// Keys by their names.
  public var singleKeys: [CheckedKeys] = []
  /// Patterns of keys to count.
  public var countKeys: [CheckedKeys] = []
  /// Lua patterns whose captures name a key's group.
  public var keyGroups: [String] = []
  /// The most groups of a database; those that take least memory are joined to `overflow`.
  public var maximumGroups = 100
  /// Patterns of streams, and streams by their names: XINFO, which the server counts as hits.
  public var streams: [CheckedKeys] = []
  /// Streams by their names.
  public var singleStreams: [CheckedKeys] = []
  /// Whether each consumer of a stream's groups is told of.
  public var streamConsumers = true
  /// Whether sizes and numeric values of ``keys`` and ``singleKeys`` are asked for, which the server counts as hits.
  public var lookups = false
  /// Between two looks at ``singleKeys``.
  public var interval = Duration.seconds(15)

  /// None.
  public init() {}

  /// Whether anything is to be checked.
  var isOn: Bool { !singleKeys.isEmpty || !singleStreams.isEmpty || needsWalk }
  /// The kinds of checks that a walk serves, by their names in the configuration.
  var walkedNames: [String] {
    [("keys", keys.isEmpty), ("count_keys", countKeys.isEmpty), ("key_groups", keyGroups.isEmpty)]
      .filter { !$0.1 }.map(\.0)
  }
  /// Whether all keys have to be walked over.
  var needsWalk: Bool { !keys.isEmpty || !countKeys.isEmpty || !keyGroups.isEmpty || !streams.isEmpty }
}

/// A key or a pattern of keys in one database, as redis_exporter's flags have it: `db3=sessions:*`; database 0 without one.
public struct CheckedKeys: Sendable, Hashable {
  /// The database's number.
  public var database: Int
  /// The key, or the glob.
  public var pattern: String

  /// Reads `dbN=pattern` or `pattern`.
  public init(_ text: String) {
    if text.hasPrefix("db"), let sign = text.firstIndex(of: "="), let number = Int(text[..<sign].dropFirst(2)),
      number >= 0
    {
      database = number
      pattern = String(text[text.index(after: sign)...])
    } else {
      database = 0
      pattern = text
    }
  }

  /// As ``init(_:)`` reads it.
  var text: String { database == 0 && !pattern.hasPrefix("db") ? pattern : "db\(database)=\(pattern)" }
  /// As the label `db`.
  var label: Label { Label("db", "db\(database)") }
}
