import Glibc

/// What one larger cache could hold beyond today's: sampled keys by the age of their eviction.
struct Ghosts: Sendable {
  private struct Bin {
    var living = 0.0
    var mortal = 0.0
    var dead = 0.0
    /// Sums of the ages in units of 10 ms.
    var time = 0.0
    var multiple = 0.0
    var count = 0.0
  }

  private var bins = [Bin](repeating: Bin(), count: 24 * 8)
  /// Keys of today's cache that have a time to live, and those of them that it did not notice to be over.
  private var mortalNow = 0.0
  private var deadNow = 0.0

  /// The server seeks expired keys until no more than 2 of 20 that it looks at are, which happens by chance at about this part.
  private static let deadPart = 0.14

  /// An eviction: how long ago in multiples of the key's idle time and in units of 10 ms, and how large the key is.
  struct Ghost {
    let multiple: Double
    let time: Double
    let weight: Double
    fileprivate let place: Int

    init(multiple: Double, time: Double, weight: Double) {
      self.multiple = multiple
      self.time = time
      self.weight = weight
      place = multiple > 1.0 / 256 ? min(24 * 8 - 1, Int((log2(multiple) + 8) * 8)) : 0
    }
  }

  /// Takes an evicted key, with a time to live or without, which may be over by now.
  mutating func add(_ ghost: Ghost, isMortal: Bool, isDead: Bool) {
    let (place, weight) = (ghost.place, ghost.weight)
    if isDead { bins[place].dead += weight } else { bins[place].living += weight }
    if isMortal, !isDead { bins[place].mortal += weight }
    bins[place].time += ghost.time
    bins[place].multiple += ghost.multiple
    bins[place].count += 1
  }

  /// Takes a key with a time to live that is in today's cache.
  mutating func add(presentWeight weight: Double, isDead: Bool) {
    mortalNow += weight
    if isDead { deadNow += weight }
  }

  /// The stretch at which the ghosts that are held take `room`; infinite when they never do.
  func stretch(filling room: Double, _ survival: GhostSurvival) -> Double {
    guard held(.infinity, survival) > room else { return .infinity }
    var (low, high) = (0.0, 1.0)
    while held(high, survival) < room, high < 1e6 { (low, high) = (high, high * 2) }
    for _ in 0..<20 {
      let middle = (low + high) / 2
      if held(middle, survival) < room { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private func held(_ stretch: Double, _ survival: GhostSurvival) -> Double {
    var (held, mortals, gone) = (0.0, mortalNow, 0.0)
    for bin in bins where bin.count > 0 {
      let part = survival.part(gone: bin.multiple / bin.count, time: bin.time / bin.count, stretch: stretch)
      held += part * bin.living
      mortals += part * bin.mortal
      gone += part * bin.dead
    }
    return held + min(gone, max(0, Self.deadPart / (1 - Self.deadPart) * (mortals - deadNow) - deadNow))
  }
}
