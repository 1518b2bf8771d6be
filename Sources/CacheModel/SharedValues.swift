internal import Locked

/// A value that all who have an equal one share: compared by identity, copied for one retain.
public final class Shared<Value: Hashable & Sendable>: Sendable, Hashable {
  /// The value itself.
  public let value: Value

  fileprivate init(_ value: Value) { self.value = value }

  /// Whether both are the same object.
  public static func == (left: Shared, right: Shared) -> Bool { left === right }

  /// By identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Values of which many targets have equal ones, each kept once for as long as anybody has it: what a thousand servers of one make
/// tell alike costs hardly more than what one tells.
///
/// Safe from any thread.
public final class SharedValues<Value: Hashable & Sendable>: Sendable {
  private struct Weak: Sendable {
    weak var shared: Shared<Value>?
  }

  private struct State {
    var known: [Int: [Weak]] = [:]
    /// At so many hashes those that nobody has any more are looked for.
    var limit = 64
  }

  private let state = Locked(State())

  /// A table without values.
  public init() {}

  /// The one object with this value, made if need be. Costs a hash of the value and a lock.
  public func callAsFunction(_ value: Value) -> Shared<Value> {
    let hash = value.hashValue
    return state.withLock { state in
      for weak in state.known[hash] ?? [] {
        if let shared = weak.shared, shared.value == value { return shared }
      }
      if state.known.count >= state.limit {
        state.known = state.known.compactMapValues { bucket in
          let live = bucket.filter { $0.shared != nil }
          return live.isEmpty ? nil : live
        }
        state.limit = max(64, 2 * state.known.count)
      }
      let shared = Shared(value)
      state.known[hash, default: []].append(Weak(shared: shared))
      return shared
    }
  }
}
