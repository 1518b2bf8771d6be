import CacheModel
import Namespaces

/// Which keys `cachegauge clear` is about.
struct RemovalScope: Sendable {
  /// Whether every key is meant.
  let isEverything: Bool
  private let classifier: NamespaceClassifier
  private let chosen: Set<Int>
  private let patterns: [KeyPattern]

  /// The keys of these namespaces, by `definitions`, and those that match a pattern; or all of them.
  ///
  /// Throws a sentence where a namespace is not declared, a pattern can't be read, nothing is named, or a pattern takes every
  /// key although that was not asked for.
  init(
    namespaces: [String], patterns texts: [String], all: Bool, definitions: [NamespaceDefinition]
  ) throws(UsageError) {
    isEverything = all
    guard all || !namespaces.isEmpty || !texts.isEmpty else {
      throw UsageError(
        "name what to remove: --namespace NAME, --pattern GLOB, or --all for every key of the database")
    }
    if let bare = texts.first(where: { $0.allSatisfy { $0 == "*" } }), !all {
      throw UsageError("--pattern '\(bare)' is every key of the database; say --all if that is meant")
    }
    chosen = try Self.positions(of: namespaces, in: definitions)
    do throws(NamespacePatternError) { classifier = try NamespaceClassifier(definitions) } catch {
      throw UsageError(
        "a pattern of namespace \(quoted(definitions[error.namespace].name)): \(error.reason.message)")
    }
    var patterns: [KeyPattern] = []
    for text in texts {
      do throws(KeyPatternError) { patterns.append(try KeyPattern(text)) } catch {
        throw UsageError("--pattern \(quoted(text)): \(error.message) (at character \(error.offset + 1))")
      }
    }
    self.patterns = patterns
  }

  private static func positions(of names: [String], in definitions: [NamespaceDefinition]) throws(UsageError)
    -> Set<Int>
  {
    var positions: Set<Int> = []
    for name in names {
      guard let position = definitions.firstIndex(where: { $0.name == name }) else {
        let known = definitions.map(\.name)
        let meant = nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
        throw UsageError(
          known.isEmpty
            ? "--namespace \(quoted(name)): the configuration declares no namespaces; name the file with --config"
            : "--namespace \(quoted(name)) is not declared\(meant)")
      }
      positions.insert(position)
    }
    return positions
  }

  /// Whether the key is meant. A key belongs to the namespace whose pattern is the most specific that matches it.
  func covers(_ key: Span<UInt8>) -> Bool {
    if isEverything { return true }
    if let found = classifier.classify(key), chosen.contains(found) { return true }
    return patterns.contains { $0.matches(key) }
  }
}
