import CacheModel
import Randomness
import Testing

@testable import Collectors

/// What AI-Playground's statistics endpoint answers, as its guide shows it.
private let documented = """
  {"available": true, "stats": {"used_memory": "1.5M", "total_keys": 42, "hits": 1245, "misses": 156,
    "hit_rate": "88.9%"}, "config": {"ttl_very_short": 300}, "message": "Cache is healthy"}
  """

private func path(_ text: String) throws -> JSONPath { try JSONPath(parsing: text) }

private func field(_ text: String, _ unit: JSONField.Unit = .count) throws -> JSONField {
  JSONField(try path(text), unit: unit)
}

private func poll(_ options: JSONStatsOptions, _ content: String) -> CollectedPoll {
  var collection = JSONStatsCollection(options: options)
  return collection.receive(Array(content.utf8), at: UnixTime(milliseconds: 1000))
}

private func whole() throws -> JSONStatsOptions {
  var options = JSONStatsOptions()
  options.whole = [
    .hits: try field("/stats/hits"), .misses: try field("/stats/misses"), .keys: try field("/stats/total_keys"),
    .memory: try field("/stats/used_memory", .bytes), .hitRate: try field("/stats/hit_rate", .percent),
  ]
  return options
}

@Suite struct `JSON statistics` {
  @Test func `of a documented answer become facts`() throws {
    let poll = poll(try whole(), documented)
    #expect(poll.serverFailure == nil)
    #expect(poll.facts.hits == 1245)
    #expect(poll.facts.misses == 156)
    #expect(poll.facts.keys == 42)
    #expect(poll.facts.usedMemory == 1_572_864)
    #expect(poll.facts.reportedHitRatio == 0.889)
  }

