import Foundation
import Locked
import Logging
import Testing

@testable import Daemon

@Test func `a line of the JSON log is one object, whatever is in it`() throws {
  var handler = JSONLogHandler()
  handler[metadataKey: "target"] = "a\"b\n"
  let line = handler.line(.warning, "line\nbreak", ["cause": "timeout"], at: Date(timeIntervalSince1970: 0))
  #expect(!line.contains("\n"))
  let fields = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
  #expect(
    fields == [
      "time": "1970-01-01T00:00:00.000Z", "level": "warning", "message": "line\nbreak", "target": "a\"b\n",
      "cause": "timeout",
    ])
}

@Test func `an event of the text log is one line without control characters, whatever is in it`() {
  let lines = Locked<[String]>([])
  var log = Logger(label: "") { _ in OneLineLogHandler(KeptLines(kept: lines, showsMetadata: true)) }
  log[metadataKey: "target"] = "a\u{1B}[2J"
  log.warning("first\nsecond\u{9B}", metadata: ["address": "b\r"])
  #expect(lines.withLock { $0 } == [#"first\nsecond\x9b address=b\r target=a\x1b[2J"#])
}
