import CacheModel
import Namespaces
import Randomness
import Testing

private func operation(
  _ command: String, _ arguments: [String], id: Int64 = 0, microseconds: Int64 = 100
) -> SlowOperation {
  SlowOperation(
    id: id, time: UnixTime(seconds: id), microseconds: microseconds, command: command, namespace: nil,
    arguments: arguments)
}

private func tracker(pairs: Int = 256, recent: Int = 128) throws -> SlowOperationTracker {
  let classifier = try NamespaceClassifier([
    NamespaceDefinition(name: "menu", keys: ["menu:*"]), NamespaceDefinition(name: "cart", keys: ["cart:*"]),
    NamespaceDefinition(name: "profile", keys: ["user:*:profile"]),
  ])
  return SlowOperationTracker(classifier: classifier, pairCapacity: pairs, recentCapacity: recent)
}

@Suite struct SlowOperationTrackerTests {
  @Test(
    arguments: [
      ("get", ["GET", "menu:1"], "menu"), ("hgetall", ["hgetall", "cart:1"], "cart"), ("get", ["get", "x"], nil),
      ("get", ["GET"], nil), ("ping", ["PING", "menu:1"], nil), ("keys", ["KEYS", "menu:*"], nil),
      ("scan", ["SCAN", "0", "MATCH", "menu:*"], nil), ("config|get", ["CONFIG", "GET", "menu:1"], nil),
      ("eval", ["EVAL", "return 1", "2", "menu:1", "cart:1"], "menu"),
      ("eval", ["EVAL", "return 1", "0", "menu:1"], nil),
      ("evalsha", ["EVALSHA", "menu:1", "1", "cart:1"], "cart"), ("fcall", ["FCALL", "f", "1", "cart:1"], "cart"),
      ("eval", ["EVAL", "return 1", "many", "menu:1"], nil),
      ("zunion", ["ZUNION", "2", "menu:1", "cart:1"], "menu"),
      ("blmpop", ["BLMPOP", "0", "1", "cart:1", "LEFT"], "cart"),
      ("xread", ["XREAD", "COUNT", "2", "STREAMS", "menu:1", "0"], "menu"),
      ("xreadgroup", ["XREADGROUP", "GROUP", "g", "c", "streams", "cart:1", ">"], "cart"),
      ("xread", ["XREAD", "COUNT", "2"], nil), ("bitop", ["BITOP", "AND", "menu:1", "cart:1"], "menu"),
      ("memory|usage", ["MEMORY", "USAGE", "menu:1"], "menu"), ("memory|doctor", ["MEMORY", "DOCTOR"], nil),
      ("object|encoding", ["OBJECT", "ENCODING", "cart:1"], "cart"),
      ("xinfo|stream", ["XINFO", "STREAM", "menu:1"], "menu"),
      ("migrate", ["MIGRATE", "host", "6379", "menu:1", "0", "10"], "menu"),
      ("migrate", ["MIGRATE", "host", "6379", "", "0", "10", "KEYS", "cart:1"], "cart"),
      ("migrate", ["MIGRATE", "host"], nil), ("sort", ["SORT", "menu:1", "BY", "cart:*"], "menu"),
      ("module.get", ["MODULE.GET", "menu:1"], "menu"),
    ] as [(String, [String], String?)])
  func `the first key decides the namespace`(command: String, arguments: [String], expected: String?) throws {
    var tracker = try tracker()
    tracker.add([operation(command, arguments)])
    #expect(tracker.report.recent.first?.namespace == expected)
    #expect(tracker.report.totals.keys.first?.namespace == expected ?? "other")
  }

  @Test func `a key that the server cut is classified by what is left`() throws {
    var tracker = try tracker()
    let begin = "menu:" + String(repeating: "k", count: 123)
    tracker.add([operation("get", ["GET", begin + "... (172 more bytes)"])])
    let profile = "user:" + String(repeating: "k", count: 123)
    tracker.add([operation("get", ["GET", profile + "... (8 more bytes)"])])
    #expect(tracker.report.recent.map(\.namespace) == [nil, "menu"])
  }

