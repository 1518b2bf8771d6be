import CacheModel
import Collectors
import Health
import RESP
import Testing
import TimeSeries

@testable import Daemon
@testable import Namespaces

/// A target of two namespaces that is polled once a second, with everything that makes a verdict of bursts and misses but the sockets.
///
/// 1000 lookups a second: `menu` has 600 hits and 60 misses, `search` 200 and 140.
private struct SampledTarget {
  private static let start = UnixTime(seconds: 1_795_219_200)
  private var collection = RedisCollection()
  private var samples = SampleLedger(namespaces: 2)
  private var history: TargetHistory
  private let ring: Ring
  private(set) var state: TargetState
  private(set) var hits: Int64 = 0
  private var second: Int64 = 0
  /// What the server counts, and what of it was heard.
  private var missed: [Int64] = [0, 0, 0]
  private var heard: [Int64] = [0, 0, 0]
  /// Warnings of any poll until now.
  private(set) var warned: Set<WarningCode> = []

  init() throws {
    let store = TimeSeriesStore(
      configuration: TimeSeries.Configuration(memory: 8 << 20, rollupMemory: 2 << 20, rules: redisDerivationRules))
    ring = store.ring(named: "a", period: 1000)
    history = TargetHistory(ring: ring, isHeard: true)
    let target = HitRateTarget(hitRate: 0.8, critical: 0.5)
    state = try TargetState(
      target: Target(name: "a", isNamed: true, kind: .redis, address: "a:1"), interval: 1,
      namespaces: [
        NamespaceDefinition(name: "menu", keys: ["menu:*"], target: target),
        NamespaceDefinition(name: "search", keys: ["search:*"]),
      ], policy: .standard, started: Self.start)
    poll(isGap: false)
  }

  var menu: NamespaceCounts { state.snapshot.namespaces[0] }

  /// So many seconds, with a burst in each or none; in a gap nothing is heard, and the misses of it are told after it.
  mutating func run(_ seconds: Int, bursts: Bool, isGap: Bool = false) {
    for _ in 0..<seconds {
      second += 1
      hits += 800
      missed = [missed[0] + 60, missed[1] + 140, 0]
      let now = second * 1000
      if bursts {
        let more = Int32(second % 3)
        samples.add(
          BurstCounts(reads: [65 + more, 34, 0], misses: [6, 14, 0]), at: now - 500, milliseconds: 10)
      }
      if isGap { samples.interrupt() } else { heard = missed }
      poll(isGap: isGap)
    }
  }

  private mutating func poll(isGap: Bool) {
    let time = Self.start.adding(seconds: Double(second))
    var commands = collection.begin(at: time)
    while case .more(let more) = receive(commands, at: time) { commands = more }
    var report = ObservationReport()
    report.isHolding = !isGap
    state.heard(report, heard.dropLast().map { ObservedMisses(total: $0) }, at: time)
    if !isGap { samples.polled(hits: state.snapshot.hits, misses: heard, at: second * 1000) }
    state.sampled(samples.report)
    state.finished(at: time, seconds: 0.001, connects: 1, oldestHistory: history.oldest)
    history.append(state.snapshot, at: time)
    state.judge(at: time, history: ring)
    warned.formUnion(state.snapshot.health.warnings.map(\.code))
  }

  private mutating func receive(_ commands: [RESPCommand], at time: UnixTime) -> RedisStep {
    let step = collection.receive(commands.map(reply), at: time)
    if case .done(let collected) = step { state.succeeded(collected, at: time) }
    return step
  }

  private func reply(to command: RESPCommand) -> RESPValue {
    guard command.arguments.first == Array("INFO".utf8) else {
      return .error(RESPErrorReply(line: "ERR unknown command"))
    }
    let lines = [
      "redis_version:7.0.15", "run_id:1", "role:master", "uptime_in_seconds:\(1_000_000 + second)",
      "keyspace_hits:\(hits)", "keyspace_misses:\(missed.reduce(0, +))", "evicted_keys:0", "expired_keys:0",
    ]
    return .bulk(Array(lines.map { $0 + "\r\n" }.joined().utf8))
  }
}

@Suite struct `Verdicts on sampled hits` {
  @Test(arguments: [false, true])
  func `no hit rate is false while there are no bursts, nor after a gap`(hasGaps: Bool) throws {
    var target = try SampledTarget()
    target.run(60, bursts: true)
    for _ in 0..<4 {
      target.run(30, bursts: false, isGap: hasGaps)
      target.run(30, bursts: false)
      let told = target.state.snapshot.namespaces.compactMap(\.hits)
      #expect((0...3).contains(target.hits - told.reduce(0, +)), "\(told) of \(target.hits)")
    }
    #expect(target.menu.origin == .sampled)
    let hits = try #require(target.menu.hits)
    #expect(abs(Double(hits) / Double(target.hits) - 0.75) < 0.02)
    // Then nobody knows whose hits there are, and misses that count on make no rate.
    target.run(600, bursts: false)
    #expect(target.menu.hits == nil)
    #expect(target.menu.misses == 54_000)
    #expect(target.menu.sampled.isEmpty)
    #expect(target.state.snapshot.health.namespaces[0].status == .unknown)
    target.run(30, bursts: true)
    let told = target.state.snapshot.namespaces.compactMap(\.hits)
    #expect((0...3).contains(target.hits - told.reduce(0, +)), "\(told) of \(target.hits)")
    #expect(target.warned.isDisjoint(with: [.hitRateCritical, .hitRateBelowTarget, .hitRateFalling]))
    for window in target.state.snapshot.health.namespaces[0].windows where window.hits > 0 {
      #expect(abs((window.ratio ?? 0) - 600 / 660) < 0.02, "\(window)")
    }
  }

  @Test func `a ratio of bursts that are over is told no longer`() throws {
    var target = try SampledTarget()
    target.run(300, bursts: true)
    #expect(target.menu.sampled.keys.sorted() == [60, 300])
    target.run(70, bursts: false)
    #expect(target.menu.sampled.keys.sorted() == [300])
    target.run(300, bursts: false)
    #expect(target.menu.sampled.isEmpty)
  }
}
