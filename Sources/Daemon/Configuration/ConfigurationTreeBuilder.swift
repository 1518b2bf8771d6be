import Yams

/// Bounds that no honest configuration meets.
enum ConfigurationLimits {
  static let bytes = 1 << 20
  static let depth = 32
  /// Values after aliases are replaced by what they stand for.
  static let values = 200_000
}

/// Turns parsed YAML into ``ConfigurationNode``: aliases expanded within bounds, merge keys applied, keys as text.
struct ConfigurationTreeBuilder {
  let file: String
  /// Names that stand in the text for a key that is given twice; see ``DuplicateKeys``.
  let duplicates: [String: String]
  private(set) var problems: [ConfigurationProblem] = []
  private var values = 0

  init(file: String, duplicates: [String: String]) {
    self.file = file
    self.duplicates = duplicates
  }

  /// Nil, with a problem, when the tree exceeds a bound.
  mutating func build(_ node: Node, depth: Int = 0) -> ConfigurationNode? {
    values += 1
    let place = Place(node.mark)
    if values > ConfigurationLimits.values {
      refuse(place, "expands to more than \(ConfigurationLimits.values) values; its aliases multiply")
      return nil
    }
    if depth > ConfigurationLimits.depth {
      refuse(place, "is nested deeper than \(ConfigurationLimits.depth) levels")
      return nil
    }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      return ConfigurationNode(value: .scalar(scalar.string, isPlain: isPlain), place: place)
    case .sequence(let sequence):
      var items: [ConfigurationNode] = []
      for item in sequence {
        guard let built = build(item, depth: depth + 1) else { return nil }
        items.append(built)
      }
      return ConfigurationNode(value: .sequence(items), place: place)
    case .mapping(let mapping):
      guard let entries = entries(mapping, depth: depth) else { return nil }
      return ConfigurationNode(value: .mapping(entries), place: place)
    case .alias:
      preconditionFailure("the parser replaces aliases by what they stand for")
    }
  }

  private mutating func entries(_ mapping: Node.Mapping, depth: Int) -> [ConfigurationEntry]? {
    var own: [ConfigurationEntry] = []
    var merged: [ConfigurationEntry] = []
    for (key, value) in mapping {
      guard let built = build(value, depth: depth + 1) else { return nil }
      guard case .scalar(let name) = key else {
        report(Place(key.mark), "a key must be a single value")
        continue
      }
      if name.string == "<<", name.style == .plain {
        merged += mergedEntries(built)
      } else {
        own.append(ConfigurationEntry(key: name.string, place: Place(key.mark), value: built))
      }
    }
    return withoutDuplicates(own) + merging(merged, into: own)
  }

  /// The keys that `<<` brings: of one mapping, or of a list of them.
  private mutating func mergedEntries(_ value: ConfigurationNode) -> [ConfigurationEntry] {
    switch value.value {
    case .mapping(let entries): return entries
    case .sequence(let items): return items.flatMap { mergedEntries($0) }
    case .scalar:
      report(value.place, "<< needs a mapping or a list of mappings")
      return []
    }
  }

  /// What is given beside `<<` wins, and an earlier mapping wins over a later one.
  private func merging(_ merged: [ConfigurationEntry], into own: [ConfigurationEntry]) -> [ConfigurationEntry] {
    var seen = Set(own.map(\.key))
    return merged.filter { seen.insert($0.key).inserted }
  }

  /// Reports entries under a stand-in name at the place of the entry that keeps the name, and drops them.
  private mutating func withoutDuplicates(_ entries: [ConfigurationEntry]) -> [ConfigurationEntry] {
    if duplicates.isEmpty { return entries }
    for entry in entries {
      guard let name = duplicates[entry.key] else { continue }
      let later = entries.first {
        $0.place.line >= entry.place.line && (duplicates[$0.key] ?? $0.key) == name
          && $0.place != entry.place
      }
      report(later?.place ?? entry.place, "`\(name)` is given twice; first in line \(entry.place.line)")
    }
    return entries.filter { duplicates[$0.key] == nil }
  }

  private mutating func report(_ place: Place, _ message: String) {
    problems.append(ConfigurationProblem(.error, place.origin(file), message))
  }

  private mutating func refuse(_ place: Place, _ message: String) {
    report(place, "the file \(message)")
  }
}

extension Place {
  init(_ mark: Mark?) {
    self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  func origin(_ file: String) -> ConfigurationOrigin { .file(file, line: line, column: column) }
}