  @Test func `a remark is taken off only where the server puts it`() throws {
    let classifier = try NamespaceClassifier([NamespaceDefinition(name: "odd", keys: ["*more bytes)"])])
    var tracker = SlowOperationTracker(classifier: classifier)
    let long = String(repeating: "k", count: 140)
    let short = "k... (9 more bytes)"
    tracker.add([operation("get", ["GET", short]), operation("get", ["GET", long + "... (x more bytes)"])])
    tracker.add([operation("get", ["GET", long + "... (9 more bytes)"])])
    #expect(tracker.report.recent.map(\.namespace) == [nil, "odd", "odd"])
  }

  @Test func `counts, times and the worst are kept by namespace and command`() throws {
    var tracker = try tracker()
    tracker.add([
      operation("get", ["GET", "menu:1"], id: 1, microseconds: 10),
      operation("get", ["GET", "menu:2"], id: 2, microseconds: 30),
    ])
    tracker.add([operation("get", ["GET", "menu:1"], id: 3, microseconds: 20)], lost: 4)
    tracker.add([operation("keys", ["KEYS", "*"], id: 4, microseconds: 5)], lost: 1)
    tracker.thresholdMicroseconds = 10
    let report = tracker.report
    #expect(
      report.totals == [
        SlowOperationKey(namespace: "menu", command: "get"): SlowOperationTotals(
          count: 3, microseconds: 60, worstMicroseconds: 30),
        SlowOperationKey(namespace: "other", command: "keys"): SlowOperationTotals(
          count: 1, microseconds: 5, worstMicroseconds: 5),
      ])
    #expect(report.lost == 5)
    #expect(report.recent.map(\.id) == [4, 3, 2, 1])
    #expect(report.thresholdMicroseconds == 10)
  }

  @Test(arguments: [1, 2, 3, 10]) func `pairs beyond the cap are counted under other`(cap: Int) throws {
    var tracker = try tracker(pairs: cap)
    tracker.add((0..<50).map { operation("command\($0)", ["COMMAND", "menu:1"], id: $0, microseconds: 1) })
    tracker.add([operation("command0", ["COMMAND", "menu:1"], id: 50, microseconds: 1)])
    let totals = tracker.report.totals
    #expect(totals.count == cap)
    let rest = totals[SlowOperationKey(namespace: "other", command: "other")]
    #expect(rest?.count == (cap == 1 ? 51 : Int64(50 - (cap - 1))))
    #expect(totals.values.reduce(0) { $0 + $1.count } == 51)
  }

  @Test func `the recent list is bounded`() throws {
    var tracker = try tracker(recent: 3)
    tracker.add((0..<10).map { operation("get", ["GET", "menu:1"], id: $0) })
    #expect(tracker.report.recent.map(\.id) == [9, 8, 7])
    var none = try Self.empty()
    none.add([operation("get", ["GET", "menu:1"])])
    #expect(none.report.recent.isEmpty)
    #expect(none.report.totals.count == 1)
  }

  private static func empty() throws -> SlowOperationTracker {
    try tracker(recent: 0)
  }

  @Test func `absurd numbers from a server do not trap`() throws {
    var tracker = try tracker()
    for value in [Int64.max, .max, .min, -1] {
      tracker.add([operation("get", ["GET", "menu:1"], microseconds: value)], lost: value)
    }
    let totals = try #require(tracker.report.totals.values.first)
    #expect(totals == SlowOperationTotals(count: 4, microseconds: .max, worstMicroseconds: .max))
    #expect(tracker.report.lost == .max)
  }

  @Test(arguments: 0..<4) func `mutated commands and arguments do not trap`(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed)
    let words = [
      "eval", "fcall", "xread", "streams", "migrate", "keys", "2", "-1", "99999999999999999999", "", "menu:1", "|",
      "object|help", "memory|usage", "... (1 more bytes)", String(repeating: "k", count: 128) + "... ( more bytes)",
    ]
    var tracker = try tracker(pairs: 8, recent: 8)
    for id in 0..<5_000 {
      let arguments = (0..<Int.random(in: 0...8, using: &generator)).map { _ in generator.pick(words) }
      tracker.add([operation(generator.pick(words), arguments, id: Int64(id))])
    }
    #expect(tracker.report.totals.count <= 8)
    #expect(tracker.report.totals.values.reduce(0) { $0 + $1.count } == 5_000)
    #expect(tracker.report.recent.count == 8)
  }
}
