import CacheModel
import RESP

/// One entry of SLOWLOG GET: number, time, microseconds, arguments and, from 4.0 on, the client's address and name.
struct SlowLogEntry: Sendable {
  let operation: SlowOperation
  let client: String

  /// Redis cuts an entry to 32 arguments and each to 128 bytes with a remark behind; other servers need not.
  private static let mostArguments = 32
  private static let mostBytes = 256

  init(_ value: RESPValue) throws(CollectorFailure) {
    guard let parts = value.array, parts.count >= 4, let id = parts[0].integer, let time = parts[1].integer,
      let microseconds = parts[2].integer, let words = parts[3].array, !words.isEmpty
    else { throw CollectorFailure(.malformedReply, "SLOWLOG GET: an entry has another shape") }
    let arguments = words.prefix(Self.mostArguments).map { Self.text($0) }
    operation = SlowOperation(
      id: id, time: UnixTime(seconds: max(0, min(time, 1 << 40))), microseconds: microseconds,
      command: Self.command(arguments), namespace: nil, arguments: arguments)
    client = parts.count > 5 ? parts[5].string ?? "" : ""
  }

  private static func text(_ word: RESPValue) -> String {
    switch word {
    case .bulk(let bytes) where bytes.count > mostBytes: String(decoding: bytes.prefix(mostBytes), as: UTF8.self)
    default: word.string ?? ""
    }
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
