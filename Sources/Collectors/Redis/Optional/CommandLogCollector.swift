import CacheModel
import RESP
import TimeSeries

/// COMMANDLOG of Valkey from 8.1 on: how long its three logs are, and from when on they take a command.
struct CommandLogCollector: RedisCollector {
  let name = "commandlog"
  let tier = CollectorTier.slow
  /// Whether CONFIG may be sent.
  var asksConfiguration = true

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    guard context.software == "valkey", context.isOwnAtLeast(8, 1) else { return [] }
    return CommandLogFamilies.lengths.map { RESPCommand("COMMANDLOG", "LEN", $0.0) }
      + (asksConfiguration ? CommandLogFamilies.settings.map { RESPCommand("CONFIG", "GET", $0.0) } : [])
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    for ((_, family), reply) in zip(CommandLogFamilies.lengths, replies) {
      guard let length = try reply.orThrow("COMMANDLOG LEN").integer else {
        throw CollectorFailure(.malformedReply, "COMMANDLOG LEN: no number")
      }
      poll.set(family, [], FixedPoint(length))
    }
    // CONFIG may be refused where COMMANDLOG is not.
    for ((_, family), reply) in zip(
      CommandLogFamilies.settings, replies.dropFirst(CommandLogFamilies.lengths.count))
    {
      if let pair = reply.array, pair.count == 2, let value = pair[1].integer {
        poll.set(family, [], FixedPoint(value))
      }
    }
  }
}

/// Families of the command log, as redis_exporter names them.
enum CommandLogFamilies {
  static let lengths: [(String, MetricFamily)] = [
    ("slow", gauge("slow_length", "Entries in the log of slow commands")),
    ("large-request", gauge("large_request_length", "Entries in the log of large requests")),
    ("large-reply", gauge("large_reply_length", "Entries in the log of large replies")),
  ]

  static let settings: [(String, MetricFamily)] = [
    (
      "commandlog-execution-slower-than",
      gauge("execution_slower_than", "Microseconds from which a command is slow")
    ),
    ("commandlog-slow-execution-max-len", gauge("slow_execution_max_len", "The most entries of slow commands")),
    ("commandlog-request-larger-than", gauge("request_larger_than", "Bytes from which a request is large")),
    ("commandlog-large-request-max-len", gauge("large_request_max_len", "The most entries of large requests")),
    ("commandlog-reply-larger-than", gauge("reply_larger_than", "Bytes from which a reply is large")),
    ("commandlog-large-reply-max-len", gauge("large_reply_max_len", "The most entries of large replies")),
  ]

  static let all = (lengths + settings).map(\.1)

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("redis_commandlog_\(name)", .gauge, "\(help), of Valkey")
  }
}
