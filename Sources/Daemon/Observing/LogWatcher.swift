import CacheClients
import CacheModel
import Collectors
import Logging
import Namespaces

/// Keeps the connection that takes one Memcached target's log, for as long as it runs.
actor LogWatcher {
  private let watch: MemcachedWatch
  private let hearing: EventHearing
  private let timeout: Duration
  private var troubles: TroubleLog
  private var pause = Pause(first: 0.1, longest: 3)

  private static let checkInterval = Duration.seconds(1)

  /// A watcher that does nothing yet. `timeout` bounds the opening of a connection.
  init(watch: MemcachedWatch, hearing: EventHearing, timeout: Duration, target: Target, log: Logger) {
    self.watch = watch
    self.hearing = hearing
    self.timeout = timeout
    troubles = TroubleLog(
      log, metadata: ["target": "\(target.name)", "address": "\(target.address)"], over: "the log is heard")
  }

  /// Watches, again and again, until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let end = await hold()
      hearing.with { $0.ended(at: $1, end.cause) }
      guard !Task.isCancelled else { break }
      troubles.tell("the log is not heard (\(end.cause.rawValue)): \(end.detail)")
      guard (try? await Task.sleep(for: .seconds(pause.next(random: .random(in: 0...1))))) != nil else { break }
    }
    await watch.close()
  }

  /// One connection, from its begin to its end; answers why it ended.
  private func hold() async -> ClientError {
    do throws(ClientError) {
      let deadline = ContinuousClock.now.advanced(by: max(timeout, .seconds(2)))
      // Lines may come before this goes on, but wait to be put in order.
      let baseline = LogBaseline(try await watch.open(deadline: deadline))
      hearing.with {
        $0.began(
          at: $1, totals: baseline.totals, epoch: baseline.process, nothingRemoved: baseline.nothingRemoved)
      }
      pause.reset()
      troubles.end()
    } catch { return error }
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
}
