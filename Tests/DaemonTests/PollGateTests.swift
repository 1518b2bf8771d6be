import Locked
import Testing

@testable import Daemon

/// What each of some steps at a gate answered.
private enum Step: Equatable {
  case came(UInt64, isSuspect: Bool)
  case left(isSuspect: Bool)
  case gaveUp(UInt64)
}

/// Plays steps; answers who went through the gate, in order.
private func admitted(_ limit: Int, _ steps: [Step]) -> [UInt64] {
  var places = PollGate.Places(limit: limit)
  return steps.flatMap { step -> [UInt64] in
    switch step {
    case .came(let id, let isSuspect): return places.came(id, isSuspect: isSuspect) ? [id] : []
    case .left(let isSuspect): return places.left(isSuspect: isSuspect)
    case .gaveUp(let id):
      _ = places.gaveUp(id)
      return []
    }
  }
}

@Test func `a gate admits as many as it has places, then in the order in which they came`() {
  let arrivals = (1...4).map { Step.came($0, isSuspect: false) }
  #expect(admitted(2, arrivals) == [1, 2])
  #expect(admitted(2, arrivals + [.left(isSuspect: false)]) == [1, 2, 3])
  #expect(admitted(2, arrivals + [Step](repeating: .left(isSuspect: false), count: 4)) == [1, 2, 3, 4])
}

@Test func `targets that do not answer take half of the places at most`() {
  let steps = (1...10).map { Step.came($0, isSuspect: true) } + (11...13).map { Step.came($0, isSuspect: false) }
  #expect(admitted(4, steps) == [1, 2, 11, 12])
  #expect(admitted(4, steps + [.left(isSuspect: true), .left(isSuspect: false)]) == [1, 2, 11, 12, 3, 13])
}

@Test func `who gives up waiting leaves its place in the queue to the next`() {
  let arrivals = (1...3).map { Step.came($0, isSuspect: false) }
  #expect(admitted(1, arrivals + [.gaveUp(2), .gaveUp(2), .left(isSuspect: false)]) == [1, 3])
}

@Test func `polls at once never exceed the limit, and all of them run`() async {
  let gate = PollGate(limit: 3)
  let counts = Locked((now: 0, most: 0, done: 0))
  await withTaskGroup { group in
    for index in 0..<60 {
      group.addTask {
        guard (try? await gate.enter(isSuspect: index % 2 == 0)) != nil else { return }
        counts.withLock {
          $0.now += 1
          $0.most = max($0.most, $0.now)
        }
        await Task.yield()
        counts.withLock {
          $0.now -= 1
          $0.done += 1
        }
        gate.leave(isSuspect: index % 2 == 0)
      }
    }
  }
  #expect(counts.withLock { $0.done } == 60)
  #expect((1...3).contains(counts.withLock { $0.most }))
}

@Test func `a cancelled poll that waits throws, and takes no place`() async throws {
  let gate = PollGate(limit: 1)
  try await gate.enter(isSuspect: false)
  let waiting = Task { try await gate.enter(isSuspect: false) }
  waiting.cancel()
  await #expect(throws: CancellationError.self) { try await waiting.value }
  gate.leave(isSuspect: false)
  try await gate.enter(isSuspect: false)
}
