/// When to try a server again that failed: exponential, with jitter, so that many exporters do not return at once.
///
/// A value without a clock: times are parameters, in seconds of any steady clock.
struct Backoff: Sendable {
  /// The first pause, in seconds.
  let base: Double
  /// The longest pause, in seconds. Small: a server that comes back is to be seen within three seconds.
  let maximum: Double
  private(set) var failures = 0
  private var notBefore = -Double.infinity

  init(base: Double = 0.1, maximum: Double = 2) {
    self.base = base
    self.maximum = maximum
  }

  /// Whether a try is due at `now`.
  func allowsTry(at now: Double) -> Bool { now >= notBefore }

  /// Notes a failure at `now`; `random` in 0…1 places the next try in the upper half of the pause.
  mutating func failed(at now: Double, random: Double) {
    let pause = min(maximum, base * Double(sign: .plus, exponent: min(failures, 30), significand: 1))
    failures += 1
    notBefore = now + pause * (0.5 + 0.5 * random)
  }

  /// Notes a success: the next failure starts over.
  mutating func succeeded() {
    failures = 0
    notBefore = -.infinity
  }
}
