/// Times of keys are 32 bits wide, in units of 10 ms from 1, with 0 for never: 497 days fit. A process may run for longer; so what is
/// remembered is moved back in time long before that, and times from then on are counted from later.
extension MissJudge {
  /// From when on times are to be moved back: half of those that fit, so that times to live end before the others are over.
  static let latest: UInt32 = 1 << 31

  /// Whatever is remembered happened so much earlier; what was before that happened when time began. Costs a nanosecond or two for
  /// each slot of the memory.
  mutating func shift(by ticks: UInt32) {
    memory.shift(by: ticks)
    depth.shift(by: ticks)
    flushes.shift(by: ticks)
    shiftOwn(by: ticks)
  }
}

extension UInt32 {
  /// Becomes a time so much earlier.
  mutating func shift(by ticks: UInt32) { self = self == 0 ? 0 : self > ticks ? self - ticks : 1 }
}
