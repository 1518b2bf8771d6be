import Locked

/// Lets a bounded number of polls run at once; the others wait in the order in which they came.
///
/// Targets that did not answer last time may take half of the places at most: however many of them wait for their
/// deadlines, those that answer go on.
final class PollGate: Sendable {
  /// Who waits, in order, and how many places are left. A value: what it admits, the gate lets go.
  struct Places {
    private var free: Int
    private var freeForSuspects: Int
    private var waiting: [(id: UInt64, isSuspect: Bool)] = []

    init(limit: Int) {
      free = max(1, limit)
      freeForSuspects = max(1, limit / 2)
    }

    /// Whether `id` may go at once; else it waits until ``left(isSuspect:)`` or ``gaveUp(_:)`` names it.
    mutating func came(_ id: UInt64, isSuspect: Bool) -> Bool {
      waiting.append((id, isSuspect))
      return admit() == [id]
    }

    /// Gives a place back; answers who may go now.
    mutating func left(isSuspect: Bool) -> [UInt64] {
      free += 1
      if isSuspect { freeForSuspects += 1 }
      return admit()
    }

    /// Whether `id` was still waiting; it is no more.
    mutating func gaveUp(_ id: UInt64) -> Bool {
      guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
      waiting.remove(at: index)
      return true
    }

    private mutating func admit() -> [UInt64] {
      var admitted: [UInt64] = []
      while free > 0,
        let index = waiting.firstIndex(where: { !$0.isSuspect || freeForSuspects > 0 })
      {
        let next = waiting.remove(at: index)
        free -= 1
        if next.isSuspect { freeForSuspects -= 1 }
        admitted.append(next.id)
      }
      return admitted
    }
  }

  private struct State {
    var places: Places
    var nextID: UInt64 = 0
    var continuations: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    /// The outcomes of those that have no continuation yet: whether they were admitted.
    var early: [UInt64: Bool] = [:]

    /// The continuation to resume; nil when it is yet to come and will find its outcome.
    mutating func take(_ id: UInt64, isAdmitted: Bool) -> CheckedContinuation<Void, any Error>? {
      if let continuation = continuations.removeValue(forKey: id) { return continuation }
      early[id] = isAdmitted
      return nil
    }
  }

  private let state: Locked<State>

  /// A gate with `limit` places, at least one.
  init(limit: Int) {
    state = Locked(State(places: Places(limit: limit)))
  }

  /// Takes a place, at once where there is one. Throws `CancellationError`, without a place, when the task is
  /// cancelled while it waits. Each return is followed by one ``leave(isSuspect:)`` with the same argument.
  func enter(isSuspect: Bool) async throws {
    let (id, isAdmitted) = state.withLock { state in
      state.nextID += 1
      return (state.nextID, state.places.came(state.nextID, isSuspect: isSuspect))
    }
    if isAdmitted { return }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Bool? in
          // Admitted or cancelled before there was anything to resume.
          if let early = state.early.removeValue(forKey: id) { return early }
          state.continuations[id] = continuation
          return nil
        }
        switch outcome {
        case true?: continuation.resume()
        case false?: continuation.resume(throwing: CancellationError())
        case nil: break
        }
      }
    } onCancel: {
      let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        guard state.places.gaveUp(id) else { return nil }
        return state.take(id, isAdmitted: false)
      }
      waiting?.resume(throwing: CancellationError())
    }
  }

  /// Gives the place back.
  func leave(isSuspect: Bool) {
    let admitted = state.withLock { state in
      state.places.left(isSuspect: isSuspect).compactMap { state.take($0, isAdmitted: true) }
    }
    for continuation in admitted { continuation.resume() }
  }
}
