import CacheClients
import CacheModel
import Glibc
import Locked
import Namespaces

/// A target's ledger, shared by the connection that hears events and the poller that tells them on.
final class EventHearing: KeyEventReceiver {
  private let ledger: Locked<EventLedger>

  init(_ ledger: EventLedger) {
    self.ledger = Locked(ledger)
  }

  func receive(_ events: [KeyEvent], in bytes: Span<UInt8>) {
    let now = Self.now
    ledger.withLock { ledger in
      for event in events {
        ledger.receive(event.kind, database: event.database, key: bytes.extracting(event.key), at: now)
      }
    }
  }

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

  /// Milliseconds of the steady clock.
  private static var now: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
