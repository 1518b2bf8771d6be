import Locked
import Logging

/// A log handler that keeps lines: each event's message and, where asked for, what it says beside, sorted.
struct KeptLines: LogHandler {
  let kept: Locked<[String]>
  var showsMetadata = false
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let beside = showsMetadata ? metadata.merging(event.metadata ?? [:]) { $1 } : [:]
    let line = "\(event.message)" + beside.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    kept.withLock { $0.append(line) }
  }
}
