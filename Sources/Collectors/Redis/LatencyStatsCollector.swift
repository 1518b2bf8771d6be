import CacheModel
import RESP
import TimeSeries

/// INFO latencystats: percentiles since the server's start, from 7.0 on. The costliest section, so it runs in the slow
/// tier.
struct LatencyStatsCollector: RedisCollector {
  let name = "latencystats"
  let tier = CollectorTier.slow
  private var resolver = InfoResolver(legacyNames: false)

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    context.isAtLeast(7) ? [RESPCommand("INFO", "latencystats")] : []
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "INFO latencystats: no reply") }
    var texts = InfoTexts()
    resolver.apply(InfoReply(try reply.bytes(of: "INFO latencystats")), to: &poll, texts: &texts)
  }
}
