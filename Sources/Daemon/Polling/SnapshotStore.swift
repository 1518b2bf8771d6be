import CacheModel
import Locked

/// The current snapshot of every target. Pollers publish, routes read; each holds the lock for a copy of a few
/// references, so that neither ever waits for the other's work.
final class SnapshotStore: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var targets: [TargetSnapshot] = []
    var positions: [String: Int] = [:]
    /// Targets that are gone but whose history is still kept.
    var former: [String: Target] = [:]
    /// Who has yet to bring its first targets.
    var awaited: Set<String> = []
    /// By who watches them.
    var targetFiles: [String: TargetFileFigures] = [:]
  }

  private let state = Locked(State())

  /// A store for these targets, in this order; `targets` are their snapshots before the first poll.
  init(targets: [TargetSnapshot] = []) {
    for target in targets { add(target) }
  }

  /// Waits for whoever is called so to bring its first targets, as far as readiness is concerned.
  func expect(_ key: String) { _ = state.withLock { $0.awaited.insert(key) } }

  /// They are there, or it is known that there are none.
  func arrived(_ key: String) { _ = state.withLock { $0.awaited.remove(key) } }

  /// Who has not brought its first targets yet.
  var awaited: [String] { state.withLock { $0.awaited.sorted() } }

  /// Takes what is known of the files that `key` watches.
  func note(_ figures: TargetFileFigures, of key: String) { state.withLock { $0.targetFiles[key] = figures } }

  /// Of all files that name targets; nil where none are watched.
  var targetFiles: TargetFileFigures? {
    state.withLock { state in
      state.targetFiles.isEmpty ? nil : state.targetFiles.values.reduce(TargetFileFigures(), +)
    }
  }

  /// Takes a target in, behind the others; one of the same name is replaced.
  func add(_ snapshot: TargetSnapshot) {
    state.withLock { state in
      let name = snapshot.target.name
      state.former[name] = nil
      if let position = state.positions[name] {
        state.targets[position] = snapshot
      } else {
        state.positions[name] = state.targets.count
        state.targets.append(snapshot)
      }
      state.generation += 1
    }
  }

  /// Ends a target: nothing tells of it any more but, until ``forget(_:)``, its history.
  func remove(_ name: String) {
    state.withLock { state in
      guard let position = state.positions.removeValue(forKey: name) else { return }
      state.former[name] = state.targets.remove(at: position).target
      for index in state.targets.indices.dropFirst(position) {
        state.positions[state.targets[index].target.name] = index
      }
      state.generation += 1
    }
  }

  /// A former target's history is gone, too.
  func forget(_ name: String) {
    _ = state.withLock { $0.former.removeValue(forKey: name) }
  }

  /// Replaces the snapshot of its target; passed over when that target is gone.
  func publish(_ snapshot: TargetSnapshot) {
    state.withLock {
      guard let position = $0.positions[snapshot.target.name] else { return }
      $0.targets[position] = snapshot
      $0.generation += 1
    }
  }

  /// The snapshot of the target of this name; nil when there is none.
  subscript(_ name: String) -> TargetSnapshot? {
    state.withLock { state in state.positions[name].map { state.targets[$0] } }
  }

  /// The generation and all targets' snapshots, consistent with one another.
  var current: (generation: UInt64, targets: [TargetSnapshot]) {
    state.withLock { ($0.generation, $0.targets) }
  }

  /// How many targets there are.
  var count: Int { state.withLock { $0.targets.count } }

  /// All targets that have history for everybody: the present ones in their order, then former ones by name.
  var withHistory: [Target] {
    state.withLock { state in
      (state.targets.map(\.target) + state.former.values.sorted { $0.name < $1.name }).filter { $0.part != .asked }
    }
  }
}
