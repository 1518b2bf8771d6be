import CacheClients
import CacheModel
import Collectors
import Namespaces

/// For how long keys were not touched, asked beside the walk, and once more for some time after it.
extension TargetSurveyor {
  /// Asks what is to be asked now; never more of the server's time than the walk may take.
  func askIdleTimes() async throws(ClientError) {
    while let commands = idle?.commands(at: seconds), !commands.isEmpty {
      let (replies, took) = try await ask(commands)
      let now = seconds
      do throws(CollectorFailure) { try idle?.receive(replies, at: now) } catch { throw ClientError(error) }
      ledger.with { $0.spent(seconds: took, at: WallClock.now) }
      try await sleep(for: pace.rest(after: took))
    }
  }

  /// After a walk, until its keys have been asked a second time, or can't be.
  func finishIdleTimes() async {
    while let due = idle?.due, !Task.isCancelled {
      // The keys are others by now, and are to be walked anew.
      guard !ledger.isOutdated else {
        idle = nil
        return
      }
      // Single keys have a rhythm of their own.
      guard (try? await executor.sleep(for: .seconds(max(0, min(1, due - seconds))))) != nil else { return }
      await look()
      do throws(ClientError) { try await askIdleTimes() } catch {
        // Another process of the server may answer next, whose keys are others.
        idle = nil
        failed(error)
      }
    }
    guard !Task.isCancelled, let idle else { return }
    ledger.sampled(idle.finished(at: WallClock.now))
    self.idle = nil
  }

  /// Since the surveyor began.
  private var seconds: Double { (ContinuousClock.now - began).inSeconds }
}
