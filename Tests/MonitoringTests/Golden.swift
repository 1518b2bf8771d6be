import FoundationEssentials
import Testing

/// The root of the source tree.
let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
  .deletingLastPathComponent()
  .deletingLastPathComponent()

/// Expects `bytes` to be what the committed file at `path` holds; `UPDATE_GOLDEN=1` writes it.
func expectCommitted(_ bytes: [UInt8], at path: String) throws {
  let file = root.appending(path: path)
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try Data(bytes).write(to: file) }
  #expect(try Array(Data(contentsOf: file)) == bytes, "\(path) is not what the generator writes: UPDATE_GOLDEN=1")
}
