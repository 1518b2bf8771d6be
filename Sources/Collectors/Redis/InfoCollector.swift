import CacheModel
import RESP
import TimeSeries

/// INFO with its default sections: the numbers of every poll.
///
/// A numeric field that no table knows is not dropped: it becomes
/// `redis_info_field{section="stats",field="instantaneous_ops_per_sec"}`, a gauge, the section in lower case and a
/// percent sign taken off. So does, unless legacy names are asked for, a field whose family has a name that
/// `promtool check metrics` finds fault with. Fields that only repeat another for people (`*_human`) and digits that
/// are no number (`redis_git_sha1`) are left out.
struct InfoCollector: RedisCollector {
  let name = "info"
  let tier = CollectorTier.fast
  private var resolver: InfoResolver
  private var start: (runID: String, seconds: Int64)?

  private let legacyNames: Bool

  init(legacyNames: Bool) {
    self.legacyNames = legacyNames
    resolver = InfoResolver(legacyNames: legacyNames)
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] { [RESPCommand("INFO")] }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "INFO: no reply") }
    var texts = InfoTexts()
    let info = InfoReply(try reply.bytes(of: "INFO"))
    guard info.lines.count > 5 else { throw CollectorFailure(.malformedReply, "INFO: no fields") }
    resolver.apply(info, to: &poll, texts: &texts)
    texts.complete(&poll)
    // Groups of keys are counted on a schedule of their own, so that no scrape waits for them.
    if legacyNames { poll.set(RedisFamilies.keyGroupsDuration, [], FixedPoint(0)) }
    setStart(runID: poll.facts.runID ?? "", &poll)
  }

  /// Whole seconds of uptime make the difference jump by one; a process keeps the start that it first had.
  private mutating func setStart(runID: String, _ poll: inout RedisPoll) {
    guard let uptime = poll.facts.uptime else { return }
    let seconds = (poll.time.milliseconds / 1000).saturatingDifference(uptime)
    let isSame = start.map { $0.runID == runID && $0.seconds.saturatingDifference(seconds).magnitude <= 2 } ?? false
    if !isSame { start = (runID, seconds) }
    poll.set(RedisFamilies.startTime, [], FixedPoint(start?.seconds ?? seconds))
  }
}
