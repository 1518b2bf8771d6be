public import CacheModel

/// Hits and misses of namespaces from a Memcached server's own counts by prefix.
///
/// The server counts by what stands before the delimiter, so a namespace can be told when each of its patterns takes all
/// keys of its prefixes and no other pattern takes a part of them: `menu:*` can, `menu:today:*` can't.
public struct PrefixTally: Sendable {
  private let classifier: NamespaceClassifier
  private let count: Int
  private let isCountable: [Bool]

  /// A tally for these namespaces. Throws when a pattern can't be read.
  public init(_ namespaces: [NamespaceDefinition]) throws(NamespacePatternError) {
    classifier = try NamespaceClassifier(namespaces)
    count = namespaces.count
    isCountable = namespaces.map { namespace in namespace.keys.allSatisfy { Self.isWholePrefix($0) } }
  }

  /// Hits and misses of each namespace, in the order of the definitions; nil for one whose keys the server does not
  /// count apart from others'.
  public func tally(_ report: PrefixReport) -> [(hits: Int64, misses: Int64)?] {
    var counts = isCountable.map { $0 ? (hits: Int64(0), misses: Int64(0)) : nil }
    for prefix in report.prefixes {
      let key = Array((prefix.prefix + report.delimiter).utf8)
      guard let namespace = classifier.classify(key.span), let known = counts[namespace] else { continue }
      counts[namespace] = (saturatingSum(known.hits, prefix.hits), saturatingSum(known.misses, prefix.misses))
    }
    return counts
  }

  /// Whether the pattern is a literal that holds one delimiter at its end, and then takes everything.
  private static func isWholePrefix(_ pattern: String) -> Bool {
    guard pattern.hasSuffix("*") else { return false }
    let literal = pattern.dropLast()
    let marks: Set<Character> = ["*", "?", "[", "]", "{", "}", "\\"]
    guard let delimiter = literal.last, !delimiter.isLetter, !delimiter.isNumber else { return false }
    return !literal.contains { marks.contains($0) } && literal.dropLast().contains(delimiter) == false
  }
}
