import CacheModel
import Namespaces
import Testing

/// What a guard says of readings, in their order: hits, misses, and the second they come at.
private func beliefs(_ readings: (hits: Int64, misses: Int64, second: Int64)...) -> [Bool] {
  var counterGuard = CounterGuard()
  return readings.map {
    counterGuard.believes(hits: $0.hits, misses: $0.misses, at: UnixTime(milliseconds: $0.second * 1000))
  }
}

@Suite struct `The guard of an application's counters` {
  @Test func `refuses one wild value, and believes what follows it`() {
    #expect(
      beliefs((1000, 10, 0), (.max, 10, 1), (1000, .max - 5, 2), (1001, 11, 3)) == [true, false, false, true])
  }

  @Test func `believes a reset and the count after it`() {
    #expect(beliefs((.max, .max, 0), (0, 0, 1), (5, 7, 2)) == [true, true, true])
  }

  @Test func `believes a count that stays high once its rise is possible`() {
    let restored = 20 * CounterGuard.maximumRate
    #expect(beliefs((0, 0, 0), (restored, 0, 10), (restored, 0, 20)) == [true, false, true])
  }

  @Test func `refuses no ordinary count when the clock was set back`() {
    #expect(beliefs((5, 5, 1_000_000), (50_000, 6, 0)) == [true, true])
  }
}
