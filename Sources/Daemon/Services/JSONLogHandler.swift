import Foundation
import Logging

/// One JSON object a line on standard error: `time`, `level`, `message`, then the metadata.
struct JSONLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    StandardError.print(line(event.level, "\(event.message)", event.metadata, at: Date()))
  }

  /// The line, for tests.
  func line(_ level: Logger.Level, _ message: String, _ extra: Logger.Metadata?, at time: Date) -> String {
    var fields = metadata.merging(extra ?? [:]) { $1 }.mapValues { "\($0)" }
    fields["time"] = time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    fields["level"] = level.rawValue
    fields["message"] = message
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A dictionary of texts can always be encoded.
    guard let bytes = try? encoder.encode(fields) else { return message }
    return String(decoding: bytes, as: UTF8.self)
  }
}
