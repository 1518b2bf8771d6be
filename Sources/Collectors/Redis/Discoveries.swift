import CacheModel

/// What a poll found that no later poll finds again, since finding it moved a mark.
struct Discoveries: Sendable {
  /// New entries of the slow log, oldest first.
  var slowOperations: [SlowOperation] = []
  /// Entries that were dropped before they could be read.
  var slowOperationsLost: Int64 = 0
  /// Whether the server's counters fell although its process is the same.
  var statsReset = false
  /// Whether another process answers than before.
  var serverChanged = false

  /// The most entries that are kept over polls which never complete; the oldest go first, and count as lost.
  private static let capacity = 8192

  /// Adds what a later poll found.
  mutating func add(_ later: Discoveries) {
    slowOperations += later.slowOperations
    let excess = max(0, slowOperations.count - Self.capacity)
    slowOperations.removeFirst(excess)
    slowOperationsLost = slowOperationsLost.saturatingSum(later.slowOperationsLost).saturatingSum(Int64(excess))
    statsReset = statsReset || later.statsReset
    serverChanged = serverChanged || later.serverChanged
  }
}
