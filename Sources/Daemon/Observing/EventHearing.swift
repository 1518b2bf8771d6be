import CacheClients
import CacheModel
import Glibc
import Locked
import Namespaces

/// A target's ledger, shared by the connection that hears events and the poller that tells them on.
final class EventHearing: KeyEventReceiver, MemcachedLogReceiver {
  private let ledger: Locked<EventLedger>
  /// Nil where nothing is sampled.
  private let samples: Locked<SampleLedger>?
  private let heardDatabases = Locked(1)

  init(_ ledger: EventLedger, samples: SampleLedger? = nil) {
    self.ledger = Locked(ledger)
    self.samples = samples.map { Locked($0) }
  }

  /// Counts by other namespaces from now on; what those of a name that stays have counted goes on.
  func redefine(_ namespaces: [NamespaceDefinition]) throws(NamespacePatternError) {
    let classifier = try NamespaceClassifier(namespaces)
    let places = ledger.withLock { $0.redefine(classifier: classifier, namespaces: namespaces) }
    samples?.withLock { $0.redefine(places) }
  }

  /// How many databases the server has, as far as is known.
  var databases: Int {
    get { heardDatabases.withLock { $0 } }
    set { heardDatabases.withLock { $0 = newValue } }
  }

  /// Takes a burst that just ended, which saw all commands of so many milliseconds and held MONITOR for a little longer.
  func add(_ counts: BurstCounts, milliseconds: Double, held: Double? = nil) {
    let now = Self.now
    ledger.withLock { $0.saw(counts) }
    samples?.withLock { $0.add(counts, at: now, milliseconds: milliseconds, held: held) }
  }

  /// Notes a burst that was not made.
  func skip(_ reason: SampleSkip) { samples?.withLock { $0.skip(reason) } }

  /// Holds a poll's hits, as the server's `process` counts them that runs for `uptime` seconds, against what was heard until now; answers what sampling has brought,
  /// nil where it is off.
  func sampled(
    hits: Int64?, process: String?, uptime: Int64?, _ report: ObservationReport, _ misses: [ObservedMisses]
  ) -> SampleReport? {
    let now = Self.now
    let isComparable = ledger.withLock { $0.isComparable }
    return samples?.withLock { samples in
      if report.isHolding, isComparable {
        samples.polled(
          hits: hits, misses: misses.map(\.total) + [report.unclassified.total], process: process,
          uptime: uptime, at: now)
      } else {
        samples.interrupt()
      }
      return samples.report
    }
  }

  func receive(_ events: [KeyEvent], in bytes: Span<UInt8>, waited: Int64) {
    let now = Self.now
    ledger.withLock { ledger in
      for event in events {
        ledger.receive(
          event.kind, database: event.database, key: bytes.extracting(event.key), at: now, waited: waited)
      }
    }
  }

  func receive(_ entries: [LogEntry], keys: Span<UInt8>) {
    let now = Self.now
    ledger.withLock { $0.receive(entries, keys: keys, at: now) }
  }

  func skipped(_ lines: Int64) { ledger.withLock { $0.skipped(lines) } }

  /// Whether the connection that is heard is of no use any more, although nothing has ended it.
  var isStale: Bool { ledger.withLock { $0.isStale } }

  /// Whether polls should be asked over another connection; says so once.
  func takesOtherPolls() -> Bool { ledger.withLock { $0.takesOtherPolls() } }

  /// A short change of the ledger, which gets the time.
  func with(_ body: (inout EventLedger, Int64) -> Void) {
    let now = Self.now
    ledger.withLock { body(&$0, now) }
  }

  /// What was heard so far.
  var snapshot: (report: ObservationReport, misses: [ObservedMisses]) {
    let now = Self.now
    return ledger.withLock { $0.snapshot(at: now) }
  }

  /// Milliseconds of a steady clock that begins with this process: the machine's may have run for years.
  private static var now: Int64 { steady - begin }

  private static let begin = steady

  private static var steady: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
