import CacheClients
import CacheModel
import Collectors
import Exposition
import Foundation
import HTTPServer
import Health
import Locked
import Logging
import MemcachedProtocol
import NIOPosix
import RESP
import Randomness
import TestSupport
import Testing
import TimeSeries

@testable import Daemon
@testable import Namespaces

/// Where arithmetic goes wrong: the ends of integers and of doubles, and what is no number.
private let numbers =
  [
    "0", "1", "-1", "9223372036854775807", "9223372036854775806", "-9223372036854775808", "4611686018427387904",
    "18446744073709551615", "0.5", "-0.5", "-0.9", "9.223372036854775807", "1e308", "nan", "-nan", "inf",
  ] + ["0." + String(repeating: "0", count: 300)]

private let definitions = [
  NamespaceDefinition(
    name: "menu", keys: ["menu:*"], ttl: 60, target: HitRateTarget(hitRate: 0.9, critical: 0.5),
    missCost: MissCost(seconds: 1, amount: 0.5)),
  NamespaceDefinition(
    name: "told", keys: ["told:*"], counters: .hash(key: "counts", hits: "hits", misses: "misses")),
]

private func recorded(_ path: String) -> String {
  let folder = "\(#filePath)".split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
  return (try? readFile("\(folder)/\(path)")) ?? ""
}

/// A server whose every number is one of ``numbers``.
private struct Liar {
  private static let info = recorded("Tests/CollectorsTests/Golden/redis-7.0.info")
  private static let commands = recorded("Tests/CollectorsTests/Golden/redis-7.0.commandstats")
  private static let latencies = recorded("Tests/CollectorsTests/Golden/redis-7.0.latencystats")
  private static let stats = recorded("Fuzz/Corpus/memcached/stats")
  private static let slabs = recorded("Fuzz/Corpus/memcached/slabs")
  private static let prefixes = recorded("Fuzz/Corpus/memcached/detail")

  /// The one that it says all the time; nil for any.
  var only: String?
  /// Another process answers when this changes.
  var process = 1
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private mutating func number() -> String { only ?? numbers[below(numbers.count)] }

  /// One that is an integer.
  mutating func integer() -> Int64 { Int64(number()) ?? .max }

  /// The text with a number in the place of each that stands behind one of these characters.
  private mutating func lie(_ text: String, behind marks: String) -> String {
    var said = ""
    var rest = text[...]
    while let mark = rest.popFirst() {
      said.append(mark)
      guard marks.contains(mark), rest.first?.isNumber == true else { continue }
      rest = rest.drop { $0.isNumber || $0 == "." }
      said += number()
    }
    return said
  }

  /// What a Redis answers.
  mutating func answer(_ command: RESPCommand) -> RESPValue {
    let words = command.arguments.map { String(decoding: $0, as: UTF8.self) }
    switch (words.first, words.dropFirst().first) {
    case ("INFO", nil): return .bulk(Array(redis.utf8))
    case ("INFO", "commandstats"): return .bulk(Array(lie(Self.commands, behind: "=:").utf8))
    case ("INFO", "latencystats"): return .bulk(Array(lie(Self.latencies, behind: "=:").utf8))
    case ("SLOWLOG", "LEN"), ("MEMORY", _): return .integer(integer())
    case ("SLOWLOG", _): return .array((0..<3).map { _ in slowOperation })
    case ("HMGET", _): return .array((0..<2).map { _ in .bulk(Array(number().utf8)) })
    case ("CONFIG", "GET"): return .array([.bulk(Array((words.last ?? "").utf8)), .bulk(Array(number().utf8))])
    default: return .error(RESPErrorReply(line: "ERR unknown command"))
    }
  }

  private var redis: String {
    mutating get {
      let lines = Self.info.split(whereSeparator: \.isNewline).map { line -> String in
        if line.hasPrefix("run_id:") { return "run_id:\(process)" }
        return line.hasPrefix("redis_version:") ? String(line) : lie(String(line), behind: ":=")
      }
      let more = ["db1:keys=", "db-1:keys=", "db99999999999:keys="].map { $0 + number() + ",expires=" + number() }
      return (lines + ["# Keyspace"] + more).joined(separator: "\r\n") + "\r\n"
    }
  }

