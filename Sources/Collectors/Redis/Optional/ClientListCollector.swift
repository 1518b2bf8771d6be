import CacheModel
import RESP
import TimeSeries

/// CLIENT LIST: a dozen series for each connected client. They come and go, so they pass by history.
struct ClientListCollector: RedisCollector {
  let name = "clients"
  let tier = CollectorTier.slow
  /// Whether ports are told, which makes a series for each connection.
  let exportsPorts: Bool
  let legacyNames: Bool

  /// The most clients that are told of; a server may have tens of thousands.
  static let capacity = 1000

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] { [RESPCommand("CLIENT", "LIST")] }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "CLIENT LIST: no reply") }
    let lines = try reply.bytes(of: "CLIENT LIST").split(separator: UInt8(ascii: "\n"))
    for line in lines.prefix(Self.capacity) {
      var fields: [Substring: Substring] = [:]
      for word in String(shown: line).split(separator: " ") {
        let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { fields[pair[0]] = pair[1] }
      }
      if fields["id"] != nil { pass(fields, in: &poll) }
    }
  }

  private func pass(_ fields: [Substring: Substring], in poll: inout RedisPoll) {
    func text(_ field: Substring) -> String { fields[field].map(String.init) ?? "" }
    let who = [Label("id", text("id")), Label("name", text("name"))]
    let address = fields["addr"] ?? ""
    let colon = address.lastIndex(of: ":") ?? address.endIndex
    var labels =
      who + [Label("flags", text("flags")), Label("db", text("db")), Label("host", String(address[..<colon]))]
    if exportsPorts, colon < address.endIndex {
      labels.append(Label("port", String(address[address.index(after: colon)...])))
    }
    for field in ["user", "resp"] where fields[Substring(field)] != nil {
      labels.append(Label(field, text(Substring(field))))
    }
    poll.pass(ClientFamilies.info, labels, FixedPoint(1))
    for (field, family) in ClientFamilies.fields {
      if let number = fields[Substring(field)].flatMap({ Int64($0) }) { poll.pass(family, who, FixedPoint(number)) }
    }
    for (field, family) in ClientFamilies.renamed {
      guard let number = fields[Substring(field)].flatMap({ Int64($0) }) else { continue }
      poll.pass(family(legacyNames: legacyNames), who, FixedPoint(number))
    }
    let now = poll.time.milliseconds / 1000
    for (field, family) in ClientFamilies.ages {
      if let age = fields[Substring(field)].flatMap({ Int64($0) }) {
        poll.pass(family, who, FixedPoint(now.saturatingDifference(age)))
      }
    }
  }
}

/// Families of single clients, as redis_exporter names them.
enum ClientFamilies {
  static let info = gauge("info", "1, for each connected client, with what CLIENT LIST says of it")

  /// A field of CLIENT LIST and its family.
  static let fields: [(String, MetricFamily)] = [
    ("omem", gauge("output_buffer_memory_usage_bytes", "Bytes that a client's output buffer takes")),
    ("tot-mem", gauge("total_memory_consumed_bytes", "Bytes that a client's buffers take in all")),
    ("qbuf", gauge("query_buffer_length_bytes", "Bytes in a client's query buffer")),
    ("qbuf-free", gauge("query_buffer_free_space_bytes", "Free bytes in a client's query buffer")),
    ("obl", gauge("output_buffer_length_bytes", "Bytes in a client's fixed output buffer")),
    ("oll", gauge("output_list_length", "Replies that wait in a client's output list")),
    ("watch", gauge("shard_channel_watched_keys", "Keys that a client watches")),
  ]

  /// A field whose family ends in `_count` under redis_exporter.
  static let renamed: [(String, RenamedFamily)] = [
    ("sub", subscriptions("channel", "Channels that a client subscribed to")),
    ("psub", subscriptions("pattern_matching", "Patterns that a client subscribed to")),
    ("ssub", subscriptions("shard_channel", "Shard channels that a client subscribed to")),
  ]

  private static func subscriptions(_ kind: String, _ help: String) -> RenamedFamily {
    let name = "redis_connected_client_\(kind)_subscriptions"
    return RenamedFamily(name, legacy: name + "_count", .gauge, help)
  }

  /// A field that counts back from now, and its family.
  static let ages: [(String, MetricFamily)] = [
    ("age", gauge("created_at_timestamp", "When a client connected, Unix time in seconds")),
    ("idle", gauge("idle_since_timestamp", "When a client sent its last command, Unix time in seconds")),
  ]

  static let all = [info] + fields.map(\.1) + ages.map(\.1)

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("redis_connected_client_\(name)", .gauge, help)
  }
}
