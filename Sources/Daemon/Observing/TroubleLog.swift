import Logging

/// Tells a connection's troubles in the log: each once until it is over, however they take turns.
struct TroubleLog {
  private let log: Logger
  private let metadata: Logger.Metadata
  private let over: String
  private var told: Set<String> = []

  /// Nothing is told yet; `over` is what will be said when all is well again.
  init(_ log: Logger, metadata: Logger.Metadata, over: String) {
    self.log = log
    self.metadata = metadata
    self.over = over
  }

  mutating func tell(_ trouble: String) {
    if told.insert(trouble).inserted { log.warning("\(trouble)", metadata: metadata) }
  }

  mutating func end() {
    guard !told.isEmpty else { return }
    told = []
    log.notice("\(over)", metadata: metadata)
  }
}
