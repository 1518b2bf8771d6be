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
      (#""GET" "menu:1""#, [1, 0, 0]), (#""mget" "menu:1" "search:2" "x" "menu:3""#, [2, 1, 1]),
      (#""SET" "menu:1" "get" "EX" "10""#, [0, 0, 0]), (#""SET" "menu:1" "v" "GET""#, [1, 0, 0]),
      (#""zinter" "2" "menu:1" "search:1" "WEIGHTS" "1" "2""#, [1, 1, 0]),
      (#""XREAD" "COUNT" "2" "STREAMS" "menu:1" "search:1" "0" "0""#, [2, 2, 0]),
      (#""OBJECT" "ENCODING" "menu:1""#, [1, 0, 0]), (#""get" "me\x6eu:\"\\""#, [1, 0, 0]),
      (#""GET""#, [0, 0, 0]), (#""zinter" "99999" "menu:1""#, [1, 0, 0]), (#""zinter" "-1" "menu:1""#, [0, 0, 0]),
      (#""FOO.GET" "menu:1""#, [0, 0, 0]), (#""GET" "menu:1"#, [0, 0, 0]), ("", [0, 0, 0]),
    ] as [(String, [Int32])])
  func `lookups are counted by their keys`(words: String, expected: [Int32]) throws {
    #expect(try reads("1339518083.107412 [0 127.0.0.1:60866] \(words)") == expected)
    #expect(try reads("1339518083.107412 [0 lua] \(words)") == expected)
    #expect(try reads("1339518083.107412 [12 unix:/tmp/a[1] b] \(words)") == expected)
  }

  @Test func `damaged lines never trap`() throws {
    var generator = SeededRandom(seed: 9)
    let line = Array(#"1.2 [0 127.0.0.1:1] "mget" "menu:\x41" "search:\"" "b""#.utf8)
    var tally = BurstTally(classifier: try NamespaceClassifier([NamespaceDefinition(name: "a", keys: ["menu:*"])]))
    for _ in 0..<50_000 {
      var damaged = line
      for _ in 0..<3 {
        damaged[Int.random(in: damaged.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      damaged.removeLast(Int.random(in: 0..<damaged.count, using: &generator))
      tally.receive(line: damaged.span)
    }
    #expect(tally.finish().reads.reduce(0, +) < 200_000)
  }
}