  private var slowOperation: RESPValue {
    mutating get {
      .array([
        .integer(integer()), .integer(integer()), .integer(integer()),
        .array([.bulk(Array("GET".utf8)), .bulk(Array("menu:1".utf8))]),
      ])
    }
  }

  /// What a Memcached answers.
  mutating func answer(_ command: MemcachedCommand) -> MemcachedReply {
    switch String(decoding: command.encoded.dropLast(2), as: UTF8.self) {
    case "stats":
      let lines = Self.stats.split(whereSeparator: \.isNewline).map { line -> String in
        line.hasPrefix("STAT pid ") ? "STAT pid \(process)" : lie(String(line), behind: " ")
      }
      return .lines(Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
    case "stats slabs", "stats items": return .lines(Array(lie(Self.slabs, behind: " :").utf8))
    case "stats settings":
      return .lines(
        Array(
          ("STAT maxconns \(number())\r\nSTAT evictions on\r\nSTAT detail_enabled yes\r\nSTAT stat_key_prefix :\r\n"
            + "STAT lru_crawler no\r\nSTAT tcpport \(number())\r\nSTAT verbosity \(number())\r\n").utf8))
    case "stats detail dump": return .lines(Array(lie(Self.prefixes, behind: " ").utf8))
    default: return .error(MemcachedErrorReply(.unknown, ""))
    }
  }
}

/// All that is made of a target's polls, but for sockets: each is half a minute after the one before.
private struct Bench {
  let store = TimeSeriesStore(configuration: TimeSeries.Configuration(memory: 8 << 20, rollupMemory: 2 << 20))
  var liar: Liar
  private(set) var state: TargetState
  private(set) var time: UnixTime
  private let ring: Ring
  private var redis: RedisCollection
  private var memcached: MemcachedCollection
  private var history: TargetHistory
  private var keyspace = KeyspaceReading()
  private var ledger: EventLedger
  private var samples = SampleLedger(namespaces: definitions.count)
  private var census: CensusLedger
  private let kind: CacheKind
  private var tally = GroupTally()
  private(set) var group: GroupState
  private let groupRing: Ring
  private var groupHistory: TargetHistory
  /// Milliseconds of the steady clock.
  private var now: Int64 = 0

  init(_ kind: CacheKind, seed: UInt64, until end: UnixTime, polls: Int) throws {
    self.kind = kind
    liar = Liar(seed: seed)
    time = end.adding(seconds: -30 * Double(polls))
    var options = RedisCollectionOptions()
    options.counterSources = definitions.compactMap(\.counters)
    options.legacyNames = seed.isMultiple(of: 2)
    redis = RedisCollection(options: options)
    var others = MemcachedCollectionOptions()
    others.readsPrefixes = true
    memcached = MemcachedCollection(options: others)
    let classifier = try NamespaceClassifier(definitions)
    ledger = EventLedger(
      classifier: classifier, namespaces: definitions, memoryBytes: 1 << 16, readsLog: kind == .memcached)
    census = CensusLedger(classifier: classifier)
    let target = Target(name: "liar", isNamed: true, kind: kind, address: "a:1")
    state = try TargetState(
      target: target, interval: 30, namespaces: definitions,
      countsPrefixes: kind == .memcached && seed.isMultiple(of: 2),
      policy: .standard, started: time)
    ring = store.ring(named: "liar", period: 30_000)
    history = TargetHistory(ring: ring, isHeard: true, isCounted: true)
    var cluster = TargetConfiguration(url: "redis://a:1")
    (cluster.name, cluster.isCluster, cluster.namespaces) = ("group", true, definitions)
    cluster.observe.events = true
    group = GroupState(
      cluster, Target(name: "group", isNamed: true, kind: .redis, address: "a:1", part: .cluster), started: time)
    groupRing = store.ring(named: "group", period: 30_000)
    groupHistory = TargetHistory(ring: groupRing, isHeard: true, isCounted: true)
    let node = Topology.Node(host: "a", port: 1, role: .master, shard: 0, slots: 16_384)
    group.told(Topology(nodes: [node], epoch: 1, hasSlots: true), at: time)
  }

