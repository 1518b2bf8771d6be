import CacheModel
import RESP
import TimeSeries

/// The size of the server's RDB file, for a server on the same machine.
struct RDBFileCollector: RedisCollector {
  let name = "rdb_file"
  let tier = CollectorTier.slow
  /// What the server calls CONFIG.
  let command: String
  /// Bytes of a file; nil where there is none.
  let sizeOfFile: @Sendable (String) -> Int64?

  static let family = MetricFamily(
    "redis_rdb_current_size_bytes", .gauge,
    "Bytes of the server's RDB file as this machine sees it; 0 where there is none")

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    [RESPCommand(command, "GET", "dir"), RESPCommand(command, "GET", "dbfilename")]
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    var words: [String] = []
    for reply in replies {
      let pair = try reply.elements(of: "CONFIG GET")
      guard pair.count == 2, let value = pair[1].string else { continue }
      words.append(value)
    }
    guard words.count == 2, !words[1].isEmpty else {
      throw CollectorFailure(.malformedReply, "CONFIG GET: no directory with a file name")
    }
    poll.set(Self.family, [], FixedPoint(sizeOfFile("\(words[0])/\(words[1])") ?? 0))
  }
}
