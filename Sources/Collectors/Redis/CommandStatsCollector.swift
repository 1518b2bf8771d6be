import CacheModel
import RESP
import TimeSeries

/// INFO commandstats: calls, time, refusals and failures of each command since the statistics began.
struct CommandStatsCollector: RedisCollector {
  let name = "commandstats"
  let tier = CollectorTier.fast
  private var resolver = InfoResolver(legacyNames: false)

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] { [RESPCommand("INFO", "commandstats")] }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "INFO commandstats: no reply") }
    var texts = InfoTexts()
    resolver.apply(InfoReply(try reply.bytes(of: "INFO commandstats")), to: &poll, texts: &texts)
  }
}
