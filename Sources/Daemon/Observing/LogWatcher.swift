import CacheClients
import CacheModel
import Collectors
import Namespaces

/// The connection that takes one Memcached target's log.
actor LogWatcher: KeptConnection {
  private let watch: MemcachedWatch
  private let hearing: EventHearing
  private let timeout: Duration

  private static let checkInterval = Duration.seconds(1)

  /// A watcher that does nothing yet. `timeout` bounds the opening of a connection.
  init(watch: MemcachedWatch, hearing: EventHearing, timeout: Duration) {
    self.watch = watch
    self.hearing = hearing
    self.timeout = timeout
  }

  func open() async throws(ClientError) {
    let deadline = ContinuousClock.now.advanced(by: max(timeout, .seconds(2)))
    // Lines may come before this goes on, but wait to be put in order.
    let baseline = LogBaseline(try await watch.open(deadline: deadline))
    hearing.with {
      $0.began(at: $1, totals: baseline.totals, epoch: baseline.process, nothingRemoved: baseline.nothingRemoved)
    }
  }

  func ended() async -> ClientError {
    let check = Task { [watch, hearing] in
      while (try? await Task.sleep(for: Self.checkInterval)) != nil {
        if hearing.isStale { return await watch.close() }
      }
    }
    let reason = await watch.ended()
    check.cancel()
    return hearing.isStale
      ? ClientError(.timeout, "no line comes although keys are looked up, or the server is another process")
      : reason
  }

  func finish() async { await watch.close() }
}
