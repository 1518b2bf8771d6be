import CacheClients
import CacheModel
import Glibc
import Locked
import NIOPosix
import RESP
import TestSupport
import Testing

@testable import Namespaces

/// Keeps what a server tells, and judges it afterwards: a debug build that judged at once would fall behind where much else runs.
final class Ear: KeyEventReceiver {
  struct Gulp: Sendable {
    var events: [KeyEvent]
    var bytes: [UInt8]
    var time: Int64
    var waited: Int64
  }

  private let gulps = Locked<[Gulp]>([])

  func receive(_ events: [KeyEvent], in bytes: Span<UInt8>, waited: Int64) {
    let copy = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    let gulp = Gulp(events: events, bytes: copy, time: Workload.now, waited: waited)
    gulps.withLock { $0.append(gulp) }
  }

  /// How many misses it heard until now.
  var misses: Int {
    heard.reduce(0) { sum, gulp in sum + gulp.events.count { $0.kind == .keymiss } }
  }

  /// What it heard until now.
  var heard: [Gulp] { gulps.withLock { $0 } }
}

/// Takes events as the daemon does, and keeps the cause of each sampled miss.
struct Judgement {
  var ledger: EventLedger
  var judge: MissJudge
  private(set) var log: [(key: String, cause: MissCause?)] = []
  private let classifier: NamespaceClassifier

  init(_ definitions: [NamespaceDefinition], memoryBytes: Int, at start: Int64) throws {
    classifier = try NamespaceClassifier(definitions)
    ledger = EventLedger(classifier: classifier, namespaces: definitions, memoryBytes: memoryBytes)
    judge = MissJudge(ttls: definitions.map(\.ttl) + [nil], bytes: memoryBytes)
    ledger.began(at: start, serverMisses: 0, epoch: "a", nothingRemoved: true)
    judge.begin(at: 1, nothingRemoved: true)
  }

  /// Takes what a burst saw.
  mutating func take(_ burst: BurstCounts) {
    ledger.saw(burst)
    for one in burst.lifetimes {
      judge.stored(
        namespace: one.namespace, for: one.milliseconds.map { UInt32(clamping: max(1, $0 / 10)) })
    }
  }

  /// Takes what the server says at the end, as if it had said so before.
  mutating func take(mortals: Double, stale: Double?, expired: Double) {
    judge.pace = ExpiryPace(mortals: mortals, stale: stale, found: 0, expired: expired)
    ledger.judge.pace = judge.pace
  }

  mutating func take(_ gulp: Ear.Gulp) {
    let tick = UInt32(truncatingIfNeeded: gulp.time / 10 + 1)
    let isLate = gulp.waited > MissJudge.patience
    for event in gulp.events {
      let key = gulp.bytes.span.extracting(event.key)
      ledger.receive(event.kind, database: event.database, key: key, at: gulp.time, waited: gulp.waited)
      let namespace = classifier.classify(key) ?? classifier.names.count
      let hash = KeyHash.hash(key, database: event.database)
      guard event.kind == .keymiss else {
        judge.remove(hash, event.kind, namespace: namespace, at: tick, isLate: isLate)
        continue
      }
      let cause = judge.miss(hash, namespace: namespace, at: tick, isLate: isLate)
      log.append((String(decoding: gulp.bytes[event.key], as: UTF8.self), cause))
    }
  }
}

/// A workload, and what is asked of the causes found in it.
struct CauseCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var namespaces: [WorkloadNamespace]
  var maxmemory: String
  var declared: Bool
  /// Whether a hundredth of the commands is seen.
  var isSampled = false
  var memoryBytes = 16 << 20
  var rate = 15_000.0
  /// Parts of the sampled misses whose cause must be right.
  var right: Double
  /// By how many points a namespace's share of a cause may be off.
  var points: Double
}

private let mixed = [
  WorkloadNamespace(name: "menu", weight: 3, keys: 3000, skew: 0.9, ttl: 4000, bytes: 300, deletions: 0.002),
  WorkloadNamespace(name: "search", weight: 2, keys: 20_000, skew: 0.7, ttl: 2000, bytes: 500),
  WorkloadNamespace(name: "flags", weight: 1, keys: 200, skew: 0.5, ttl: 1000, bytes: 50),
  WorkloadNamespace(name: "geo", weight: 2, keys: 30_000, skew: 0.8, ttl: 0, bytes: 200, deletions: 0.01),
  WorkloadNamespace(name: "session", weight: 2, keys: 8000, skew: 0.6, ttl: 6000, bytes: 200, deletions: 0.01),
]

/// The same with times to live that are spread, nothing kept for some keys, and keys that are there from the start.
private let varied = mixed.map { namespace in
  var namespace = namespace
  switch namespace.name {
  case "menu": namespace.isWarmed = true
  case "session":
    namespace.isWarmed = true
    // Where it is to be learned, that takes as long as it is.
    namespace.ttl = 2500
  case "geo": namespace.negativeTTL = 500
  case "search": namespace.negativeTTL = 250
  default: break
  }
  if namespace.ttl > 0 { namespace.jitter = 0.2 }
  return namespace
}

