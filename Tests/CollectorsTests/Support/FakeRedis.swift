import RESP
import Randomness

/// A server for tests: answers each command from a table, `INFO` with a run id and an uptime.
struct FakeRedis {
  /// Replies by the whole command; others are answered by `rest`.
  var replies: [String: RESPValue] = [:]
  /// The reply to everything else.
  var rest: RESPValue = .array([])
  /// What was asked, in order.
  private(set) var asked: [String] = []

  init(runID: String = "aaaa", uptime: Int = 100, hits: Int = 0, misses: Int = 0) {
    setInfo(runID: runID, uptime: uptime, hits: hits, misses: misses)
    replies["INFO commandstats"] = .text("# Commandstats\r\n")
    replies["INFO latencystats"] = .text("# Latencystats\r\n")
    replies["SLOWLOG LEN"] = .integer(0)
  }

  mutating func setInfo(runID: String, uptime: Int, hits: Int = 0, misses: Int = 0, version: String = "7.0.15") {
    replies["INFO"] = .text(
      """
      # Server
      redis_version:\(version)
      run_id:\(runID)
      uptime_in_seconds:\(uptime)
      # Memory
      used_memory:1000
      # Stats
      total_commands_processed:\(hits + misses + 10)
      keyspace_hits:\(hits)
      keyspace_misses:\(misses)
      # Replication
      role:master
      """)
  }

  mutating func answer(_ commands: [RESPCommand]) -> [RESPValue] {
    commands.map { command in
      asked.append(command.text)
      return replies[command.text] ?? replies[String(command.text.prefix { $0 != " " })] ?? rest
    }
  }

  /// The slow log as these entries, newest first, of which `kept` are still there.
  mutating func setSlowLog(newest: Int, count: Int, client: String = "app") {
    replies["SLOWLOG LEN"] = .integer(Int64(count))
    slowLog = stride(from: newest, to: newest - count, by: -1).map { Self.entry($0, client: client) }
    for size in [8, 2048] + Array(9..<200) { replies["SLOWLOG GET \(size)"] = .array(Array(slowLog.prefix(size))) }
  }
  private var slowLog: [RESPValue] = []

  static func entry(_ id: Int, words: [String] = ["GET", "k"], client: String = "app") -> RESPValue {
    .array([
      .integer(Int64(id)), .integer(1_700_000_000), .integer(1500), .array(words.map(RESPValue.text)),
      .text("127.0.0.1:1"), .text(client),
    ])
  }
}

extension RESPValue {
  /// This value with one thing in it changed, by a seeded choice.
  func mutated(by random: inout SeededRandom) -> RESPValue {
    switch (self, random.next(below: 8)) {
    case (_, 0):
      let others: [RESPValue] = [
        .null, .integer(.max), .integer(.min), .array([]), .bulk([]), .simpleString("x"), .failure("ERR no"),
        .text("-9223372036854775808"),
      ]
      return others[random.next(below: others.count)]
    case (.array(let elements), _) where !elements.isEmpty:
      var changed = elements
      let index = random.next(below: changed.count)
      switch random.next(below: 4) {
      case 0: changed.remove(at: index)
      case 1: changed.insert(changed[index], at: index)
      default: changed[index] = changed[index].mutated(by: &random)
      }
      return .array(changed)
    case (.bulk(let bytes), _) where !bytes.isEmpty: return .bulk(bytes.mutated(by: &random))
    case (.integer(let number), let choice):
      return .integer(choice % 2 == 0 ? number &* .max : random.next(below: 2) == 0 ? .max : .min)
    default: return self
    }
  }
}

extension [UInt8] {
  fileprivate func mutated(by random: inout SeededRandom) -> [UInt8] {
    var bytes = self
    let interesting: [[UInt8]] = [
      Array("9223372036854775807".utf8), Array("-9223372036854775808".utf8), Array(":".utf8), Array("=".utf8),
      Array(",".utf8), Array("\r\n".utf8), Array("#".utf8), [0xFF, 0xFE], Array(".".utf8), Array("-".utf8),
    ]
    for _ in 0...random.next(below: 4) where !bytes.isEmpty {
      let index = random.next(below: bytes.count)
      switch random.next(below: 5) {
      case 0: bytes[index] = UInt8(random.next(below: 256))
      case 1: bytes.removeSubrange(index..<Swift.min(bytes.count, index + 1 + random.next(below: 20)))
      case 2: bytes.insert(contentsOf: interesting[random.next(below: interesting.count)], at: index)
      case 3: bytes.removeSubrange(index...)
      default:
        let end = Swift.min(bytes.count, index + 1 + random.next(below: 12))
        bytes.replaceSubrange(index..<end, with: interesting[random.next(below: interesting.count)])
      }
    }
    return bytes
  }
}

extension SeededRandom {
  mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
