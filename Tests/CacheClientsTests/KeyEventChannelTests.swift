import CacheModel
import Testing

@testable import CacheClients

@Suite struct `The name of a channel` {
  private static func parse(_ name: String) -> (kind: KeyEventKind, database: Int)? {
    let bytes = Array(name.utf8)
    return KeyEventChannel.parse(bytes.span, bytes.indices)
  }

  @Test(arguments: [0, 1, 15, 1023]) func `tells the event and the database`(database: Int) throws {
    for kind in KeyEventKind.allCases {
      let found = try #require(Self.parse(KeyEventChannel.name(kind, database: database)))
      #expect(found == (kind, database))
    }
  }

  /// What is kept of each database up to the largest would take gigabytes.
  @Test(arguments: ["1024", "99999", "999999999", "9223372036854775807", "99999999999999999999", "-1", ""])
  func `of a database that nobody subscribes to is none`(database: String) {
    #expect(Self.parse("__keyevent@\(database)__:expired") == nil)
  }
}