  @Test(arguments: [
    ("/a", #"{"a": 1}"#, [JSONScalar.integer(1)]), ("/a/b", #"{"a": {"b": "x", "c": 1}}"#, [.text("x")]),
    ("/a/1", #"{"a": [5, 6.5]}"#, [.number(6.5)]),
    ("/a/*", #"{"a": [5, 6, null, {}]}"#, [.integer(5), .integer(6)]),
    ("/*/h", #"{"x": {"h": 1}, "y": {}, "z": 3}"#, [.integer(1)]),
    ("/a~1b/~0", #"{"a/b": {"~": 7}}"#, [.integer(7)]),
    ("/a", #"{"a": true}"#, []), ("/a", "[1]", []), ("/a/b/c", #"{"a": 1}"#, []), ("/", #"{"": 2}"#, [.integer(2)]),
    ("/a", #"{"a": 9223372036854775807}"#, [.integer(.max)]), ("/a", "7", []),
  ]) func `are found by path`(_ text: String, _ document: String, _ found: [JSONScalar]) throws {
    #expect(try JSONPicker([path(text)]).pick(from: Array(document.utf8)) == [found])
  }

  @Test(arguments: ["", "a", "a/b", "/a~", "/a~2", String(repeating: "/a", count: 17)])
  func `are not found by what is no path`(_ text: String) {
    #expect(throws: JSONPath.Problem.self) { try JSONPath(parsing: text) }
  }

  @Test(arguments: [
    ([JSONScalar.integer(5)], JSONField.Unit.count, 5.0), ([.text("1,234")], .count, 1234),
    ([.text("1.5k")], .count, 1500),
    ([.integer(2), .text("3")], .count, 5), ([.text("1.5M")], .bytes, 1_572_864),
    ([.text("1.5 MB")], .bytes, 1_500_000),
    ([.text("2KiB")], .bytes, 2048), ([.text("10b")], .bytes, 10), ([.integer(3)], .mebibytes, 3_145_728),
    ([.text("88.9%")], .ratio, 0.889), ([.text("88.9%")], .percent, 0.889), ([.number(50)], .percent, 0.5),
    ([.number(0.5)], .ratio, 0.5), ([.text("0.25")], .ratio, 0.25),
  ]) func `are numbers, in the unit that is declared or that they say`(
    _ values: [JSONScalar], _ unit: JSONField.Unit, _ number: Double
  ) throws {
    let read = try #require(try field("/a", unit).read(values))
    #expect(abs(read - number) < 1e-9 * max(1, number))
  }

  @Test(arguments: [
    ([JSONScalar.text("many")], JSONField.Unit.count, FailureCause.malformedReply),
    ([.integer(-1)], .count, .malformedReply),
    ([.text("")], .count, .malformedReply), ([.text("5 apples")], .count, .malformedReply),
    ([.text("5%")], .bytes, .malformedReply), ([.number(88.9)], .ratio, .implausibleValue),
    ([.number(101)], .percent, .implausibleValue), ([.number(1e300)], .bytes, .implausibleValue),
    ([.number(0.5), .number(0.5)], .ratio, .malformedReply), ([.text("nan")], .count, .malformedReply),
  ]) func `that are none of their kind are refused`(
    _ values: [JSONScalar], _ unit: JSONField.Unit, _ cause: FailureCause
  ) throws {
    let field = try field("/a", unit)
    let error = #expect(throws: CollectorFailure.self) { try field.read(values) }
    #expect(error?.cause == cause)
  }

  @Test func `of namespaces stand or fall alone, and are summed up`() throws {
    var options = JSONStatsOptions()
    for name in ["ai", "rag"] {
      options.namespaces.append([
        .hits: JSONField(try path("/caches/{name}/hits").of(name), unit: .count),
        .misses: JSONField(try path("/caches/{name}/misses").of(name), unit: .count),
        .keys: JSONField(try path("/caches/{name}/size").of(name), unit: .count),
        .memory: JSONField(try path("/caches/{name}/bytes").of(name), unit: .bytes),
      ])
    }
    let good = poll(
      options,
      #"{"caches": {"ai": {"hits": 3, "misses": 1, "size": 4, "bytes": 10}, "rag": {"hits": 5, "misses": 5, "size": 1, "bytes": 6}}}"#
    )
    #expect(good.namespaces.map(\.hits) == [3, 5])
    #expect(good.namespaces.map(\.memoryBytes) == [10, 6])
    #expect(good.namespaces.map(\.failure) == [nil, nil])
    #expect([good.facts.hits, good.facts.misses, good.facts.keys, good.facts.usedMemory] == [8, 6, 5, 16])
    let half = poll(options, #"{"caches": {"ai": {"hits": 3, "misses": 1}, "rag": {"hits": "lost"}}}"#)
    #expect(half.serverFailure == nil)
    #expect(half.namespaces.map(\.hits) == [3, nil])
    #expect(half.namespaces.map(\.failure) == [nil, .malformedReply])
    #expect(half.facts.hits == nil)
  }

  @Test func `that are a ratio alone are no counts`() throws {
    var options = JSONStatsOptions()
    options.namespaces = [[.hitRate: try field("/ai", .percent)]]
    let poll = poll(options, #"{"ai": "88.9%"}"#)
    #expect(poll.namespaces[0].ratio == 0.889)
    #expect(poll.namespaces[0].failure == .noCounts)
    #expect(poll.facts.hits == nil)
  }

  @Test(arguments: [
    ("", FailureCause.malformedReply), ("<html>", .malformedReply), (#"{"stats": {"hits": 1"#, .malformedReply),
    (#"{"error": "no"}"#, .malformedReply), (#"{"stats": {"hits": "many"}}"#, .malformedReply),
    (String(repeating: "[", count: 100_000), .malformedReply),
  ]) func `that are none fail the poll`(_ content: String, _ cause: FailureCause) throws {
    let poll = poll(try whole(), content)
    #expect(poll.serverFailure == cause)
    #expect(poll.facts.hits == nil)
  }

  @Test func `behind a wildcard are bounded`() throws {
    var options = JSONStatsOptions()
    options.whole = [.hits: try field("/*")]
    #expect(poll(options, "[" + String(repeating: "1,", count: 9000) + "1]").facts.hits == 9001)
    #expect(poll(options, "[" + String(repeating: "1,", count: 20_000) + "1]").serverFailure == .replyTooLarge)
  }

  @Test func `that fall begin anew`() throws {
    var collection = JSONStatsCollection(options: try whole())
    func take(_ hits: Int, _ second: Int64) -> Bool {
      collection.receive(
        Array(#"{"stats": {"hits": \#(hits), "misses": 1}}"#.utf8), at: UnixTime(milliseconds: second * 1000)
      ).statsReset
    }
    let resets = [5, 9, 2, 3].enumerated().map { take($1, Int64($0)) }
    #expect(resets == [false, false, true, false])
  }

  @Test(arguments: 0..<8) func `in mutated answers give figures or a cause`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var collection = JSONStatsCollection(options: try whole())
    for round in 0..<100 {
      var bytes = Array(documented.utf8)
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let poll = collection.receive(bytes, at: UnixTime(milliseconds: Int64(round)))
      #expect(poll.serverFailure == nil || poll.facts.hits == nil)
    }
  }
}
