import Locked
import Logging

/// Tells a connection's troubles in the log: each once until it is over, however they take turns.
final class TroubleLog: Sendable {
  /// What is said when they are over.
  private let over: String
  private let log: Logger
  private let metadata: Logger.Metadata
  private let told = Locked(Set<String>())

  /// Nothing is told yet.
  init(_ log: Logger, metadata: Logger.Metadata, over: String) {
    self.log = log
    self.metadata = metadata
    self.over = over
  }

  /// Warns of it, unless it was told and is not over yet. What has the same `name` is the same trouble, whatever its text says.
  func tell(_ trouble: String, as name: String? = nil) {
    let isNew = told.withLock { $0.insert(name ?? trouble).inserted }
    if isNew { log.warning("\(trouble)", metadata: metadata) }
  }

  /// Says what was done, which is no trouble.
  func note(_ deed: String) { log.notice("\(deed)", metadata: metadata) }

  /// All is well again; says so, and what it has cost, where there was a trouble.
  func end(_ cost: String = "") {
    let had = told.withLock { told in
      defer { told = [] }
      return !told.isEmpty
    }
    if had { note(over + cost) }
  }
}
