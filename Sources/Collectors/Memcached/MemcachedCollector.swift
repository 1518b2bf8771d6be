import CacheModel
import MemcachedProtocol
import TimeSeries

/// One question to a Memcached server, and what its reply means. A value without sockets and clocks.
protocol MemcachedCollector: Sendable {
  /// The label `collector`.
  var name: String { get }
  var tier: CollectorTier { get }
  var command: MemcachedCommand { get }
  /// Throws what leaves it without a result.
  mutating func receive(_ reply: MemcachedReply, into poll: inout MemcachedPoll) throws(CollectorFailure)
}

extension MemcachedReply {
  /// The lines of this reply, unless it is a refusal.
  func lines(of command: String) throws(CollectorFailure) -> [UInt8] {
    switch self {
    case .lines(let bytes): return bytes
    case .status: throw CollectorFailure(.malformedReply, "\(command): no statistics")
    case .error(let error):
      let cause: FailureCause =
        switch error.kind {
        case .unknown: .unknownCommand
        case .client: .permissionDenied
        case .server: .serverError
        }
      throw CollectorFailure(cause, "\(command): \(error.kind.rawValue)")
    }
  }
}

/// `stats`: the numbers of every poll.
///
/// A numeric statistic that no table knows is not dropped: it becomes `memcached_stats_field{field="…"}`, a gauge.
struct StatsCollector: MemcachedCollector {
  let name = "stats"
  let tier = CollectorTier.fast
  let command = MemcachedCommand("stats")
  private var resolver: StatResolver

  init(legacyNames: Bool) {
    resolver = StatResolver(legacyNames: legacyNames, passesUnknown: true) { name in
      StatField.general[name] ?? StatField.externalStorage[name] ?? StatField.proxy[name]
    }
  }

  mutating func receive(_ reply: MemcachedReply, into poll: inout MemcachedPoll) throws(CollectorFailure) {
    let stats = StatLines(try reply.lines(of: "stats"))
    guard stats.lines.count > 5 else { throw CollectorFailure(.malformedReply, "stats: no statistics") }
    resolver.apply(stats, to: &poll)
    setStores(&poll)
    if let line = stats.lines.first(where: { stats.name($0) == "version" }) {
      poll.version = stats.value(line)
      poll.set(MemcachedFamilies.version, [Label("version", stats.value(line))], FixedPoint(1))
    }
  }

  /// Stores without cas, as memcached_exporter counts them.
  private func setStores(_ poll: inout MemcachedPoll) {
    guard let sets = poll.figures[.sets] else { return }
    let cas = [StatFigure.casHits, .casMisses, .casBadValues].compactMap { poll.figures[$0] }.saturatingSum
    let labels = [Label("command", "set"), Label("status", "hit")]
    poll.set(MemcachedFamilies.commands, labels, FixedPoint(max(0, sets.saturatingDifference(cas))))
  }
}

/// `stats settings`: what the server was started with.
struct SettingsCollector: MemcachedCollector {
  let name = "settings"
  let tier = CollectorTier.slow
  let command = MemcachedCommand("stats settings")
  private var resolver: StatResolver
  private var crawler: StatResolver

  init(legacyNames: Bool) {
    resolver = StatResolver(legacyNames: legacyNames) { name in StatField.settings[name] }
    crawler = StatResolver(legacyNames: legacyNames) { name in StatField.crawlerSettings[name] }
  }

  mutating func receive(_ reply: MemcachedReply, into poll: inout MemcachedPoll) throws(CollectorFailure) {
    let lines = StatLines(try reply.lines(of: "stats settings"))
    guard lines.lines.count > 5 else { throw CollectorFailure(.malformedReply, "stats settings: no settings") }
    resolver.apply(lines, to: &poll)
    let texts = Dictionary(lines.lines.map { (lines.name($0), lines.value($0)) }, uniquingKeysWith: { $1 })
    if texts["lru_crawler"] == "yes" { crawler.apply(lines, to: &poll) }
    poll.settings = MemcachedSettings(
      evicts: texts["evictions"].map { $0 == "on" }, countsPrefixes: texts["detail_enabled"].map { $0 == "yes" },
      prefixDelimiter: texts["stat_key_prefix"],
      maximumConnections: texts["maxconns"].flatMap { Int64($0)?.asCount })
  }
}

/// `stats conns`: what connections do. One line of several for each connection, so the reply may be long.
struct ConnectionsCollector: MemcachedCollector {
  let name = "conns"
  let tier = CollectorTier.slow
  let command = MemcachedCommand("stats conns")

  mutating func receive(_ reply: MemcachedReply, into poll: inout MemcachedPoll) throws(CollectorFailure) {
    let lines = StatLines(try reply.lines(of: "stats conns"))
    var counts: [String: Int64] = [:]
    for line in lines.lines where lines.name(line).hasSuffix(":state") {
      let state = lines.value(line)
      guard state.hasPrefix("conn_"), state.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || $0 == 95 }) else {
        continue
      }
      counts[String(state.dropFirst(5)), default: 0] += 1
    }
    for (state, count) in counts.sorted(by: { $0.key < $1.key }).prefix(16) {
      poll.set(MemcachedFamilies.clients, [Label("state", state)], FixedPoint(count))
    }
  }
}
