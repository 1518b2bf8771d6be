import CacheModel

/// When bursts of MONITOR are made, how long they are, and when not. A value without a clock.
struct SampleSchedule: Sendable {
  /// The most of all time that MONITOR may be on, in 0…1.
  let share: Double
  /// How long a burst is asked to be, in seconds.
  static let length = 0.010
  /// The mean pause from begin to begin, in seconds, where ``share`` allows it.
  private static let period = 0.5
  /// The same after a burst that was full before its time: on a server so busy, half as many tell enough and cost half.
  private static let fullPeriod = 1.0
  /// How much of a monitor's buffer a burst may fill, in bytes: the server's own memory.
  private static let bufferBytes = 2.0 * 1024 * 1024

  /// How long to wait after a burst that kept MONITOR on for `seconds` and was full or not; `random` in 0…1 spreads bursts over time, so that
  /// no rhythm of the application is sampled always at the same beat. Never so short that the share is exceeded.
  func pause(after seconds: Double, isFull: Bool = false, random: Double) -> Double {
    let period = isFull ? Self.fullPeriod : Self.period
    return max(seconds / share - seconds, (period - seconds) * (0.5 + random))
  }

  /// Why no burst is to be made now; nil when one is.
  ///
  /// - Parameter input: bytes a second that the server reads from its clients; nil when unknown.
  func obstacle(_ snapshot: TargetSnapshot, input: Double?) -> SampleSkip? {
    let facts = snapshot.facts
    guard snapshot.isUp else { return .failed }
    guard snapshot.observation?.isHolding == true else { return .noEvents }
    // What MONITOR would write in a burst: each command's text, which is about what comes in.
    let output = (input ?? 0) * Self.length * 2
    guard output < Self.bufferBytes else { return .busy }
    // A full server evicts for it, as it does for whatever else comes: one key in a hundred at most, for the moment.
    if let limit = facts.maximumMemory, limit > 0, let used = facts.usedMemory, Double(limit - used) < output,
      output > Double(limit) / 100
    {
      return .memory
    }
    return nil
  }
}