  /// What is shown: as a cache by itself, and as a cluster of one node.
  var snapshot: Snapshot {
    Snapshot(
      generation: UInt64(state.snapshot.polls), targets: [state.snapshot, group.snapshot],
      exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0)))
  }

  mutating func poll() {
    time = time.adding(seconds: 30)
    now += 30_000
    let collected = collect()
    if let failure = collected.serverFailure {
      state.failed(failure, lookups: 3)
    } else {
      state.succeeded(collected, at: time)
      compare(collected)
    }
    listen()
    walk()
    state.finished(at: time, seconds: 0.1, connects: 1, oldestHistory: history.oldest)
    history.append(state.snapshot, at: time)
    state.judge(at: time, history: ring)
    gather()
    ring.sealPending()
  }

  private mutating func collect() -> CollectedPoll {
    guard kind == .redis else { return memcached.receive(memcached.begin(at: time).map { liar.answer($0) }) }
    var commands = redis.begin(at: time)
    while true {
      switch redis.receive(commands.map { liar.answer($0) }, at: time) {
      case .more(let more): commands = more
      case .done(let collected): return collected
      }
    }
  }

  /// As ``TargetPoller`` does.
  private mutating func compare(_ collected: CollectedPoll) {
    if let totals = collected.logTotals {
      ledger.polled(totals, epoch: collected.facts.runID, at: now)
    } else {
      ledger.polled(
        serverMisses: collected.facts.misses, epoch: collected.facts.runID, reset: collected.statsReset)
      let figures = keyspace.read(collected.sample, commands: collected.facts.commandsProcessed)
      ledger.polled(figures, reset: collected.statsReset, at: now)
    }
    ledger.compare(collected.facts, at: now)
    ledger.holds(CacheRoom(collected.facts, sizes: state.snapshot.meanKeyBytes), at: now)
    #expect(collected.sample.inputBytes ?? 0 >= 0)
  }

  private mutating func listen() {
    if liar.below(3) == 0 {
      ledger.ended(at: now, .closedByPeer)
      let process = state.snapshot.facts.runID
      if kind == .memcached {
        let totals = LogTotals(dropped: liar.integer(), lookups: liar.integer(), others: liar.integer())
        ledger.began(at: now, totals: totals, epoch: process, nothingRemoved: false)
        ledger.skipped(max(0, liar.integer()))
      } else {
        ledger.began(at: now, serverMisses: liar.integer(), epoch: process, nothingRemoved: false)
      }
    }
    for name in ["menu:1", "menu:2", "told:1", "other"] {
      ledger.receive(.keymiss, database: 0, key: Array(name.utf8).span, at: now)
      ledger.receive(.evicted, database: 0, key: Array(name.utf8).span, at: now)
    }
    let (report, misses) = ledger.snapshot(at: now)
    state.heard(report, misses, at: time)
    samples.add(BurstCounts(reads: [30, 20, 10], misses: [3, 2, 1]), at: now - 10, milliseconds: 20)
    samples.polled(
      hits: state.snapshot.hits, misses: misses.map(\.total) + [report.unclassified.total],
      process: state.snapshot.facts.runID, uptime: state.snapshot.facts.uptime, at: now)
    state.sampled(samples.report)
  }

  private mutating func walk() {
    if liar.below(4) == 0 {
      census.finished(at: time)
      census.began(keys: max(0, liar.integer()))
    }
    census.add(Array("menu:1".utf8).span, memory: max(0, liar.integer()))
    census.add(ttl: 30, namespace: 0)
    state.surveyed(census.snapshot)
  }

  private mutating func gather() {
    let node = state.snapshot
    tally.told(["liar": .master])
    tally.add(node)
    let before = group.snapshot.cluster?.totals[.master] ?? ClusterFigures.Totals()
    group.gather(["a:1": node], counted: tally.figures, at: time, seconds: 0.1, connects: 1)
    let totals = group.snapshot.cluster?.totals[.master] ?? ClusterFigures.Totals()
    #expect(totals.hits >= before.hits && totals.evictions >= before.evictions)
    groupHistory.append(group.snapshot, at: time)
    group.judge(at: time, history: groupRing)
    groupRing.sealPending()
  }
}

