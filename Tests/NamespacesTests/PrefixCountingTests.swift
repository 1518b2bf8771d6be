import CacheModel
import Namespaces
import Testing

private func counting(_ patterns: [[String]]) throws -> PrefixCounting {
  try PrefixCounting(patterns.enumerated().map { NamespaceDefinition(name: "n\($0.offset)", keys: $0.element) })
}

private func tally(_ patterns: [[String]], _ prefixes: [PrefixCounts], delimiter: String = ":") throws -> [String] {
  var counting = try counting(patterns)
  let report = PrefixReport(prefixes: prefixes, delimiter: delimiter, isOn: true)
  return counting.take(report, beganAnew: false).namespaces.map { outcome in
    switch outcome {
    case .success(let counts): "\(counts.hits)/\(counts.misses)"
    case .failure(let failure): failure.cause.rawValue
    }
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

  @Test(arguments: ["menu:today:*", "menu:?", "menu*", "m*:*", "*", "{tenant}:*", "menu:today", ":*"])
  func `are unknown where their pattern is finer than a prefix`(_ pattern: String) throws {
    #expect(try tally([[pattern]], [counts("menu", 1, 2)]) == ["pattern_too_fine"])
  }

  @Test func `go by the server's own delimiter`() throws {
    #expect(try tally([["menu/*"]], [counts("menu", 1, 2)], delimiter: "/") == ["1/2"])
    #expect(try tally([["menu/*"]], [counts("menu", 1, 2)]) == ["pattern_too_fine"])
  }

  @Test func `are unknown while the server does not count`() throws {
    var counting = try counting([["menu:*"]])
    let found = counting.take(PrefixReport(prefixes: [counts("menu", 1, 2)], isOn: false), beganAnew: false)
    #expect(found.uncounted == nil)
    #expect(throws: PrefixCounting.Failure.self) { try found.namespaces[0].get() }
  }

  @Test func `do not overflow`() throws {
    let prefixes = [counts("a", .max, .max), counts("b", .max, 1)]
    #expect(try tally([["a:*", "b:*"]], prefixes) == ["\(Int64.max)/\(Int64.max)"])
  }

  @Test func `leave lookups uncounted, which are told from the first report on`() throws {
    var counting = try counting([["menu:*"]])
    func uncounted(_ lookups: Int64, _ prefix: Int64, beganAnew: Bool = false) -> Int64? {
      let report = PrefixReport(prefixes: [counts("menu", prefix, 0)], isOn: true, lookups: lookups)
      return counting.take(report, beganAnew: beganAnew).uncounted
    }
    #expect(uncounted(100, 40) == 0)
    #expect(uncounted(130, 50) == 20)
    // The replies are a moment apart: what wavers does not fall.
    #expect(uncounted(130, 51) == 20)
    #expect(uncounted(5, 2, beganAnew: true) == 23)
    #expect(uncounted(10, 2) == 28)
  }

  @Test func `leave uncounted what is looked up before a server that started anew is told to count`() throws {
    var counting = try counting([["menu:*"]])
    func uncounted(_ lookups: Int64, _ prefix: Int64, isOn: Bool = true, beganAnew: Bool = false) -> Int64? {
      let report = PrefixReport(prefixes: [counts("menu", prefix, 0)], isOn: isOn, lookups: lookups)
      return counting.take(report, beganAnew: beganAnew).uncounted
    }
    #expect(uncounted(100, 100) == 0)
    #expect(uncounted(30, 0, isOn: false, beganAnew: true) == nil)
    #expect(uncounted(50, 0, isOn: false) == nil)
    #expect(uncounted(60, 5) == 55)
    #expect(uncounted(80, 20) == 60)
    // The first poll after a restart still takes counting for on.
    #expect(uncounted(7, 0, beganAnew: true) == 67)
    #expect(uncounted(9, 0, isOn: false) == nil)
    #expect(uncounted(10, 1) == 69)
  }
}
