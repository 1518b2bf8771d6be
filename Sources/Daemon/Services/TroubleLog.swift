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

  /// Warns of it, unless it was told and is not over yet.
  func tell(_ trouble: String) {
    let isNew = told.withLock { $0.insert(trouble).inserted }
    if isNew { log.warning("\(trouble)", metadata: metadata) }
  }

  /// Says what was done, which is no trouble.
  func note(_ deed: String) { log.notice("\(deed)", metadata: metadata) }

  /// All is well again.
  func end() {
    let had = told.withLock { told in
      defer { told = [] }
      return !told.isEmpty
    }
    if had { note(over) }
  }
}
