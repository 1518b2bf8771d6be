public import CacheModel

/// A key's namespace, and the part of the key that names the tenant.
public struct Classification: Sendable, Hashable {
  /// Position of the namespace in the list that the classifier was made from.
  public var namespace: Int
  /// The tenant's bytes in the key; nil when the pattern that matched captures none.
  public var tenant: Range<Int>?

  /// A classification.
  public init(namespace: Int, tenant: Range<Int>?) {
    self.namespace = namespace
    self.tenant = tenant
  }
}

/// A namespace's pattern that can't be read.
public struct NamespacePatternError: Error, Sendable, Hashable {
  /// The namespace's position in the list.
  public let namespace: Int
  /// The pattern's position among that namespace's patterns.
  public let pattern: Int
  /// What is wrong with it.
  public let reason: KeyPatternError
}

/// Finds the namespace of a key: the most specific pattern of all namespaces that matches it wins.
///
/// More specific is the pattern with the longer literal prefix (the bytes before its first wildcard); then the one
/// with more literal bytes in all; then the one with fewer wildcards (`*`, `?`, a class and `{tenant}` are one each);
/// then the one that comes first in the configuration. So the answer depends on the patterns alone, and for equal
/// patterns on their order.
///
/// Immutable and safe to use from any thread. A look-up allocates nothing and takes no lock; it walks a radix tree of
/// literal prefixes, so its cost hardly depends on the number of patterns, except for those that begin with a
/// wildcard: each of them is tried on each key that nothing more specific takes.
public struct NamespaceClassifier: Sendable {
  /// What is left to verify of a pattern once its literal prefix matched.
  private struct Candidate: Sendable {
    enum Kind: UInt8, Sendable {
      /// The key ends here.
      case exact
      /// Anything may follow.
      case prefix
      /// The remaining tokens decide.
      case glob
    }

    var kind: Kind
    var namespace: Int32
    var firstToken: Int32
    var endToken: Int32
    var prefixCount: Int32
  }

  /// Names of the namespaces, by the index that a look-up answers.
  public let names: [String]
  private let tree: PrefixTree
  private let candidates: [Candidate]
  private let program: PatternProgram

  /// Compiles the patterns of these namespaces; throws for the first that can't be read.
  public init(_ namespaces: [NamespaceDefinition]) throws(NamespacePatternError) {
    var patterns: [(namespace: Int, pattern: KeyPattern)] = []
    for (namespace, definition) in namespaces.enumerated() {
      for (position, text) in definition.keys.enumerated() {
        do throws(KeyPatternError) {
          patterns.append((namespace, try KeyPattern(text)))
        } catch {
          throw NamespacePatternError(namespace: namespace, pattern: position, reason: error)
        }
      }
    }
    // Sorting is stable, so that equal patterns keep the configuration's order.
    patterns.sort { $0.pattern.specificity < $1.pattern.specificity }
    var program = PatternProgram()
    let tree = PrefixTree(patterns.map(\.pattern.literalPrefix))
    let candidates = tree.entries.map { entry in
      let (namespace, pattern) = patterns[Int(entry)]
      return Self.candidate(pattern, tokens: program.append(pattern.program), namespace: namespace)
    }
    names = namespaces.map(\.name)
    self.tree = tree
    self.candidates = candidates
    self.program = program
  }

  private static func candidate(_ pattern: KeyPattern, tokens: Range<Int>, namespace: Int) -> Candidate {
    let prefix = pattern.literalPrefix.count
    let rest = pattern.program.tokens.dropFirst(prefix > 0 ? 1 : 0)
    let kind: Candidate.Kind =
      if rest.isEmpty { .exact } else if rest.count == 1, rest.first?.kind == .star { .prefix } else { .glob }
    return Candidate(
      kind: kind, namespace: Int32(namespace), firstToken: Int32(tokens.upperBound - rest.count),
      endToken: Int32(tokens.upperBound), prefixCount: Int32(prefix))
  }

  /// The index of the key's namespace; nil when no pattern matches.
  ///
  /// Costs at most the key's length times the length of the patterns that share its prefix; allocates nothing.
  public func classify(_ key: Span<UInt8>) -> Int? {
    var capture = CaptureRange()
    return find(key, capture: &capture)
  }

  /// The key's namespace and tenant; nil when no pattern matches. Costs as ``classify(_:)``.
  public func classifyTenant(_ key: Span<UInt8>) -> Classification? {
    var capture = CaptureRange()
    return find(key, capture: &capture).map { Classification(namespace: $0, tenant: capture.range) }
  }

  @inline(__always)
  private func find(_ key: Span<UInt8>, capture: inout CaptureRange) -> Int? {
    let nodes = tree.nodes.span
    let candidates = candidates.span
    var index = tree.deepest(key)
    while index >= 0 {
      let node = nodes[Int(index)]
      var position = Int(node.firstEntry)
      let end = position + Int(node.entryCount)
      while position < end {
        let candidate = candidates[position]
        if takes(candidate, key, capture: &capture) { return Int(candidate.namespace) }
        position += 1
      }
      index = node.above
    }
    return nil
  }

  @inline(__always)
  private func takes(_ candidate: Candidate, _ key: Span<UInt8>, capture: inout CaptureRange) -> Bool {
    // A more specific pattern may have captured before it failed.
    capture = CaptureRange()
    switch candidate.kind {
    case .prefix: return true
    case .exact: return key.count == Int(candidate.prefixCount)
    case .glob:
      return program.matches(
        Int(candidate.firstToken)..<Int(candidate.endToken), key, from: Int(candidate.prefixCount),
        capture: &capture)
    }
  }
}
