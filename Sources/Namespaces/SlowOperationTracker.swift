public import CacheModel

/// Gathers a target's slow operations: who was slow, how often, for how long.
///
/// A value without clocks or input. Memory is bounded whatever the server sends: pairs of namespace and command up to
/// a cap, and the newest entries up to another.
public struct SlowOperationTracker: Sendable {
  /// The label of what belongs to no namespace, and of pairs beyond the cap.
  public static let other = "other"

  private let classifier: NamespaceClassifier
  private let pairCapacity: Int
  private let recentCapacity: Int
  private var totals: [SlowOperationKey: SlowOperationTotals] = [:]
  /// Oldest first.
  private var recent: [SlowOperation] = []
  private var lost: Int64 = 0

  /// The server's threshold in microseconds as last read; negative when its slow log is off, nil when unknown.
  public var thresholdMicroseconds: Int64?

  /// A tracker without entries. `pairCapacity` bounds ``SlowOperationReport/totals``, `other` included, and is at least 1;
  /// `recentCapacity` bounds ``SlowOperationReport/recent``.
  public init(classifier: NamespaceClassifier, pairCapacity: Int = 256, recentCapacity: Int = 128) {
    self.classifier = classifier
    self.pairCapacity = max(1, pairCapacity)
    self.recentCapacity = max(0, recentCapacity)
  }

  /// Takes the entries that are new since the last call, oldest first, and how many the server dropped unread.
  ///
  /// Each entry's `arguments` begin with the command's name, as the server logs them. Its namespace is set by its
  /// first key; what it was before does not matter. A key that the server cut (after 128 bytes) is classified by
  /// what is left of it, so a pattern that asks for the cut end can't take it.
  public mutating func add(_ operations: [SlowOperation], lost: Int64 = 0) {
    self.lost = saturatingSum(self.lost, lost)
    for operation in operations { add(operation) }
    if recent.count > recentCapacity { recent.removeFirst(recent.count - recentCapacity) }
  }

  /// All that was gathered so far. Costs a copy of the recent entries.
  public var report: SlowOperationReport {
    SlowOperationReport(
      totals: totals, lost: lost, recent: recent.reversed(), thresholdMicroseconds: thresholdMicroseconds)
  }

  private mutating func add(_ operation: SlowOperation) {
    var operation = operation
    operation.namespace = namespace(of: operation)
    let microseconds = max(0, operation.microseconds)
    var sums = SlowOperationTotals()
    let key = countedKey(for: operation)
    sums = totals[key] ?? sums
    sums.count = saturatingSum(sums.count, 1)
    sums.microseconds = saturatingSum(sums.microseconds, microseconds)
    sums.worstMicroseconds = max(sums.worstMicroseconds, microseconds)
    totals[key] = sums
    recent.append(operation)
  }

  /// The entry's own pair while there is room for it; one place is kept for `other`.
  private func countedKey(for operation: SlowOperation) -> SlowOperationKey {
    let key = SlowOperationKey(namespace: operation.namespace ?? Self.other, command: operation.command)
    let rest = SlowOperationKey(namespace: Self.other, command: Self.other)
    if totals[key] != nil { return key }
    let taken = totals.count + (totals[rest] == nil ? 1 : 0)
    return taken < pairCapacity ? key : rest
  }

  private func namespace(of operation: SlowOperation) -> String? {
    guard let index = CommandKeys.first(of: operation.command, in: operation.arguments) else { return nil }
    let key = Self.loggedBytes(of: operation.arguments[index])
    return classifier.classify(key.span).map { classifier.names[$0] }
  }

  /// The bytes of an argument without the remark that the server puts behind one that it cut, `... (12 more bytes)`.
  private static func loggedBytes(of argument: String) -> [UInt8] {
    let bytes = Array(argument.utf8)
    let mark = Array("... (".utf8)
    let end = Array(" more bytes)".utf8)
    // The server cuts at 128 bytes; the remark is at most 40 long.
    guard bytes.count > 128, bytes.suffix(end.count).elementsEqual(end) else { return bytes }
    for begin in stride(from: bytes.count - end.count - mark.count, through: max(0, bytes.count - 48), by: -1)
    where bytes[begin..<begin + mark.count].elementsEqual(mark) {
      let digits = bytes[(begin + mark.count)..<(bytes.count - end.count)]
      let isCount = !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      if isCount { return Array(bytes[..<begin]) }
    }
    return bytes
  }
}
