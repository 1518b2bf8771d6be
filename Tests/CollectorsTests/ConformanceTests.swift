import CacheModel
import RESP
import Testing

@testable import Collectors

/// What every collector owes.
@Suite struct ConformanceTests {
  static let options = {
    var options = RedisCollectionOptions()
    options.choices = Set(RedisFamilyChoice.allCases)
    options.counterSources = [
      .hash(key: "stats", hits: "h", misses: "m"), .keys(hits: "a:hits", misses: "a:misses"),
    ]
    return options
  }()
  static let context = CollectorContext(
    version: [7, 0, 15], isCluster: true, isSentinel: true, software: "valkey", ownVersion: [8, 1, 0])
  static let names = RedisCollection.collectors(options).map(\.name).filter { $0 != "lookups" }

  static func collector(_ name: String) throws -> any RedisCollector {
    try #require(RedisCollection.collectors(options).first { $0.name == name })
  }

  @Test func `names are unique, and labels by nature`() {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(Self.names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
    #expect(Self.names.first == "info", "what follows INFO in a pipeline is not in its figures")
  }

  @Test(arguments: names) func `a collector asks for nothing that changes the server or reveals it`(_ name: String)
    throws
  {
    var collector = try Self.collector(name)
    let allowed: Set = [
      "INFO", "SLOWLOG LEN", "SLOWLOG GET", "HMGET", "MGET", "MEMORY USAGE", "LATENCY LATEST", "LATENCY HISTOGRAM",
      "CONFIG GET", "CLUSTER INFO", "CLUSTER SLOT-STATS", "CLIENT LIST", "FT._LIST", "COMMANDLOG", "SENTINEL",
    ]
    let commands = collector.commands(Self.context)
    #expect(!commands.isEmpty)
    for command in commands {
      #expect(allowed.contains(command.name))
      // All parameters are asked for only where that is chosen; what is secret is left out of the reply.
      #expect(name == "config_all" || command.arguments.allSatisfy { !$0.contains(UInt8(ascii: "*")) })
    }
  }

  @Test(arguments: names, shapes) func `a reply of any shape gives a result or an error`(
    _ name: String, _ shape: RESPValue
  ) throws {
    var collector = try Self.collector(name)
    let count = collector.commands(Self.context).count
    for replies in [Array(repeating: shape, count: count), [shape], []] {
      var poll = RedisPoll(time: UnixTime(seconds: 1), catalog: SeriesCatalog())
      do throws(CollectorFailure) {
        try collector.receive(replies, into: &poll)
      } catch {
        #expect(error.detail.contains(": "), "an error says which command")
      }
      #expect(collector.followUp().count < 10)
    }
  }

  static let shapes: [RESPValue] = [
    .null, .integer(0), .integer(.max), .integer(.min), .bulk([]), .bulk([0xFF, 0x0A, 0x3A]), .simpleString("OK"),
    .array([]), .array([.null]), .array([.array([])]), .array([.text("databases"), .text("-5")]),
    .array([.text("client-output-buffer-limit"), .text("normal 0 0")]), .text(":\r\n=,:"), .text("# \r\na:b\r\n#"),
    .text("cmdstat_:calls=,=,usec=1\r\ndb:keys=1\r\nslave:ip"), .failure("ERR no"), .failure(""),
    .array([.integer(1), .integer(2), .integer(3), .array([])]), .array(Array(repeating: .integer(.max), count: 8)),
  ]
}
