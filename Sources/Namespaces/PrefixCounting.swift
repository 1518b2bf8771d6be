public import CacheModel

/// Hits and misses of namespaces from a Memcached server's own counts by prefix.
///
/// The server counts by what stands before the first delimiter of a key, so a namespace can be told when each of its
/// patterns takes all keys of a prefix: `menu:*` can, `menu:today:*` can't.
public struct PrefixCounting: Sendable {
  /// Why a namespace has no counts.
  public struct Failure: Error, Sendable, Hashable {
    /// `counting_off`, `note_not_written` or `pattern_too_fine`.
    public let cause: FailureCause
  }

  /// What one report says.
  public struct Found: Sendable {
    /// Hits and misses of each namespace, in the order of the definitions.
    public let namespaces: [Result<Counts, Failure>]
    /// Lookups since the first report that were counted under no prefix; nil while the server does not count.
    public let uncounted: Int64?
  }

  /// Hits and misses since the server began to count.
  public struct Counts: Sendable, Hashable {
    /// Lookups that found their key.
    public var hits: Int64 = 0
    /// Lookups that did not.
    public var misses: Int64 = 0
  }

  private let classifier: NamespaceClassifier
  private let patterns: [[String]]
  /// What was uncounted at the first report, and what came before the server's counters began anew.
  private var baseline: Int64?
  private var former: Int64 = 0
  private var latest: Int64 = 0

  /// Counting for these namespaces. Throws when a pattern can't be read.
  public init(_ namespaces: [NamespaceDefinition]) throws(NamespacePatternError) {
    classifier = try NamespaceClassifier(namespaces)
    patterns = namespaces.map(\.keys)
  }

  /// Takes a report; `beganAnew` says that the server's counters began again since the last one.
  public mutating func take(_ report: PrefixReport, beganAnew: Bool) -> Found {
    guard report.isOn else {
      // What is looked up meanwhile is counted under no prefix, also by a server that was started anew and is not told yet.
      if baseline != nil || beganAnew { _ = uncounted(report, beganAnew) }
      return Found(namespaces: patterns.map { _ in .failure(Failure(cause: report.whyOff)) }, uncounted: nil)
    }
    return Found(namespaces: tally(report), uncounted: uncounted(report, beganAnew))
  }

  private func tally(_ report: PrefixReport) -> [Result<Counts, Failure>] {
    var counts = patterns.map { patterns in
      patterns.allSatisfy { isWholePrefix($0, report.delimiter) } ? Counts() : nil
    }
    for prefix in report.prefixes {
      let key = Array((prefix.prefix + report.delimiter).utf8)
      guard let namespace = classifier.classify(key.span), let known = counts[namespace] else { continue }
      counts[namespace] = Counts(
        hits: saturatingSum(known.hits, prefix.hits), misses: saturatingSum(known.misses, prefix.misses))
    }
    return counts.map { $0.map { .success($0) } ?? .failure(Failure(cause: .patternTooFine)) }
  }

  /// Both counts are of one reply each, a moment apart, so that their difference may waver: it only rises.
  private mutating func uncounted(_ report: PrefixReport, _ beganAnew: Bool) -> Int64 {
    let counted = report.prefixes.reduce(Int64(0)) { saturatingSum($0, saturatingSum($1.hits, $1.misses)) }
    let difference = report.lookups.saturatingDifference(counted)
    if beganAnew {
      (former, latest) = (saturatingSum(former, latest), 0)
      baseline = min(0, difference)
    }
    let start = baseline ?? difference
    baseline = start
    latest = max(latest, difference.saturatingDifference(start))
    return saturatingSum(former, latest)
  }

  /// Whether the pattern takes all keys of one prefix: a literal up to the first delimiter, and then anything.
  private func isWholePrefix(_ pattern: String, _ delimiter: String) -> Bool {
    guard pattern.hasSuffix("\(delimiter)*") else { return false }
    let literal = pattern.dropLast(delimiter.count + 1)
    return !literal.isEmpty && !literal.contains(delimiter) && !literal.contains { "*?[]{}\\".contains($0) }
  }
}
