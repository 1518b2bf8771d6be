/// How fast a walk goes. A value without a clock.
///
/// What a batch takes is measured from its first byte out to its last byte in, which is more than the server works on it,
/// so that the share is kept whatever the network does.
struct CensusPace: Sendable {
  /// The most of all time, in 0…1.
  let share: Double
  /// Keys to ask for at once: as many as keep the server busy for about a millisecond, which is what other clients may wait
  /// for.
  private(set) var batch = 32
  /// What an answer takes that costs the server nothing, in seconds.
  private var floor = Double.infinity

  init(share: Double) {
    self.share = share
  }

  /// Notes what a question took that is no work.
  mutating func noteFloor(_ seconds: Double) { floor = min(floor, seconds) }

  /// How long to wait after a batch that took so long, in seconds.
  mutating func pause(after seconds: Double) -> Double {
    let work = seconds - (floor.isFinite ? floor : 0)
    if work < 0.0005, batch < 1024 { batch *= 2 } else if work > 0.0015, batch > 8 { batch /= 2 }
    return rest(after: seconds)
  }

  /// How long to wait after whatever took so long, in seconds.
  func rest(after seconds: Double) -> Double { seconds / share - seconds }
}
