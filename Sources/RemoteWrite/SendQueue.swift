/// Requests that wait to be sent, within a bound of bytes: when another does not fit, the oldest are dropped, and counted.
public struct SendQueue: Sendable {
  private struct Entry {
    var id: UInt64
    var request: WriteRequest
  }

  /// The most bytes that wait; one request always may.
  public let limit: Int
  /// Bytes that wait.
  public private(set) var bytes = 0
  /// Samples that wait.
  public private(set) var samples = 0
  /// Samples that were dropped since there was no room.
  public private(set) var dropped: Int64 = 0
  /// What ``dropped`` was when the queue last kept up; nil while it does.
  private var droppedBefore: Int64?
  private var entries: ArraySlice<Entry> = []
  private var nextID: UInt64 = 0

  /// An empty queue.
  public init(limit: Int) {
    self.limit = limit
  }

  /// Puts a request behind the others. Answers whether an overflow begins with it: others are dropped, as for none since the queue
  /// was last empty.
  @discardableResult
  public mutating func add(_ request: WriteRequest) -> Bool {
    let before = dropped
    while let oldest = entries.first, bytes + request.bytes.count > limit {
      dropped += Int64(oldest.request.samples)
      removeFirst()
    }
    entries.append(Entry(id: nextID, request: request))
    nextID += 1
    bytes += request.bytes.count
    samples += request.samples
    guard dropped > before, droppedBefore == nil else { return false }
    droppedBefore = before
    return true
  }

  /// Ends an overflow when nothing waits any more; answers how many samples it cost. Nil where there was none, or it goes on.
  public mutating func endOverflow() -> Int64? {
    guard entries.isEmpty, let before = droppedBefore else { return nil }
    droppedBefore = nil
    return dropped - before
  }

  /// The oldest, which stays until it is removed: a sample must not come before an older one of its series.
  public var first: (id: UInt64, request: WriteRequest)? { entries.first.map { ($0.id, $0.request) } }

  /// Removes the oldest if it is still the one of that number; false when it was dropped meanwhile.
  @discardableResult
  public mutating func remove(_ id: UInt64) -> Bool {
    guard entries.first?.id == id else { return false }
    removeFirst()
    return true
  }

  private mutating func removeFirst() {
    let entry = entries.removeFirst()
    bytes -= entry.request.bytes.count
    samples -= entry.request.samples
  }
}
