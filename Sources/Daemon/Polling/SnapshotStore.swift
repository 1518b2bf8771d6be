import CacheModel
import Locked

/// The current snapshot of every target. Pollers publish, routes read; each holds the lock for a copy of a few
/// references, so that neither ever waits for the other's work.
final class SnapshotStore: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var targets: [TargetSnapshot]
  }

  private let state: Locked<State>

  /// A store for these targets, in this order; `targets` are their snapshots before the first poll.
  init(targets: [TargetSnapshot]) {
    state = Locked(State(targets: targets))
  }

  /// Replaces the snapshot of the target at `position`.
  func publish(_ snapshot: TargetSnapshot, at position: Int) {
    state.withLock {
      $0.targets[position] = snapshot
      $0.generation += 1
    }
  }

  /// The generation and all targets' snapshots, consistent with one another.
  var current: (generation: UInt64, targets: [TargetSnapshot]) {
    state.withLock { ($0.generation, $0.targets) }
  }
}
