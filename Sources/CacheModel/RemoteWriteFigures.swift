/// How sending samples to one receiver goes.
public struct RemoteWriteFigures: Sendable, Hashable {
  /// Why samples were not sent.
  public enum Dropped: String, Sendable, Hashable, CaseIterable {
    // The values of the label `reason`.
    case queueFull = "queue_full"
    case refused
  }

  /// The receiver's name, or where it is.
  public let receiver: String
  /// Samples that it took.
  public var sent: Int64 = 0
  /// Samples that are lost.
  public var dropped: [Dropped: Int64] = [:]
  /// Requests that had to be sent again.
  public var retries: Int64 = 0
  /// Samples that wait.
  public var pendingSamples: Int64 = 0
  /// Bytes that wait, compressed.
  public var pendingBytes: Int64 = 0
  /// When it last took any; nil when never.
  public var lastSuccess: UnixTime?

  /// Of a receiver that was not sent anything yet.
  public init(receiver: String) {
    self.receiver = receiver
  }
}
