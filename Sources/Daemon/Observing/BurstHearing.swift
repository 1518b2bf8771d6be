import CacheClients
import Locked
import Namespaces

/// Counts what bursts bring, on the connection's event loop.
final class BurstHearing: CommandReceiver {
  private let tally: Locked<BurstTally>

  init(_ classifier: NamespaceClassifier) {
    tally = Locked(BurstTally(classifier: classifier))
  }

  func receive(line: Span<UInt8>) { tally.withLock { $0.receive(line: line) } }

  func receive(miss key: Span<UInt8>) { tally.withLock { $0.receive(miss: key) } }

  /// What came since the last call.
  func finish() -> BurstCounts { tally.withLock { $0.finish() } }
}
