import CacheModel
import Foundation
import Randomness
import RESP
import TestSupport
import Testing

@testable import Collectors

@Suite struct KeyWalkTests {
  private static func scan(_ cursor: String, _ keys: String...) -> RESPValue {
    .array([.text(cursor), .array(keys.map(RESPValue.text))])
  }

  @Test func `a walk scans and measures in one pipeline, database by database`() throws {
    var walk = KeyWalk(databases: [0, 3])
    let asked1 = walk.commands().map(\.text)
    #expect(asked1 == ["SELECT 0", "SCAN 0 COUNT 32"])
    let first = try walk.receive([.simpleString("OK"), Self.scan("7", "a", "b")])
    #expect(first.isEmpty)
    let second = ["SELECT 0", "MEMORY USAGE a SAMPLES 5", "MEMORY USAGE b SAMPLES 5", "SCAN 7 COUNT 32"]
    let asked2 = walk.commands().map(\.text)
    #expect(asked2 == second)
    let found: [RESPValue] = [.simpleString("OK"), .integer(50), .null, Self.scan("0", "c")]
    let keys = try walk.receive(found)
    #expect(keys == [WalkedKey(database: 0, key: Array("a".utf8), memory: 50)], "b has gone meanwhile")
    let asked3 = walk.commands().map(\.text)
    #expect(asked3 == ["SELECT 0", "MEMORY USAGE c SAMPLES 5"])
    let third = try walk.receive([.simpleString("OK"), .integer(9)])
    #expect(third.count == 1)
    let asked4 = walk.commands().map(\.text)
    #expect(asked4 == ["SELECT 3", "SCAN 0 COUNT 32"])
    let fourth = try walk.receive([.simpleString("OK"), Self.scan("0")])
    #expect(fourth.isEmpty)
    let last = walk.commands()
    #expect(walk.isDone && last.isEmpty)
  }

  @Test func `the connection's own database needs no SELECT`() throws {
    var walk = KeyWalk(databases: [2], home: 2)
    let asked5 = walk.commands().map(\.text)
    #expect(asked5 == ["SCAN 0 COUNT 32"])
    let first = try walk.receive([Self.scan("0", "a")])
    #expect(first.isEmpty)
    let asked6 = walk.commands().map(\.text)
    #expect(asked6 == ["MEMORY USAGE a SAMPLES 5"])
  }

  @Test func `a server that refuses MEMORY USAGE is still counted`() throws {
    var walk = KeyWalk(databases: [0])
    _ = walk.commands()
    _ = try walk.receive([Self.scan("5", "a")])
    _ = walk.commands()
    let keys = try walk.receive([.failure("NOPERM no"), Self.scan("0", "b")])
    #expect(keys == [WalkedKey(database: 0, key: Array("a".utf8), memory: nil)])
    #expect(!walk.measuresMemory)
    let commands = walk.commands()
    let rest = try walk.receive([])
    #expect(commands.isEmpty && rest.count == 1 && walk.isDone)
  }

  @Test func `a failed pipeline is asked for again`() throws {
    var walk = KeyWalk(databases: [0])
    _ = walk.commands()
    _ = try walk.receive([Self.scan("5", "a")])
    let (once, again) = (walk.commands(), walk.commands())
    #expect(once == again)
    let unanswered = walk
    #expect(throws: CollectorFailure.self) {
      var copy = unanswered
      _ = try copy.receive([.integer(1)])
    }
    #expect(throws: CollectorFailure.self) {
      var copy = unanswered
      _ = try copy.receive([.integer(1), .failure("NOPERM scan")])
    }
  }

  @Test func `more keys than asked for are measured in turns`() throws {
    var walk = KeyWalk(databases: [0])
    walk.batch = 2
    _ = walk.commands()
    _ = try walk.receive([Self.scan("9", "a", "b", "c")])
    let asked7 = walk.commands().map(\.text)
    #expect(asked7.count == 2, "no SCAN while keys wait")
    _ = try walk.receive([.integer(1), .integer(1)])
    let asked8 = walk.commands().map(\.text)
    #expect(asked8 == ["MEMORY USAGE c SAMPLES 5", "SCAN 9 COUNT 2"])
  }

  @Test(arguments: 0..<300 as Range<UInt64>) func `replies of any shape give keys or an error`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var walk = KeyWalk(databases: [0, 1])
    for _ in 0..<6 {
      let commands = walk.commands()
      let replies: [RESPValue] = commands.map { command in
        switch command.name {
        case "SCAN": Self.scan("3", "a", "b").mutated(by: &random)
        case "SELECT": .simpleString("OK")
        default: RESPValue.integer(5).mutated(by: &random)
        }
      }
      let before = walk
      do { _ = try walk.receive(replies) } catch { #expect(before.isDone == false) }
    }
  }
}

/// Which commands may look at a key without leaving a trace: what the census and the key checks rest upon.
@Suite(.enabled(if: isInstalled("redis-server"))) struct TraceTests {
  struct Probe: Sendable, CustomTestStringConvertible {
    let words: [String]
    let countsHit: Bool
    var testDescription: String { words.joined(separator: " ") }

    init(_ text: String, countsHit: Bool) {
      words = text.split(separator: " ").map(String.init)
      self.countsHit = countsHit
    }
  }

  static let probes = [
    Probe("MEMORY USAGE k SAMPLES 5", countsHit: false), Probe("SCAN 0 COUNT 100", countsHit: false),
    Probe("DBSIZE", countsHit: false), Probe("TYPE k", countsHit: true), Probe("PTTL k", countsHit: true),
    Probe("OBJECT ENCODING k", countsHit: true), Probe("STRLEN k", countsHit: true),
    Probe("EXISTS k", countsHit: true),
  ]

  @Test func `only SCAN and MEMORY USAGE leave the hit counters alone`() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.call("SET", "k", "v", "EX", "1000")
    for probe in Self.probes {
      let before = try redis.info("keyspace_hits").flatMap { Int($0) } ?? 0
      try redis.pipeline([probe.words])
      let after = try redis.info("keyspace_hits").flatMap { Int($0) } ?? 0
      #expect(after - before == (probe.countsHit ? 1 : 0), "\(probe.testDescription)")
      #expect(try redis.info("keyspace_misses") == "0")
    }
  }
}
