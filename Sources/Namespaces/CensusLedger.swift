public import CacheModel

/// Keys and bytes per namespace out of walks over all keys. A value without a connection or a clock.
///
/// A walk is ``began(keys:)``, ``add(_:memory:)`` for each key, ``finished(at:)``. What it finds is shown when it is
/// whole; until the first one is, the part so far is scaled up, which is fair since a server's SCAN goes through its
/// keys in the order of their hashes. The same goes for one before which the number of keys had become another.
public struct CensusLedger: Sendable {
  /// Sums of one namespace.
  private struct Bin: Sendable {
    var keys: Int64 = 0
    var bytes: Int64 = 0
    var unmeasured: Int64 = 0
  }

  private let classifier: NamespaceClassifier
  /// One for each namespace, and one for the keys of none.
  private var current: [Bin]
  private var whole: [Bin]?
  /// Samples of times to live: of the walk before, and of this one.
  private var earlierTTLs: [TTLSample]
  private var ttls: [TTLSample]
  private var expected: Int64 = 0
  /// How many keys the server said it had when the walk began that ``whole`` is of.
  private var expectedOfWhole: Int64 = 0
  private var isWalking = false
  private var report: CensusReport

  /// An empty ledger for the namespaces of this classifier.
  public init(classifier: NamespaceClassifier) {
    self.classifier = classifier
    current = Self.empty(classifier)
    ttls = current.map { _ in TTLSample() }
    earlierTTLs = ttls
    report = CensusReport()
  }

  private static func empty(_ classifier: NamespaceClassifier) -> [Bin] {
    Array(repeating: Bin(), count: classifier.names.count + 1)
  }

  /// How many namespaces there are.
  public var namespaces: Int { classifier.names.count }

  /// Begins a walk over about so many keys.
  public mutating func began(keys: Int64) {
    current = Self.empty(classifier)
    earlierTTLs = ttls
    ttls = current.map { _ in TTLSample() }
    if isOutdated(keys: keys) {
      whole = nil
      report.isWhole = false
    }
    expected = keys
    isWalking = true
    report.failure = nil
  }

  /// Whether the last whole walk tells nothing of a server that says it has so many keys, as where that walk found it empty, or one
  /// that was flushed since: half as many more than when it began, or a third less.
  public func isOutdated(keys: Int64) -> Bool {
    guard whole != nil else { return false }
    let (now, before) = (Double(keys), Double(expectedOfWhole))
    return now > 1.5 * before || now * 1.5 < before
  }

  /// Adds a key; `memory` in bytes, nil where the server does not tell. Answers its namespace; nil for none.
  @discardableResult
  public mutating func add(_ key: Span<UInt8>, memory: Int64?) -> Int? {
    let namespace = classifier.classify(key)
    let index = namespace ?? current.count - 1
    current[index].keys += 1
    if let memory {
      current[index].bytes = saturatingSum(current[index].bytes, memory)
    } else {
      current[index].unmeasured += 1
    }
    report.visited += 1
    return namespace
  }

  /// Adds the time that a key of a namespace has left to live, in seconds, nil for one that lives for ever; the number of
  /// namespaces stands for the keys of none.
  public mutating func add(ttl seconds: Double?, namespace: Int) {
    if ttls.indices.contains(namespace) { ttls[namespace].add(seconds) }
  }

  /// Notes a batch that was answered after so many seconds.
  public mutating func spent(seconds: Double, at now: UnixTime) {
    report.seconds += seconds
    if whole == nil { report.time = now }
  }

  /// Ends a walk that went through all keys.
  public mutating func finished(at now: UnixTime) {
    whole = current
    expectedOfWhole = expected
    isWalking = false
    report.walks += 1
    report.time = now
    report.isWhole = true
  }

  /// Notes that the server could not be asked; the walk goes on later, or begins again.
  public mutating func failed(_ cause: FailureCause) {
    report.failures[cause, default: 0] += 1
    report.failure = cause
  }

  /// Notes that it can be asked again.
  public mutating func recovered() { report.failure = nil }

  /// What is known now.
  public var snapshot: CensusReport {
    var result = report
    let walked = current.reduce(0) { $0 + $1.keys }
    result.progress = isWalking ? min(1, Double(walked) / Double(max(1, expected))) : report.walks > 0 ? 1 : 0
    let scale = whole == nil && walked > 0 ? max(1, Double(expected) / Double(walked)) : 1
    let bins = whole ?? current
    guard whole != nil || walked > 0 else { return result }
    let counts = bins.indices.map { index in
      var counts = Self.counts(bins[index], scale: scale)
      let sample = earlierTTLs[index].merging(ttls[index])
      counts.ttls = sample.size > 0 ? sample : nil
      return counts
    }
    result.namespaces = Array(counts.dropLast())
    result.other = counts.last
    return result
  }

  private static func counts(_ bin: Bin, scale: Double) -> CensusCounts {
    let isMeasured = bin.unmeasured == 0
    return CensusCounts(
      keys: Int64(saturating: (Double(bin.keys) * scale).rounded()),
      memoryBytes: isMeasured ? Int64(saturating: (Double(bin.bytes) * scale).rounded()) : nil)
  }
}
