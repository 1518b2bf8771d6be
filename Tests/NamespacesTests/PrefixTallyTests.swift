import CacheModel
import Namespaces
import Testing

private func tally(_ patterns: [[String]], _ prefixes: [PrefixCounts], delimiter: String = ":") throws -> [String] {
  let namespaces = patterns.enumerated().map { NamespaceDefinition(name: "n\($0.offset)", keys: $0.element) }
  let report = PrefixReport(prefixes: prefixes, delimiter: delimiter, isOn: true)
  return try PrefixTally(namespaces).tally(report).map { counts in
    counts.map { "\($0.hits)/\($0.misses)" } ?? "unknown"
  }
}

private func counts(_ prefix: String, _ hits: Int64, _ misses: Int64) -> PrefixCounts {
  PrefixCounts(prefix: prefix, hits: hits, misses: misses, sets: 0, deletes: 0)
}

@Suite struct `Namespaces of a server that counts by prefix` {
  @Test func `have the sum of their prefixes`() throws {
    let prefixes = [counts("menu", 1, 2), counts("user", 10, 20), counts("session", 100, 200), counts("x", 5, 5)]
    #expect(try tally([["menu:*"], ["user:*", "session:*"]], prefixes) == ["1/2", "110/220"])
  }

  @Test func `have 0 while none of their prefixes was used`() throws {
    #expect(try tally([["menu:*"]], []) == ["0/0"])
  }

  @Test func `are unknown where the server counts them together with others`() throws {
    let prefixes = [counts("menu", 1, 2)]
    #expect(try tally([["menu:today:*"]], prefixes) == ["unknown"])
    #expect(try tally([["menu:?"], ["menu*"], ["m*:x"]], prefixes) == ["unknown", "unknown", "unknown"])
  }

  @Test func `go by the server's own delimiter`() throws {
    #expect(try tally([["menu/*"]], [counts("menu", 1, 2)], delimiter: "/") == ["1/2"])
    #expect(try tally([["menu/*"]], [counts("menu", 1, 2)], delimiter: ":") == ["0/0"])
  }

  @Test func `do not overflow`() throws {
    let prefixes = [counts("a", .max, .max), counts("b", .max, 1)]
    #expect(try tally([["a:*", "b:*"]], prefixes) == ["\(Int64.max)/\(Int64.max)"])
  }
}
