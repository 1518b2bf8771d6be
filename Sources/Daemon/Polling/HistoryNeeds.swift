import CacheModel
import TimeSeries

/// How much of `history.memory` the configured targets would need for all of their series, as far as that can be known before any of
/// them has answered.
struct HistoryNeeds {
  /// Series of a busy server's own take so many bytes: 400 of them some 390 each, with a little to spare.
  private static let bytesOfBusyServer = 160 << 10

  /// Bytes of the budget that each target has.
  let share: Int64
  private let count: Int
  /// The target that needs most, with the bytes of the budget that its share should be.
  private let largest: (target: TargetConfiguration, share: Int64)?

  /// Adds up names; costs some microseconds for each namespace.
  init(_ configuration: Configuration) {
    let targets = configuration.ownTargets
    count = targets.count
    share = configuration.history.memory / Int64(max(1, targets.count))
    largest = targets.map { ($0, Self.share(of: $0)) }.max { $0.1 < $1.1 }.map { (target: $0.0, share: $0.1) }
  }

  private static func share(of target: TargetConfiguration) -> Int64 {
    let bytes = target.namespaces.reduce(bytesOfBusyServer) { sum, namespace in
      sum
        + NamespaceHistory.bytes(
          ofSeriesFor: namespace.name, isHeard: target.isHeard, isCounted: target.isCounted)
    }
    return Int64(bytes * SeriesRoom.part)
  }

  /// What to say where the largest has no room for all; nil where it has. What is named would do for all of them.
  var shortage: String? {
    guard let largest, largest.share > share else { return nil }
    let namespaces = largest.target.namespaces.count
    let others = namespaces > 0 ? " and those of \(namespaces) namespaces" : ""
    let wanted = (largest.share * Int64(count) + (1 << 20) - 1) >> 20
    let each = count > 1 ? "each of \(count) targets" : "its only target"
    return
      "history.memory gives \(each) \(share >> 10) KiB; \(largest.target.identity.name) with 400 series of its server"
      + "\(others) wants \(largest.share >> 10) KiB, so that some series have no history; history.memory: \(wanted)MiB would do"
  }
}
