/// How long to wait until the next try of what keeps failing: twice as long each time, a part of it by chance, so that those who
/// failed together do not come back together.
///
/// A value without a clock and without chance of its own.
package struct Pause: Sendable {
  private let first: Double
  private let longest: Double
  private var times = 0

  /// Pauses that grow from `first` to `longest` seconds.
  package init(first: Double, longest: Double) {
    self.first = first
    self.longest = longest
  }

  /// The next one, in seconds; `random` in 0…1 places it in the upper half of what it has grown to.
  package mutating func next(random: Double) -> Double {
    defer { times = min(times + 1, 30) }
    return Self.doubled(first, times, atMost: longest) * (0.5 + 0.5 * random)
  }

  /// A try has succeeded: the next pause is a first one.
  package mutating func reset() { times = 0 }

  /// So many seconds, doubled so many times.
  package static func doubled(_ seconds: Double, _ times: Int, atMost longest: Double) -> Double {
    min(longest, seconds * Double(sign: .plus, exponent: min(times, 30), significand: 1))
  }
}
