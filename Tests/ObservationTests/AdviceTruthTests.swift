import CacheClients
import CacheModel
import Locked
import NIOPosix
import RESP
import TestSupport
import Testing

@testable import Namespaces

private let namespaces = [
  WorkloadNamespace(name: "menu", weight: 3, keys: 500, skew: 0.9, ttl: 2000, bytes: 300, deletions: 0.002),
  WorkloadNamespace(name: "search", weight: 2, keys: 3000, skew: 0.7, ttl: 3000, bytes: 100),
  WorkloadNamespace(name: "flags", weight: 1, keys: 40, skew: 0.5, ttl: 500, bytes: 50),
  WorkloadNamespace(name: "session", weight: 2, keys: 1200, skew: 0.6, ttl: 2500, bytes: 200, deletions: 0.01),
]

/// Runs the workload with `factor` times the times to live; answers its hit rates after a warm-up, and what was observed.
private func run(factor: Double) async throws -> (
  rates: [Double], observed: [ObservedMisses], reads: Int
) {
  let server = try RedisServer("--notify-keyspace-events", "Emxeg")
  let scaled = namespaces.map { namespace in
    var scaled = namespace
    scaled.ttl = Int64(Double(namespace.ttl) * factor)
    return scaled
  }
  let definitions = scaled.map { NamespaceDefinition(name: $0.name, keys: ["\($0.name):*"]) }
  let ear = try Ear(definitions, memoryBytes: 16 << 20)
  let subscription = KeyEventSubscription(
    endpoint: RedisEndpoint(address: .host("127.0.0.1", port: Int(server.port))), receiver: ear,
    group: MultiThreadedEventLoopGroup.singleton)
  _ = try await subscription.open(databases: 1, deadline: .now.advanced(by: .seconds(5)))
  ear.state.withLock {
    $0.ledger.began(at: Workload.now, serverMisses: 0, epoch: "a", nothingRemoved: true)
    $0.judge.begin(at: 1, nothingRemoved: true)
  }
  var workload = Workload(scaled, on: try server.connect(), seed: 11)
  try workload.run(seconds: secondsOfWork, rate: 2000)
  workload.forget()
  try workload.run(seconds: secondsOfWork, rate: 2000)
  let observed = ear.state.withLock { $0.ledger.snapshot(at: Workload.now).misses }
  await subscription.close()
  let rates = namespaces.indices.map { index in
    let misses = workload.misses[index].values.reduce(0, +)
    return Double(workload.hits[index]) / Double(workload.hits[index] + misses)
  }
  let reads = zip(workload.hits, workload.misses).reduce(0) { $0 + $1.0 + $1.1.values.reduce(0, +) }
  return (rates, observed, reads)
}

@Suite(.enabled(if: isInstalled("redis-server")), .serialized) struct `Advice against what really happens` {
  @Test func `a longer time to live does what was predicted, within the interval and five points`() async throws {
    let before = try await run(factor: 1)
    let after = try await run(factor: 2)
    // A machine too busy for both runs to read alike tells nothing of times to live.
    let unlike = abs(Double(after.reads) / Double(before.reads) - 1)
    print("reads \(before.reads) and \(after.reads)")
    guard unlike < 0.02 else { return }
    for (index, namespace) in namespaces.enumerated() {
      let observed = before.observed[index]
      let longer = try #require(observed.longerTTLs.first { $0.factor == 2 })
      let expired = observed.shares?[MissCause.expired.position].share ?? 0
      let rate = before.rates[index]
      func predicted(_ saved: Double) -> Double { rate + (1 - rate) * expired * saved }
      let real = after.rates[index]
      let (low, high) = (predicted(longer.saved.interval.lowerBound), predicted(longer.saved.interval.upperBound))
      print(
        "\(namespace.name): \(rate) predicted \(predicted(longer.saved.ratio)) (\(low)...\(high)), really \(real)")
      #expect(abs(predicted(longer.saved.ratio) - real) <= 0.05, "\(namespace.name)")
      // A point for the chance in the two runs themselves.
      #expect(real >= low - 0.01 && real <= high + 0.01, "\(namespace.name)")
    }
  }
}
