import RESP
import Testing

@testable import CacheClients

@Test func `the pause doubles up to its maximum, and a success ends it`() {
  var backoff = Backoff(base: 0.1, maximum: 2)
  var pauses: [Double] = []
  for _ in 0..<8 {
    backoff.failed(at: 0, random: 1)
    pauses.append([0.1, 0.2, 0.4, 0.8, 1.6, 2].last { !backoff.allowsTry(at: $0 - 0.001) } ?? 0)
  }
  #expect(pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2])
  backoff.succeeded()
  #expect(backoff.allowsTry(at: 0))
}

@Test func `jitter takes up to half of the pause away`() {
  for random in [0, 0.3, 1] {
    var backoff = Backoff(base: 1, maximum: 1)
    backoff.failed(at: 10, random: random)
    #expect(!backoff.allowsTry(at: 10.499 + random / 2))
    #expect(backoff.allowsTry(at: 10.501 + random / 2))
  }
}

@Test func `a pause grows from the first to the longest, and begins anew`() {
  var pause = Pause(first: 0.03, longest: 5)
  #expect(pause.next(random: 1) == 0.03)
  #expect(pause.next(random: 0) == 0.03)
  for _ in 0..<20 { _ = pause.next(random: 0.5) }
  #expect(pause.next(random: 1) == 5)
  pause.reset()
  #expect(pause.next(random: 1) == 0.03)
  #expect(Pause.doubled(0.5, .max, atMost: 60) == 60)
}

@Test func `replies complete a pipeline in order`() {
  var state = PipelineState<RESPValue>()
  state.sent(2)
  #expect(state.received(.integer(1)) == .wait)
  #expect(state.isBusy)
  #expect(state.received(.null) == .complete([.integer(1), .null]))
  #expect(!state.isBusy)
  #expect(state.received(.integer(3)) == .unsolicited(.integer(3)))
}
