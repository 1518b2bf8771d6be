import Glibc
import TestSupport
import Testing

/// Files beside the tests: what servers said, and what was made of it.
enum Golden {
  private static var directory: String {
    "\(#filePath)".split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Golden"
  }

  /// A file's text; nil when there is none.
  static func read(_ name: String) -> String? { try? readFile("\(directory)/\(name)") }

  /// Compares with a file; rewrites it instead when `UPDATE_GOLDEN=1` is set.
  static func compare(_ text: String, with name: String) throws {
    if unsafe getenv("UPDATE_GOLDEN") != nil { try writeFile(text, to: "\(directory)/\(name)") }
    let expected = try #require(read(name), "UPDATE_GOLDEN=1 writes it")
    let difference = Set(text.split(separator: "\n")).symmetricDifference(expected.split(separator: "\n"))
    #expect(text == expected, "\(difference.sorted())")
  }
}
