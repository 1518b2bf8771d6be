/// When to try a server again that failed: exponential, with jitter.
///
/// A value without a clock: times are parameters, in seconds of any steady clock.
struct Backoff: Sendable {
  private var pause: Pause
  private var notBefore = -Double.infinity

  /// The longest pause is short: a server that comes back is to be seen within three seconds.
  init(base: Double = 0.1, maximum: Double = 2) {
    pause = Pause(first: base, longest: maximum)
  }

  /// Whether a try is due at `now`.
  func allowsTry(at now: Double) -> Bool { now >= notBefore }

  /// Notes a failure at `now`; `random` in 0…1 places the next try in the upper half of the pause.
  mutating func failed(at now: Double, random: Double) { notBefore = now + pause.next(random: random) }

  /// Notes a success: the next failure starts over.
  mutating func succeeded() {
    pause.reset()
    notBefore = -.infinity
  }
}
