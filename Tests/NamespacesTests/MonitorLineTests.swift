import CacheModel
import Randomness
import Testing

@testable import Namespaces

/// Reads of `menu`, of `search` and of others that a line counts.
private func reads(_ line: String) throws -> [Int32] {
  let definitions = ["menu", "search"].map { NamespaceDefinition(name: $0, keys: ["\($0):*"]) }
  var tally = BurstTally(classifier: try NamespaceClassifier(definitions))
  tally.receive(line: Array(line.utf8).span)
  return tally.finish().reads
}

@Suite struct `Lines of MONITOR` {
  @Test(
    arguments: [
      ("1339518083.107412 [0 lua] \"GET\" \"k\"", 1_339_518_083_107_412),
      ("1339518083.000001 [", 1_339_518_083_000_001),
      ("1339518083.10741 [0", nil), ("1339518083 [0", nil), ("", nil), ("99999999999999999999.107412 [", nil),
      ("x.107412 [", nil), ("1339518083.107412", nil),
    ] as [(String, Int64?)])
  func `they say when their commands ran`(line: String, expected: Int64?) {
    #expect(MonitorLine.microseconds(Array(line.utf8).span) == expected)
  }

  @Test func `a burst lasts from its first command to its last by the server's clock`() throws {
    var tally = BurstTally(classifier: try NamespaceClassifier([]))
    for time in ["1339518083.107412", "1339518083.109000", "1339518084.107912"] {
      tally.receive(line: Array("\(time) [0 a:1] \"GET\" \"k\"".utf8).span)
    }
    #expect(abs(tally.finish().milliseconds - 1000.5) < 1e-6)
    #expect(tally.finish().milliseconds == 0)
  }

