import CacheModel
import Collectors
import Namespaces
import TimeSeries

/// What a walk over all keys tells of the checked ones: keys of patterns, counts, groups. A value for one walk.
struct KeyTally: Sendable {
  private struct Group: Sendable {
    var keys: Int64 = 0
    var bytes: Int64 = 0
  }

  private struct Place: Hashable {
    var database: Int
    var group: [UInt8]
  }

  /// The most keys of all patterns of `keys`: each is a series.
  static let maximumKeys = 5000
  /// The most streams of all patterns.
  static let maximumStreams = 500
  /// The most keys of a walk that are asked whether they are streams.
  static let maximumCandidates = 5000
  /// The most groups that are told apart before those of least memory are joined.
  static let maximumDistinctGroups = 100_000

  private let keys: [(checked: CheckedKeys, pattern: KeyPattern)]
  private let streams: [(checked: CheckedKeys, pattern: KeyPattern)]
  private let counted: [(checked: CheckedKeys, pattern: KeyPattern)]
  private let groupPatterns: [LuaPattern]
  private let maximumGroups: Int
  private let legacyNames: Bool
  private var counts: [Int64]
  private var groups: [Place: Group] = [:]
  private var databases: Set<Int> = []
  private var found: [(SeriesDefinition, FixedPoint)] = []

  /// The keys that patterns of `keys` matched.
  private(set) var foundKeys: [KeyPlace] = []
  /// The keys that patterns of `streams` matched, streams or not.
  private(set) var foundStreams: [KeyPlace] = []
  /// Whether patterns of `streams` match more keys than are asked.
  private(set) var hasMoreStreams = false

  /// A tally that counts nothing yet. Patterns that can't be read were refused with the configuration.
  init(_ configuration: KeyCheckConfiguration, legacyNames: Bool) {
    self.legacyNames = legacyNames
    func compiled(_ list: [CheckedKeys]) -> [(CheckedKeys, KeyPattern)] {
      list.compactMap { checked in (try? KeyPattern(checked.pattern)).map { (checked, $0) } }
    }
    keys = compiled(configuration.keys)
    streams = compiled(configuration.streams)
    counted = compiled(configuration.countKeys)
    counts = Array(repeating: 0, count: counted.count)
    groupPatterns = configuration.keyGroups.compactMap { try? LuaPattern($0) }
    maximumGroups = configuration.maximumGroups
  }

  /// Adds a key that the walk came by.
  mutating func add(_ key: WalkedKey) {
    for index in counted.indices where counted[index].checked.database == key.database {
      if counted[index].pattern.matches(key.key.span) { counts[index] += 1 }
    }
    if found.count < Self.maximumKeys, let memory = key.memory,
      keys.contains(where: { $0.checked.database == key.database && $0.pattern.matches(key.key.span) })
    {
      found.append(Self.memory(of: key.key, database: key.database, memory))
      foundKeys.append(KeyPlace(database: key.database, key: key.key))
    }
    if streams.contains(where: { $0.checked.database == key.database && $0.pattern.matches(key.key.span) }) {
      if foundStreams.count < Self.maximumCandidates {
        foundStreams.append(KeyPlace(database: key.database, key: key.key))
      } else {
        hasMoreStreams = true
      }
    }
    if !groupPatterns.isEmpty { addToGroup(key) }
  }

  private mutating func addToGroup(_ key: WalkedKey) {
    databases.insert(key.database)
    let name = groupPatterns.lazy.compactMap { $0.group(of: key.key) }.first ?? Array("unclassified".utf8)
    var place = Place(database: key.database, group: name)
    if groups[place] == nil, groups.count >= Self.maximumDistinctGroups { place.group = Self.overflow }
    groups[place, default: Group()].keys += 1
    let bytes = groups[place, default: Group()].bytes
    groups[place, default: Group()].bytes = bytes.saturatingSum(key.memory ?? 0)
  }

  private static let overflow = Array("overflow".utf8)

  static func memory(of key: [UInt8], database: Int, _ bytes: Int64) -> (SeriesDefinition, FixedPoint) {
    let labels = KeyPlace(database: database, key: key).labels
    return (SeriesDefinition(KeyFamilies.memory, labels: labels), FixedPoint(bytes))
  }

  /// All series, once the walk is whole.
  var series: [(SeriesDefinition, FixedPoint)] {
    var all = found
    for (index, entry) in counted.enumerated() {
      let labels = [entry.checked.label, Label("key", entry.checked.pattern)]
      all.append(
        (SeriesDefinition(KeyFamilies.count(legacyNames: legacyNames), labels: labels), FixedPoint(counts[index])))
    }
    for database in databases.sorted() { all += groupSeries(of: database) }
    return all
  }

  private func groupSeries(of database: Int) -> [(SeriesDefinition, FixedPoint)] {
    let own = groups.filter { $0.key.database == database }.sorted {
      ($0.value.bytes, $0.value.keys, $1.key.group.description) > (
        $1.value.bytes, $1.value.keys, $0.key.group.description
      )
    }
    var shown: [(name: [UInt8], group: Group)] = own.prefix(maximumGroups).map { ($0.key.group, $0.value) }
    let rest = own.dropFirst(maximumGroups)
    if !rest.isEmpty {
      let joined = rest.reduce(into: Group()) { sum, entry in
        sum.keys += entry.value.keys
        sum.bytes = sum.bytes.saturatingSum(entry.value.bytes)
      }
      if let index = shown.firstIndex(where: { $0.name == Self.overflow }) {
        shown[index].group.keys += joined.keys
        shown[index].group.bytes = shown[index].group.bytes.saturatingSum(joined.bytes)
      } else {
        shown.append((Self.overflow, joined))
      }
    }
    let label = Label("db", "db\(database)")
    let distinct = SeriesDefinition(KeyFamilies.groups, labels: [label])
    return [(distinct, FixedPoint(Int64(own.count)))]
      + shown.flatMap { name, group in
        let labels = [label, Label("key_group", String(shown: name))]
        return [
          (
            SeriesDefinition(KeyFamilies.groupCount(legacyNames: legacyNames), labels: labels),
            FixedPoint(group.keys)
          ),
          (SeriesDefinition(KeyFamilies.groupMemory, labels: labels), FixedPoint(group.bytes)),
        ]
      }
  }
}
