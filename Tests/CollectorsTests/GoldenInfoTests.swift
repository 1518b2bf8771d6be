import CacheModel
import RESP
import TestSupport
import Testing

@testable import Collectors

/// What servers say, recorded or written after their documentation, and what becomes of it.
@Suite struct GoldenInfoTests {
  @Test(arguments: [
    "redis-7.0", "redis-4.0", "redis-6.2-replica", "redis-8.2", "valkey-7.2", "valkey-8.1", "valkey-9.1",
    "keydb-6.3",
    "dragonfly-1.21", "garnet-2.2", "kvrocks-2.17",
  ])
  func `INFO of each server becomes what it became before`(_ name: String) throws {
    var collection = RedisCollection()
    let collected = collection.poll(at: 1_800_000_000) { $0.map { Self.reply(to: $0, of: name) } }
    try Golden.compare(Self.text(of: collected), with: "\(name).expected")
  }

  @Test func `every field is there under its old name when legacy names are asked for`() throws {
    var options = RedisCollectionOptions()
    options.legacyNames = true
    var collection = RedisCollection(options: options)
    let collected = collection.poll(at: 1_800_000_000) { $0.map { Self.reply(to: $0, of: "redis-7.0") } }
    try Golden.compare(Self.text(of: collected), with: "redis-7.0-legacy.expected")
  }

  static func reply(to command: RESPCommand, of name: String) -> RESPValue {
    let part = command.text == "INFO" ? "info" : command.text.split(separator: " ").last.map(String.init) ?? ""
    guard command.text.hasPrefix("INFO"), let text = Golden.read("\(name).\(part)") else {
      return .failure("ERR unknown command")
    }
    return .text(text)
  }

  static func text(of collected: CollectedPoll) -> String {
    let facts = Mirror(reflecting: collected.facts).children.map { child in
      "\(child.label ?? ""): \(Mirror(reflecting: child.value).children.first.map { "\($0.value)" } ?? "unknown")\n"
    }
    let series = collected.series.map { "\($0.key) \($0.value)\n" }.sorted()
    return (facts + ["\n"] + series).joined()
  }
}