/// Whatever is served of these polls.
private func checkDocuments(_ snapshot: Snapshot, _ renderer: MetricsRenderer) throws {
  for format in MetricsFormat.allCases { #expect(renderer.render(snapshot, format: format).count > 1000) }
  let documents = [
    healthDocument(snapshot), statsDocument(snapshot), reportDocument(snapshot, exposeKeys: true),
    discoveryDocument(snapshot.targets),
  ]
  for document in documents { _ = try JSONSerialization.jsonObject(with: Data(document)) }
  for isMarkdown in [false, true] { #expect(reportText(snapshot, isMarkdown: isMarkdown).contains("liar")) }
  #expect(checkTable(snapshot).contains("liar"))
  for target in snapshot.targets {
    let facts = target.facts
    let counts = [
      target.hits, target.misses, target.uncountedLookups, facts.hits, facts.misses, facts.keys, facts.keysWithTTL,
      facts.usedMemory, facts.maximumMemory, facts.evictedKeys, facts.expiredKeys, facts.commandsProcessed,
      facts.connectedClients, facts.maximumClients, facts.uptime,
    ]
    #expect(counts.allSatisfy { $0 ?? 0 >= 0 }, "\(counts)")
    for namespace in target.namespaces {
      #expect(namespace.hits ?? 0 >= 0 && namespace.misses ?? 0 >= 0)
      #expect(namespace.observed?.causes.allSatisfy { $0 >= 0 } ?? true)
    }
  }
}

/// What history answers of them.
private func checkAnswers(_ bench: Bench) async throws {
  let routes = Routes(
    snapshots: SnapshotStore(targets: bench.snapshot.targets), store: bench.store, started: UnixTime(seconds: 0),
    exposeKeys: true)
  let range = "start=\(bench.time.seconds - 3600)&end=\(bench.time.seconds)"
  let names = ["cache_hits_total", "cache_memory_used_bytes", "redis_connections_received_total", "cache_keys"]
  let queries = names.flatMap { name in
    [
      "rate(\(name)[5m])", "increase(\(name)[10m])", "sum_over_time(\(name)[5m])",
      "quantile_over_time(0.9,\(name)[5m])",
    ]
  }
  var paths = ["text", "markdown", "json"].map { "/api/cache/report?last=1h&format=\($0)" }
  paths += queries.map { query in
    "/api/v1/query_range?\(range)&step=60&query=\(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
  }
  paths += ["rate", "increase", "sum", "p50", "avg", "max"].map {
    "/api/cache/series?metric=cache_hits_total&last=1h&function=\($0)"
  }
  paths += ["/api/cache/series?metric=hit_rate&last=1h", "/api/cache/stats", "/api/cache/health", "/metrics", "/"]
  for path in paths {
    let response = await routes.router.response(to: try #require(HTTPRequest("GET", path, headers: [])))
    // What was never a count has no history.
    #expect([200, 404, 503].contains(response.status), "\(path): \(response.status)")
  }
}

/// Nothing here may end the process, which is all that most of it is about.
@Suite struct `Polls of a server whose every number is extreme` {
  private static let polls = 40

  private static func run(_ kind: CacheKind, seed: UInt64, _ prepare: (inout Liar, Int) -> Void) async throws {
    var bench = try Bench(kind, seed: seed, until: WallClock.now, polls: polls)
    let renderer = MetricsRenderer()
    for number in 0..<polls {
      prepare(&bench.liar, number)
      bench.poll()
      if number.isMultiple(of: 8) { try checkDocuments(bench.snapshot, renderer) }
    }
    try checkDocuments(bench.snapshot, renderer)
    try await checkAnswers(bench)
  }

  @Test(arguments: [CacheKind.redis, .memcached], numbers)
  func `are told, whichever number it is`(kind: CacheKind, number: String) async throws {
    try await Self.run(kind, seed: 1) { liar, poll in
      // Twice in a row, and then another one, so that all differences and sums of two come about.
      liar.only = poll % 3 < 2 ? number : numbers[poll / 3 % numbers.count]
      liar.process = poll / 5
    }
  }

  @Test(arguments: [CacheKind.redis, .memcached], 0..<4 as Range<UInt64>)
  func `are told, however they are mixed`(kind: CacheKind, seed: UInt64) async throws {
    try await Self.run(kind, seed: seed) { liar, poll in
      if liar.below(5) == 0 { liar.process = poll }
    }
  }

  @Test(arguments: [CacheKind.redis, .memcached])
  func `are told by the poller that all targets have`(kind: CacheKind) async throws {
    let snapshots = Locked<[TargetSnapshot]>([])
    let store = TimeSeriesStore()
    let target = Target(name: "liar", isNamed: true, kind: kind, address: "a:1")
    let ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 1 << 16,
      readsLog: kind == .memcached)
    let poller = TargetPoller(
      reader: LiarReader(kind), timeout: .seconds(10), pollsAtOnce: true, gate: PollGate(limit: 1),
      punctuality: Locked(PollPunctuality()), schedule: TickSchedule(intervalMilliseconds: 2),
      state: try TargetState(
        target: target, interval: 0.002, namespaces: definitions, policy: .standard, started: WallClock.now),
      history: TargetHistory(ring: store.ring(named: "liar", period: 2)),
      hearing: EventHearing(ledger, samples: SampleLedger(namespaces: definitions.count)),
      log: Logger(label: "liar") { _ in SwiftLogNoOpLogHandler() }
    ) { snapshot in snapshots.withLock { $0.append(snapshot) } }
    let polling = Task { await poller.run() }
    #expect(await eventually { snapshots.withLock(\.count) >= 60 })
    polling.cancel()
    await polling.value
    let last = try #require(snapshots.withLock(\.last))
    try checkDocuments(
      Snapshot(
        generation: 1, targets: [last], exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0))),
      MetricsRenderer())
  }
}

