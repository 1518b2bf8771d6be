import CacheModel
import RESP
import TimeSeries

/// INFO modules: which modules are loaded, and what they say of themselves.
struct ModulesCollector: RedisCollector {
  let name = "modules"
  let tier = CollectorTier.slow
  private var resolver: InfoResolver

  init(legacyNames: Bool) {
    resolver = InfoResolver(legacyNames: legacyNames)
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] { [RESPCommand("INFO", "modules")] }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "INFO modules: no reply") }
    let info = InfoReply(try reply.bytes(of: "INFO modules"))
    var texts = InfoTexts()
    resolver.apply(info, to: &poll, texts: &texts)
    for line in info.lines where info.key(line) == "module" { setModule(info.value(line), in: &poll) }
  }

  /// `name=search,ver=21005,api=1,filters=0,usedby=[],using=[a|b],options=[]`.
  private func setModule(_ text: String, in poll: inout RedisPoll) {
    var values: [Substring: Substring] = [:]
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { values[pair[0]] = pair[1] }
    }
    guard values["name"] != nil else { return }
    let labels = ["name", "ver", "api", "filters", "usedby", "using"].map {
      Label($0, String(values[Substring($0)] ?? ""))
    }
    poll.set(RedisFamilies.moduleInfo, labels, FixedPoint(1))
  }
}