private let cases = [
  CauseCase(
    testDescription: "declared times to live, memory for all", namespaces: mixed, maxmemory: "0", declared: true,
    right: 0.99, points: 2.5),
  CauseCase(
    testDescription: "declared times to live, evictions", namespaces: mixed, maxmemory: "8mb", declared: true,
    right: 0.99, points: 2.5),
  CauseCase(
    testDescription: "declared times to live, evictions, one key in many", namespaces: mixed, maxmemory: "8mb",
    declared: true, memoryBytes: 1 << 20, right: 0.99, points: 2.5),
  CauseCase(
    testDescription: "learned times to live, evictions", namespaces: mixed, maxmemory: "8mb", declared: false,
    right: 0.97, points: 4),
  CauseCase(
    testDescription: "declared times to live that vary, evictions", namespaces: varied, maxmemory: "8mb",
    declared: true,
    right: 0.9, points: 4),
  CauseCase(
    testDescription: "learned times to live that vary, evictions", namespaces: varied, maxmemory: "8mb",
    declared: false,
    right: 0.9, points: 4),
  CauseCase(
    testDescription: "said times to live that vary, evictions", namespaces: varied, maxmemory: "8mb",
    declared: false,
    isSampled: true, right: 0.9, points: 4),
]

@Suite(.enabled(if: isInstalled("redis-server")), .serialized)
struct `Causes against an application that knows them` {
  /// Bursts now and then until it is cancelled.
  private static func sample(_ port: UInt16, _ bursts: Bursts) async -> [(time: Int64, counts: BurstCounts)] {
    let burst = CommandBurst(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(port))), receiver: bursts,
      group: MultiThreadedEventLoopGroup.singleton)
    var seen: [(time: Int64, counts: BurstCounts)] = []
    while !Task.isCancelled {
      _ = try? await burst.run(
        for: .milliseconds(10), databases: 1, deadline: .now.advanced(by: .seconds(5)))
      seen.append((Workload.now, bursts.finish()))
      try? await Task.sleep(for: .milliseconds(Int.random(in: 300...700)))
    }
    return seen
  }

  @Test(arguments: cases) func `misses are exact and causes right`(_ test: CauseCase) async throws {
    let server = try RedisServer(
      "--notify-keyspace-events", "Emxeg", "--maxmemory", test.maxmemory, "--maxmemory-policy", "allkeys-lru")
    let definitions = test.namespaces.map { namespace in
      NamespaceDefinition(
        name: namespace.name, keys: ["\(namespace.name):*"],
        ttl: test.declared && namespace.ttl > 0 ? Double(namespace.ttl) / 1000 : nil)
    }
    let ear = Ear()
    let subscription = KeyEventSubscription(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))), receiver: ear,
      group: MultiThreadedEventLoopGroup.singleton)
    _ = try await subscription.open(databases: 1, deadline: .now.advanced(by: .seconds(30)))
    var judgement = try Judgement(definitions, memoryBytes: test.memoryBytes, at: Workload.now)
    var workload = Workload(test.namespaces, on: try server.connect(), seed: 7)
    try workload.warm()
    let bursts = Bursts(try NamespaceClassifier(definitions))
    let sampling = Task { [port = server.port] in test.isSampled ? await Self.sample(port, bursts) : [] }
    try workload.run(seconds: secondsOfWork, rate: test.rate)
    let stale = try server.connect().info("expired_stale_perc").flatMap { Double($0) }.map { $0 / 100 }
    sampling.cancel()
    var seen = await sampling.value[...]
    let expected = workload.log.count
    #expect(await eventually { ear.misses == expected })
    let gulps = ear.heard
    let expiries = gulps.flatMap(\.events).count { $0.kind == .expired }
    let mortals = try server.connect().info("db0")?.split(separator: ",")[1].dropFirst("expires=".count)
    judgement.take(
      mortals: mortals.flatMap { Double($0) } ?? 0, stale: stale, expired: Double(expiries) / secondsOfWork)
    for gulp in gulps {
      while let burst = seen.first, burst.time <= gulp.time { judgement.take(seen.removeFirst().counts) }
      judgement.take(gulp)
    }
    let (report, observed) = judgement.ledger.snapshot(at: Workload.now)
    #expect(try server.connect().info("keyspace_misses") == "\(expected)")

    var (sampled, right) = (0, 0)
    for (truth, told) in zip(workload.log, judgement.log) {
      #expect(truth.key == told.0)
      guard let cause = told.1 else { continue }
      sampled += 1
      if cause == truth.cause { right += 1 }
    }
    let accuracy = Double(right) / Double(sampled)
    var (worst, place) = (0.0, "")
    for (index, namespace) in test.namespaces.enumerated() {
      let truth = workload.misses[index]
      let total = truth.values.reduce(0, +)
      #expect(observed[index].total == Int64(total), "\(namespace.name)")
      #expect(observed[index].causes.reduce(0, +) == Int64(total))
      for cause in MissCause.allCases {
        let off = Double(observed[index][cause]) / Double(total) - Double(truth[cause] ?? 0) / Double(total)
        if abs(off) * 100 > worst { (worst, place) = (abs(off) * 100, "\(namespace.name), \(cause)") }
      }
    }
    let learned = observed.map { $0.ttl ?? 0 }
    let late = gulps.count { $0.waited > MissJudge.patience }
    let latest = gulps.map(\.waited).max() ?? 0
    print("\(test.testDescription): \(expected) misses, hits \(workload.hits.reduce(0, +))")
    print(
      "sampled \(sampled) at \(report.sampleRate), right \(accuracy * 100) %, worst share \(worst) points: \(place)"
    )
    print("pace \(judgement.judge.pace), stale \(stale ?? -1)")
    print("learned \(learned), late \(late) reads of \(gulps.count), by \(latest) ms; memory \(report.memoryBytes)")
    let truth = workload.misses.map { $0.map { "\($0.key) \($0.value)" }.sorted() }
    print("events \(report.events), truth \(truth)")
    #expect(accuracy >= test.right)
    #expect(worst <= test.points)
    await subscription.close()
  }
}

/// `TRUTH_SECONDS` makes the runs longer.
let secondsOfWork = unsafe getenv("TRUTH_SECONDS").flatMap { unsafe Double(String(cString: $0)) } ?? 12
