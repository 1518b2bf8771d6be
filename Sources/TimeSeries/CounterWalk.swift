/// Follows a counter through resets: `value + adjustment` never falls.
struct CounterWalk {
  var value: Int64
  var adjustment: Int64
  /// The identity changed since the last present value.
  var pending: Bool
  var isBorn: Bool

  init(value: Int64, adjustment: Int64, pending: Bool, isBorn: Bool) {
    self.value = value
    self.adjustment = adjustment
    self.pending = pending
    self.isBorn = isBorn
  }

  mutating func markEpoch() { pending = isBorn }

  /// Takes the next present value; a fall, or the first value after an identity change, counts from 0.
  @inline(__always)
  mutating func take(_ next: Int64) {
    if isBorn && (pending || next < value) { adjustment &+= value &- min(next, 0) }
    value = next
    pending = false
    isBorn = true
  }
}