@Suite struct `Extreme numbers` {
  @Test func `of removals and misses at a subscription's begin are no numbers, or many`() {
    func baseline(_ lines: String) -> ServerBaseline { ServerBaseline(.bulk(Array(lines.utf8))) }
    let most = baseline(
      "keyspace_misses:9223372036854775807\r\nexpired_keys:9223372036854775807\r\nevicted_keys:9223372036854775807")
    #expect(most.misses == .max && !most.nothingRemoved)
    let least = baseline("keyspace_misses:-9223372036854775808\r\nexpired_keys:-1\r\nevicted_keys:1")
    #expect(least.misses == nil && !least.nothingRemoved)
    #expect(baseline("expired_keys:0\r\nevicted_keys:0").nothingRemoved)
  }

  @Test(arguments: [0, 1]) func `of bytes that keys take sum to the largest`(groups: Int) throws {
    var walk = KeyWalk(databases: [0])
    _ = walk.commands()
    let keys = ["a1", "a2", "b1", "b2"].map { RESPValue.bulk(Array($0.utf8)) }
    _ = try walk.receive([.array([.bulk(Array("0".utf8)), .array(keys)])])
    _ = walk.commands()
    var configuration = KeyCheckConfiguration()
    configuration.keyGroups = ["^(.)"]
    configuration.maximumGroups = groups
    var tally = KeyTally(configuration, legacyNames: false)
    for key in try walk.receive(keys.map { _ in .integer(.max) }) { tally.add(key) }
    #expect(tally.series.filter { $0.1 == FixedPoint(.max) }.count == groups + 1)
  }
}

/// Asks a ``Liar``.
private final class LiarReader: CacheReader {
  let executor = EventLoopExecutor(MultiThreadedEventLoopGroup.singleton.next())
  private let kind: CacheKind
  private var liar = Liar(seed: 5)
  private var redis: RedisCollection
  private var memcached = MemcachedCollection()

  init(_ kind: CacheKind) {
    self.kind = kind
    var options = RedisCollectionOptions()
    options.counterSources = definitions.compactMap(\.counters)
    redis = RedisCollection(options: options)
  }

  var connectionsOpened: Int64 { get async { 1 } }

  func poll(at tick: UnixTime, deadline: ContinuousClock.Instant) async throws(ClientError) -> CollectedPoll {
    if liar.below(8) == 0 { liar.process += 1 }
    guard kind == .redis else { return memcached.receive(memcached.begin(at: tick).map { liar.answer($0) }) }
    var commands = redis.begin(at: tick)
    while true {
      switch redis.receive(commands.map { liar.answer($0) }, at: tick) {
      case .more(let more): commands = more
      case .done(let collected): return collected
      }
    }
  }

  func take(surveyed series: [(SeriesDefinition, FixedPoint)]) {}

  func abandon() -> Int64 { 3 }

  func close() async {}
}
