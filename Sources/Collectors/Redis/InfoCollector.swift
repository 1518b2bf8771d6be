import CacheModel
import RESP
import TimeSeries

/// INFO with its default sections, and INFO commandstats: the numbers of every poll.
///
/// A numeric field that no table knows is not dropped: it becomes
/// `redis_info_field{section="stats",field="instantaneous_ops_per_sec"}`, a gauge, with a percent sign taken off.
/// Fields that only repeat another for people (`*_human`) are left out.
struct InfoCollector: RedisCollector {
  let name = "info"
  let tier = CollectorTier.fast
  private var resolver: InfoResolver
  private var previous: Counters?

  /// Cumulative counters of one process; if one falls, the statistics were reset.
  private struct Counters {
    var runID: String
    var values: [Int64]
  }

  init(legacyNames: Bool) {
    resolver = InfoResolver(legacyNames: legacyNames)
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    [RESPCommand("INFO"), RESPCommand("INFO", "commandstats")]
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard replies.count == 2 else { throw CollectorFailure(.malformedReply, "INFO: two replies expected") }
    var texts = InfoTexts()
    let main = InfoReply(try replies[0].bytes(of: "INFO"))
    guard main.lines.count > 5 else { throw CollectorFailure(.malformedReply, "INFO: no fields") }
    resolver.apply(main, slot: 0, to: &poll, texts: &texts)
    if case .bulk(let bytes) = replies[1] { resolver.apply(InfoReply(bytes), slot: 1, to: &poll, texts: &texts) }
    texts.complete(&poll)
    noteCounters(&poll)
  }

  private mutating func noteCounters(_ poll: inout RedisPoll) {
    let facts = poll.facts
    let info = poll.commands["info"]?.calls.mantissa
    let values = [facts.hits, facts.misses, facts.commandsProcessed, facts.evictedKeys, facts.expiredKeys, info]
    let counters = Counters(runID: facts.runID ?? "", values: values.map { $0 ?? 0 })
    if let previous, previous.runID == counters.runID {
      poll.statsReset = zip(previous.values, counters.values).contains { $0 > $1 }
    }
    previous = counters
  }
}

/// INFO latencystats: percentiles since the server's start. The costliest section, so it runs in the slow tier.
struct LatencyStatsCollector: RedisCollector {
  let name = "latencystats"
  let tier = CollectorTier.slow
  private var resolver = InfoResolver(legacyNames: false)

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    context.isAtLeast(7) ? [RESPCommand("INFO", "latencystats")] : []
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    var texts = InfoTexts()
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "INFO latencystats: no reply") }
    resolver.apply(InfoReply(try reply.bytes(of: "INFO latencystats")), slot: 0, to: &poll, texts: &texts)
  }
}
