import Foundation
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
