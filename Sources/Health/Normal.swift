internal import CacheModel

/// A namespace's own normal: its hit ratio in each five minutes of the hour before a time, the last five left out.
struct Normal: Sendable {
  /// Seconds of a slot.
  static let slotSeconds: Int64 = 300
  /// Slots that are kept: an hour, and the one that the last five minutes reach into.
  static let capacity = 13
  /// Slots below which there is no normal.
  static let minimumSlots = 6

  /// Five minutes of a source.
  struct Slot: Sendable {
    /// Number of the five minutes since the epoch.
    var number: Int64
    var hits: Double
    var lookups: Double
    var ratio: Double { hits / lookups }
  }

  /// What is normal: pooled ratio, its lookups, and the variance of the slots' ratios.
  struct Level: Sendable {
    var ratio: Double
    var lookups: Double
    var variance: Double
  }

  private(set) var slots: [Slot] = []
  /// The inflation of the variance between slots, as ``Dispersion`` has it; 1 until there are enough slots.
  private(set) var inflation = 1.0
  private var next: Int64?

  /// Reads the slots that ended since the last call, at first those of the past hour.
  mutating func refresh(
    at now: UnixTime, hits: String, misses: String, _ history: some History, _ coverage: Coverage, minimum: Double
  ) {
    let current = now.milliseconds / (Self.slotSeconds * 1000)
    let first = max(next ?? .min, current - Int64(Self.capacity))
    guard first < current else { return }
    next = current
    for number in first..<current {
      let from = UnixTime(seconds: number * Self.slotSeconds)
      let to = UnixTime(seconds: (number + 1) * Self.slotSeconds)
      guard coverage.seconds(from: from, to: to) >= 0.9 * Double(Self.slotSeconds),
        let hit = history.increase(of: hits, from: from, to: to),
        let missed = history.increase(of: misses, from: from, to: to), hit + missed >= max(1, minimum)
      else { continue }
      slots.append(Slot(number: number, hits: hit, lookups: hit + missed))
    }
    slots.removeAll { $0.number < current - Int64(Self.capacity) }
    estimateInflation()
  }

  /// The normal of the hour that ends five minutes before `now`; nil where it is not known well enough.
  func level(at now: UnixTime) -> Level? {
    let end = (now.milliseconds / 1000 - Self.slotSeconds) / Self.slotSeconds
    let used = slots.filter { $0.number < end }
    guard used.count >= Self.minimumSlots else { return nil }
    let lookups = used.reduce(0) { $0 + $1.lookups }
    let ratio = used.reduce(0) { $0 + $1.hits } / lookups
    let mean = used.reduce(0) { $0 + $1.ratio } / Double(used.count)
    let squares = used.reduce(0) { $0 + ($1.ratio - mean) * ($1.ratio - mean) }
    return Level(ratio: ratio, lookups: lookups, variance: squares / Double(used.count - 1))
  }

  private mutating func estimateInflation() {
    var dispersion = Dispersion()
    for slot in slots { dispersion.add(hits: slot.hits, misses: slot.lookups - slot.hits) }
    inflation = dispersion.inflation ?? 1
  }
}
