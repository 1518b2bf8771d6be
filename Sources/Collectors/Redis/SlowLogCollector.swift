import CacheModel
import RESP
import TimeSeries

/// The slow log, followed by the numbers of its entries: each is seen once, and those that the server dropped between
/// two polls are counted.
///
/// Numbers rise by one, survive `SLOWLOG RESET`, and begin again with the server's process. Entries from before the
/// first poll are not counted: nobody knows which were seen before. cachegauge's own commands are left out, which a
/// server with a threshold of 0 logs, too.
struct SlowLogCollector: RedisCollector {
  let name = "slowlog"
  let tier = CollectorTier.fast
  /// The name that cachegauge's connection bears; servers before 4.0 don't tell it.
  let clientName: String
  private var lastID: Int64?
  private var length: Int64 = 0
  private var wanted: Int64 = 0
  private var isFirst = true

  /// How many entries are asked for at first; more follow in the same poll when all of these are new.
  private static let glance: Int64 = 8
  private static let most: Int64 = 4096

  init(clientName: String) {
    self.clientName = clientName
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    [RESPCommand("SLOWLOG", "LEN"), RESPCommand("SLOWLOG", "GET", "\(Self.glance)")]
  }

  mutating func followUp() -> [RESPCommand] {
    guard wanted > 0 else { return [] }
    return [RESPCommand("SLOWLOG", "LEN"), RESPCommand("SLOWLOG", "GET", "\(min(Self.most, wanted))")]
  }

  mutating func serverRestarted() {
    // A new process counts from 0, and all that it has logged is new.
    if lastID != nil { lastID = -1 }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    let isFollowUp = wanted > 0
    wanted = 0
    guard replies.count == 2, let length = try replies[0].orThrow("SLOWLOG LEN").integer else {
      throw CollectorFailure(.malformedReply, "SLOWLOG LEN: no number")
    }
    var entries: [SlowLogEntry] = []
    for element in try replies[1].elements(of: "SLOWLOG GET") { entries.append(try SlowLogEntry(element)) }
    // Newest first, as the server has them.
    let newest = entries.first?.operation.id
    if let newest, let last = lastID, newest < last { lastID = -1 }
    if !isFollowUp, let last = lastID, let oldest = entries.last?.operation.id, oldest > last + 1,
      Int64(entries.count) == Self.glance, length > Self.glance
    {
      wanted = length + Self.glance
      return
    }
    note(entries, length: length, in: &poll)
  }

  private mutating func note(_ entries: [SlowLogEntry], length: Int64, in poll: inout RedisPoll) {
    if let newest = entries.first?.operation.id {
      if let last = lastID {
        let new = entries.filter { $0.operation.id > last }
        poll.slowOperationsLost += max(0, newest - last - Int64(new.count))
        poll.slowOperations += new.reversed().filter { $0.client != clientName }.map(\.operation)
      }
      lastID = max(newest, lastID ?? newest)
    } else if lastID == nil {
      lastID = -1
    }
    poll.set(RedisFamilies.slowLogLength, [], FixedPoint(length))
    if let newest = entries.first?.operation {
      poll.set(RedisFamilies.slowLogLastID, [], FixedPoint(newest.id))
      poll.set(RedisFamilies.lastSlowDuration, [], FixedPoint(newest.microseconds, digits: 6))
    }
  }
}

/// One entry of SLOWLOG GET: number, time, microseconds, arguments and, from 4.0 on, the client's address and name.
private struct SlowLogEntry {
  let operation: SlowOperation
  let client: String

  init(_ value: RESPValue) throws(CollectorFailure) {
    guard let parts = value.array, parts.count >= 4, let id = parts[0].integer, let time = parts[1].integer,
      let microseconds = parts[2].integer, let words = parts[3].array, !words.isEmpty
    else { throw CollectorFailure(.malformedReply, "SLOWLOG GET: an entry has another shape") }
    let arguments = words.map { $0.string ?? "" }
    operation = SlowOperation(
      id: id, time: UnixTime(seconds: max(0, min(time, 1 << 40))), microseconds: microseconds,
      command: Self.command(arguments), namespace: nil, arguments: arguments)
    client = parts.count > 5 ? parts[5].string ?? "" : ""
  }

  /// The commands whose second word says what they do.
  private static let containers: Set<String> = [
    "acl", "client", "cluster", "command", "config", "debug", "function", "latency", "memory", "module", "object",
    "pubsub", "script", "slowlog", "xgroup", "xinfo",
  ]

  /// As INFO commandstats has it: `hgetall`, `config|get`. Bounded, since a server logs whatever it is sent.
  private static func command(_ arguments: [String]) -> String {
    let name = String(arguments[0].lowercased().prefix(64))
    guard containers.contains(name), arguments.count > 1 else { return name }
    return "\(name)|\(arguments[1].lowercased().prefix(64))"
  }
}
