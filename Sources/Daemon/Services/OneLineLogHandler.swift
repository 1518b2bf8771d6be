import CacheModel
import Logging

/// Keeps each event of another handler on one line, whatever a server's text in it holds: control characters are written as `\x1b`.
struct OneLineLogHandler: LogHandler {
  private var inner: any LogHandler

  init(_ inner: any LogHandler) {
    self.inner = inner
  }

  var logLevel: Logger.Level {
    get { inner.logLevel }
    set { inner.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = newValue.mapValues(Self.escaped) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue.map(Self.escaped) }
  }

  func log(event: LogEvent) {
    var event = event
    event.message = "\(event.message.description.escapingControls())"
    event.metadata = event.metadata?.mapValues(Self.escaped)
    inner.log(event: event)
  }

  private static func escaped(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
    .string(value.description.escapingControls())
  }
}
