import Foundation
import Testing

/// Compares `bytes` with a file under `Golden/`; rewrites the file instead when `UPDATE_GOLDEN=1` is set.
func expectGolden(_ bytes: [UInt8], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let file = testFolder.appending(path: "Golden/\(name)")
  if isUpdatingGolden { return try Data(bytes).write(to: file) }
  let expected = try String(contentsOf: file, encoding: .utf8).split(
    separator: "\n", omittingEmptySubsequences: false)
  let found = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  for (number, pair) in zip(expected, found).enumerated() where pair.0 != pair.1 {
    Issue.record(
      "\(name):\(number + 1): expected \(pair.0), found \(pair.1)", sourceLocation: sourceLocation)
    return
  }
  #expect(expected.count == found.count, "lines of \(name)", sourceLocation: sourceLocation)
}

/// Whether golden files are to be rewritten.
let isUpdatingGolden = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

/// `Tests/ExpositionTests`.
let testFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

/// `docs`, beside `Tests`.
let documentsFolder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs")

extension [UInt8] {
  /// As text.
  var text: String { String(decoding: self, as: UTF8.self) }
}
