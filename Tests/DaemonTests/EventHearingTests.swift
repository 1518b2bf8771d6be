import CacheModel
import TestSupport
import Testing

@testable import Daemon
@testable import Namespaces

/// A target's ledgers as a subscription and polls change them.
private struct Ear {
  let hearing: EventHearing

  init() throws {
    let definitions = [NamespaceDefinition(name: "menu", keys: ["menu:*"])]
    hearing = EventHearing(
      EventLedger(classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 4096),
      samples: SampleLedger(namespaces: 1))
  }

  func begin(_ process: String) {
    hearing.with { $0.began(at: $1, serverMisses: 0, epoch: process, nothingRemoved: true) }
  }

  /// A poll a moment after the one before, with bursts between.
  func poll(_ process: String, hits: Int64) async -> SampleReport? {
    for _ in 0..<3 {
      await later()
      hearing.add(BurstCounts(reads: [10, 10], misses: [0, 0]), milliseconds: 10)
    }
    await later()
    hearing.with { ledger, _ in ledger.polled(serverMisses: 0, epoch: process, reset: false) }
    let (report, misses) = hearing.snapshot
    return hearing.sampled(hits: hits, process: process, uptime: 2_592_000, report, misses)
  }

  private func later() async {
    let start = now
    _ = await eventually { now > start }
  }

  var now: Int64 {
    var time: Int64 = 0
    hearing.with { time = $1 }
    return time
  }
}

@Suite struct `What is heard and polled` {
  @Test func `time begins with the process, and not with the machine`() throws {
    let ear = try Ear()
    let uptime = try #require(readFile("/proc/uptime").split(separator: " ").first.flatMap { Double($0) })
    #expect(Double(ear.now) < uptime * 1000 - 1000)
  }

  @Test(arguments: [true, false])
  func `counts of two processes are never taken for hits between them`(isSubscriptionFirst: Bool) async throws {
    let ear = try Ear()
    ear.begin("a")
    _ = await ear.poll("a", hits: 1000)
    let before = try #require(await ear.poll("a", hits: 1100))
    #expect(before.hits[0] + before.unclassifiedHits > 0)
    // The other server has answered reads for months.
    if isSubscriptionFirst {
      ear.hearing.with { $0.ended(at: $1, .closedByPeer) }
      ear.begin("b")
    }
    for poll in 1...3 as ClosedRange<Int64> {
      let after = try #require(await ear.poll("b", hits: 1_000_000_000 + 100 * poll))
      #expect(after.hits[0] + after.unclassifiedHits <= (poll < 3 ? 100 : 200))
    }
    #expect(ear.hearing.isStale == !isSubscriptionFirst)
  }
}
