/// How much longer keys would stay in caches with more memory, in multiples of the time that they stay now.
///
/// A key that nobody reads loses its place at about one age, A; with more memory that age would be A (1 + s). The stretch s follows
/// from what is evicted and not read again, the ghosts: those that would still be there are what the added memory would hold, so s
/// is where they fill it. A ghost that is read again leaves them, since both caches then hold it.
struct GhostDepth: Sendable {
  /// How many times today's memory is asked about.
  static let factors = [1.25, 1.4, 1.5, 2.0]

  private(set) var survival = GhostSurvival()
  /// The stretch for each factor, and what it would be with less or more room than reckoned; infinite where all ghosts would find
  /// room.
  private var stretches = [Estimate](repeating: Estimate(), count: factors.count)
  /// Whether the stretch is known: keys were watched for long enough.
  private(set) var isKnown = [Bool](repeating: false, count: factors.count)
  /// When the first eviction was seen, in units of 10 ms; 0 before it.
  private var began: UInt32 = 0
  /// Keys that were read after they were stored are older than unread ones; few of them are among the youngest.
  private var ages = RecentTimes(percent: 15, window: 512, least: 32, every: 16)
  /// The age at which unread keys lose their place, in units of 10 ms; nil while too few did.
  var age: UInt32? { ages.value.map { max(1, $0) } }
  /// How long keys stay that nobody reads, or that nobody's reading keeps, in units of 10 ms.
  var stay: Double { survival.choice == .random ? survival.turnover : Double(age ?? 0) }
  /// Evictions of sampled keys of late, as many as the sampling rate stands for, and the time in which they fell.
  private var evictions = 0.0
  private var evictionsSince: UInt32 = 0

  /// How much less and more room there may be than reckoned: sizes vary, and so does what else takes memory.
  private static let doubt = [0.75, 1, 1.3]

  /// Something that was reckoned with as much room as there seems to be, with less and with more.
  struct Estimate: Sendable {
    var low = 0.0
    var middle = 0.0
    var high = 0.0
  }

  /// Takes an eviction; `age` is the time since its key was stored, nil when that is not known or is not to be learned from;
  /// `weight` is how many evictions it stands for.
  mutating func evicted(age: UInt32?, weight: Double, at now: UInt32) {
    if began == 0 { (began, evictionsSince) = (now, now) }
    evictions += weight
    if let age { ages.add(age) }
  }

  /// Nothing is known any more, but how the server chooses.
  mutating func begin() {
    let choice = survival.choice
    self = Self()
    survival.choice = choice
  }

  /// Moves what was seen back in time.
  mutating func shift(by ticks: UInt32) {
    began.shift(by: ticks)
    evictionsSince.shift(by: ticks)
  }

  /// Says how the server chooses.
  mutating func choose(_ choice: EvictionChoice) { survival.choice = choice }

  /// For how long an evicted key had not been read: at most what it lived, and about what unread keys live.
  func idle(_ lived: UInt32?) -> Double {
    guard let age else { return Double(max(1, lived ?? 1)) }
    return Double(max(1, min(lived ?? age, age)))
  }

  /// Whether a cache with more memory would still hold a key, in 0…1; `gone` is the time since its eviction.
  func isHeld(_ factor: Int, gone: UInt32, lived: UInt32?) -> Estimate {
    let multiple = Double(gone) / idle(lived)
    func part(_ stretch: Double) -> Double {
      survival.part(gone: multiple, time: Double(gone), stretch: stretch)
    }
    let stretch = stretches[factor]
    return Estimate(low: part(stretch.low), middle: part(stretch.middle), high: part(stretch.high))
  }

  /// Finds the stretches anew.
  ///
  /// - Parameters:
  ///   - present: how many keys the server holds.
  ///   - rooms: for each factor, how many keys more the memory would hold, of the part that ghosts stand for.
  ///   - ghosts: for each factor, what it would hold.
  mutating func solve(present: Double, rooms: [Double], ghosts: [Ghosts], at now: UInt32) {
    guard began > 0, let age, evictions > 0 else { return }
    turnOver(present, at: now)
    let watched = Double(now &- began) / max(Double(age), survival.turnover / 2)
    for factor in Self.factors.indices {
      let found = Self.doubt.map { ghosts[factor].stretch(filling: rooms[factor] * $0, survival) }
      // As long as ghosts are few since nobody watched for long, they seem to fit.
      let needed = min(found[1], 6 * (Self.factors[factor] - 1))
      let known = watched >= 1.2 * needed + 0.2
      let isSmooth = known && isKnown[factor]
      stretches[factor].low = Self.smooth(isSmooth, stretches[factor].low, found[0])
      stretches[factor].middle = Self.smooth(isSmooth, stretches[factor].middle, found[1])
      stretches[factor].high = Self.smooth(isSmooth, stretches[factor].high, found[2])
      isKnown[factor] = known
    }
  }

  private static func smooth(_ isSmooth: Bool, _ old: Double, _ new: Double) -> Double {
    isSmooth && old.isFinite && new.isFinite ? old * 0.7 + new * 0.3 : new
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
