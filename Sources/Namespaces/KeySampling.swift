/// Which of a namespace's keys are remembered: those whose hash is at most a threshold.
struct KeySampling: Sendable {
  /// Keys count when their hash is at most this.
  private(set) var threshold = UInt64.max
  /// Keys are remembered when their hash is at most this: more than count while ``threshold`` is about to rise.
  private(set) var followed = UInt64.max
  /// How often the threshold fell.
  private(set) var halvings = 0
  /// How many keys are remembered.
  var count = 0

  /// The share of keys that counts, in (0, 1].
  var rate: Double { Double(sign: .plus, exponent: -halvings, significand: 1) }

  /// Whether more keys are remembered than count.
  var isWidening: Bool { followed > threshold }

  /// Begins to remember twice as many keys as count.
  mutating func widen() {
    guard halvings > 0, !isWidening else { return }
    followed = threshold << 1 | 1
  }

  /// All that are remembered count.
  mutating func settle() {
    guard isWidening else { return }
    threshold = followed
    halvings -= 1
  }

  /// Half as many are remembered as now. Those that do not count yet go first.
  mutating func narrow() {
    if !isWidening {
      threshold >>= 1
      halvings += 1
    }
    followed = threshold
  }
}