  @Test(
    arguments: [
      (#""GET" "menu:1""#, [1, 0, 0]), (#""mget" "menu:1" "search:2" "x" "menu:3""#, [2, 1, 1]),
      (#""SET" "menu:1" "get" "EX" "10""#, [0, 0, 0]), (#""SET" "menu:1" "v" "GET""#, [1, 0, 0]),
      (#""zinter" "2" "menu:1" "search:1" "WEIGHTS" "1" "2""#, [1, 1, 0]),
      (#""XREAD" "COUNT" "2" "STREAMS" "menu:1" "search:1" "0" "0""#, [2, 2, 0]),
      (#""OBJECT" "ENCODING" "menu:1""#, [1, 0, 0]), (#""get" "me\x6eu:\"\\""#, [1, 0, 0]),
      (#""GET""#, [0, 0, 0]), (#""bitop""#, [0, 0, 0]), (#""zinter" "99999" "menu:1""#, [1, 0, 0]),
      (#""zinter" "-1" "menu:1""#, [0, 0, 0]),
      (#""JSON.MGET" "menu:1" "search:1" "$.menu:2""#, [1, 1, 0]),
      (#""hpttl" "menu:1" "FIELDS" "1" "f""#, [1, 0, 0]),
      (#""FOO.GET" "menu:1""#, [0, 0, 0]), (#""GET" "menu:1"#, [0, 0, 0]), ("", [0, 0, 0]),
    ] as [(String, [Int32])])
  func `lookups are counted by their keys`(words: String, expected: [Int32]) throws {
    #expect(try reads("1339518083.107412 [0 127.0.0.1:60866] \(words)") == expected)
    #expect(try reads("1339518083.107412 [0 lua] \(words)") == expected)
    #expect(try reads("1339518083.107412 [12 unix:/tmp/a[1] b] \(words)") == expected)
  }

  @Test(
    arguments: [
      (#""SET" "menu:1" "v" "EX" "60""#, [60_000]), (#""set" "menu:1" "EX" "xx" "px" "1500" "GET""#, [1500]),
      (#""SETEX" "menu:1" "2" "v""#, [2000]), (#""psetex" "menu:1" "7" "v""#, [7]),
      (#""EXPIRE" "menu:1" "3""#, [3000]), (#""PExpire" "menu:1" "3" "GT""#, [3]),
      (#""GETEX" "menu:1" "EX" "9""#, [9000]), (#""GETEX" "menu:1" "PERSIST""#, []), (#""GETEX" "menu:1""#, []),
      (#""SET" "menu:1" "EX" "60""#, []), (#""SET" "menu:1" "v" "EX""#, []), (#""EXPIRE" "menu:1" "-1""#, []),
      (#""SETEX" "menu:1" "9999999999999" "v""#, []), (#""EXPIRE" "menu:1""#, []),
      (#""SET" "menu:1" "v" "EXAT" "1339518143""#, [59_893]), (#""SET" "menu:1" "v" "EXAT" "60""#, []),
      (#""set" "menu:1" "v" "pxat" "1339518083108""#, [1]), (#""EXPIREAT" "menu:1" "1339518084""#, [893]),
      (#""pexpireat" "menu:1" "1339518084107""#, [1000]),
      // For ever; and what only a lock says, or what leaves the time as it is.
      (#""SET" "menu:1" "v""#, [nil]), (#""GETSET" "menu:1" "v""#, [nil]), (#""SET" "menu:1" "v" "KEEPTTL""#, []),
      (#""MSET" "menu:1" "v" "menu:2" "v""#, [nil, nil]), (#""MSETNX" "menu:1" "v""#, []),
      (#""SET" "menu:1:lock" "1" "NX" "EX" "5""#, []), (#""SETNX" "menu:1" "v""#, []),
      (#""EXPIRE" "menu:1" "3" "NX""#, []),
    ] as [(String, [Int64?])])
  func `for how long keys are to live is read beside their values`(words: String, expected: [Int64?]) throws {
    var tally = BurstTally(
      classifier: try NamespaceClassifier([NamespaceDefinition(name: "menu", keys: ["menu:*"])]))
    tally.receive(line: Array("1339518083.107412 [0 lua] \(words)".utf8).span)
    let lifetimes = tally.finish().lifetimes
    #expect(lifetimes.map(\.milliseconds) == expected)
    #expect(lifetimes.allSatisfy { $0.namespace == 0 })
    let next = tally.finish().lifetimes
    #expect(next.isEmpty)
  }

  @Test func `a key that is stored and then given a time to live is one`() throws {
    var tally = BurstTally(
      classifier: try NamespaceClassifier([NamespaceDefinition(name: "menu", keys: ["menu:*"])]))
    func hear(_ milliseconds: Int, _ words: String) {
      tally.receive(line: Array("1339518083.\(100 + milliseconds)412 [0 lua] \(words)".utf8).span)
    }
    hear(0, #""SET" "menu:1" "v""#)
    hear(0, #""SET" "menu:2" "v""#)
    hear(1, #""EXPIRE" "menu:1" "60""#)
    hear(1, #""MSET" "menu:3" "v" "menu:4" "v""#)
    hear(1, #""PEXPIRE" "menu:4" "7" "NX""#)
    hear(9, #""SET" "menu:5" "v""#)
    // Its command may come after the end.
    hear(10, #""SET" "menu:6" "v""#)
    #expect(tally.finish().lifetimes.map(\.milliseconds) == [60_000, nil, nil, 7])
  }

  @Test func `damaged lines never trap`() throws {
    var generator = SeededRandom(seed: 9)
    let lines = [
      #"1.2 [0 127.0.0.1:1] "mget" "menu:\x41" "search:\"" "b""#, #"1.2 [0 lua] "set" "menu:\x41" "b" "EX" "10""#,
      #"1.2 [0 lua] "bitfield" "menu:1" "GET" "u8" "0""#,
    ].map { Array($0.utf8) }
    var tally = BurstTally(classifier: try NamespaceClassifier([NamespaceDefinition(name: "a", keys: ["menu:*"])]))
    for number in 0..<50_000 {
      var damaged = lines[number % lines.count]
      for _ in 0..<3 {
        damaged[Int.random(in: damaged.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      damaged.removeLast(Int.random(in: 0..<damaged.count, using: &generator))
      tally.receive(line: damaged.span)
    }
    #expect(tally.finish().reads.reduce(0, +) < 200_000)
  }
}
