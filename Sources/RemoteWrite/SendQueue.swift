/// Requests that wait to be sent, within a bound of bytes: when another does not fit, the oldest are dropped, and counted.
public struct SendQueue: Sendable {
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
  /// By number, without a gap from ``firstID`` on: what is removed holds no memory any more.
  private var requests: [UInt64: WriteRequest] = [:]
  private var firstID: UInt64 = 0
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
    while bytes + request.bytes.count > limit, let oldest = removeFirst() { dropped += Int64(oldest.samples) }
    requests[nextID] = request
    nextID += 1
    bytes += request.bytes.count
    samples += request.samples
    guard dropped > before, droppedBefore == nil else { return false }
    droppedBefore = before
    return true
  }

  /// Ends an overflow when nothing waits any more; answers how many samples it cost. Nil where there was none, or it goes on.
  public mutating func endOverflow() -> Int64? {
    guard requests.isEmpty, let before = droppedBefore else { return nil }
    droppedBefore = nil
    return dropped - before
  }

  /// The oldest, which stays until it is removed: a sample must not come before an older one of its series.
  public var first: (id: UInt64, request: WriteRequest)? { requests[firstID].map { (firstID, $0) } }

  /// Removes the oldest if it is still the one of that number; false when it was dropped meanwhile.
  @discardableResult
  public mutating func remove(_ id: UInt64) -> Bool {
    id == firstID && removeFirst() != nil
  }

  private mutating func removeFirst() -> WriteRequest? {
    guard let oldest = requests.removeValue(forKey: firstID) else { return nil }
    firstID += 1
    bytes -= oldest.bytes.count
    samples -= oldest.samples
    return oldest
  }
}
