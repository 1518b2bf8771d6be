/// How much longer keys would stay in caches with more memory, in multiples of the time that they stay now.
///
/// A key that nobody reads loses its place at about one age, A; with more memory that age would be A (1 + s). The stretch s follows
/// from what is evicted and not read again, the ghosts: those that would still be there are what the added memory would hold, so s
/// is where they fill it. A ghost that is read again leaves them, since both caches then hold it.
struct GhostDepth: Sendable {
  /// How many times today's memory is asked about.
  static let factors = [1.25, 1.4, 1.5, 2.0]

  private(set) var survival = GhostSurvival()
  /// The stretch for each factor; infinite where all ghosts would find room.
  private(set) var stretches = [Double](repeating: 0, count: factors.count)
  /// Whether the stretch is known: keys were watched for long enough.
  private(set) var isKnown = [Bool](repeating: false, count: factors.count)
  /// When the first eviction was seen, in units of 10 ms; 0 before it.
  private var began: UInt32 = 0
  private var ages: [UInt32] = []
  private var nextAge = 0
  private var additions = 0
  /// The age at which unread keys lose their place, in units of 10 ms; nil while too few did.
  private(set) var age: UInt32?
  /// Evictions of sampled keys of late, as many as the sampling rate stands for, and the time in which they fell.
  private var evictions = 0.0
  private var evictionsSince: UInt32 = 0

  private static let window = 512
  private static let least = 32

  /// Takes an eviction; `age` is the time since its key was stored, nil when that is not known.
  mutating func evicted(age: UInt32?, weight: Double, at now: UInt32) {
    if began == 0 { (began, evictionsSince) = (now, now) }
    evictions += weight
    guard let age else { return }
    if ages.count < Self.window { ages.append(age) } else { ages[nextAge] = age }
    nextAge = (nextAge + 1) % Self.window
    additions += 1
    guard ages.count >= Self.least, additions.isMultiple(of: 16) else { return }
    // Keys that were read after they were stored are older than that; few of them are among the youngest.
    self.age = max(1, ages.sorted()[ages.count * 15 / 100])
  }

  /// Nothing is known any more, but how the server chooses.
  mutating func begin() {
    let choice = survival.choice
    self = Self()
    survival.choice = choice
  }

  /// Says how the server chooses.
  mutating func choose(_ choice: EvictionChoice) { survival.choice = choice }

  /// For how long an evicted key had not been read: at most what it lived, and about what unread keys live.
  func idle(_ lived: UInt32?) -> Double {
    guard let age else { return Double(max(1, lived ?? 1)) }
    return Double(max(1, min(lived ?? age, age)))
  }

  /// Whether a cache with more memory would still hold a key, in 0…1; `gone` is the time since its eviction.
  func isHeld(_ factor: Int, gone: UInt32, lived: UInt32?) -> Double {
    survival.part(gone: Double(gone) / idle(lived), time: Double(gone), stretch: stretches[factor])
  }

  /// Finds the stretches anew.
  ///
  /// - Parameters:
  ///   - present: how many keys the server holds.
  ///   - rooms: for each factor, how many keys more the memory would hold, times the sampling rate.
  ///   - ghosts: for each factor, what it would hold.
  mutating func solve(present: Double, rooms: [Double], ghosts: [Ghosts], at now: UInt32) {
    guard began > 0, let age, evictions > 0 else { return }
    turnOver(present, at: now)
    let watched = Double(now &- began) / max(Double(age), survival.turnover / 2)
    for factor in Self.factors.indices {
      let stretch = ghosts[factor].stretch(filling: rooms[factor], survival)
      // As long as ghosts are few since nobody watched for long, they seem to fit.
      let needed = min(stretch, 6 * (Self.factors[factor] - 1))
      let known = watched >= 1.2 * needed + 0.2
      let isSmooth = known && isKnown[factor] && stretch.isFinite && stretches[factor].isFinite
      stretches[factor] = isSmooth ? stretches[factor] * 0.7 + stretch * 0.3 : stretch
      isKnown[factor] = known
    }
  }

  /// Of about the last minute.
  private mutating func turnOver(_ present: Double, at now: UInt32) {
    let time = max(1, now &- evictionsSince)
    survival.turnover = max(1, present * Double(time) / evictions)
    guard time > 6000 else { return }
    evictions /= 2
    evictionsSince = now &- time / 2
  }
}
