/// The time to live of a namespace's keys, learned from how long after its last miss a key expired.
///
/// A missed key is stored at once, so it expires its time to live after its miss, or later: when nobody asks for it,
/// the server takes up to many seconds to notice. So a very low percentile of those times is close to the time to live. Keys that
/// were stored again without a miss only lengthen it.
///
/// Where times differ by more than the server may have been late, keys have different ones: then ``lives`` say more, and where they differ
/// much there is no such time to live.
///
/// Events that were heard late, since this process was held up, make those times longer or shorter by as much. They count only where
/// hardly any event is heard in time, and then a percentile from the midst of them.
struct LearnedTTL: Sendable {
  private var times = RecentTimes(percent: 2, window: 512, least: 8, every: 16)
  private var lateTimes = RecentTimes(percent: 25, window: 512, least: 512, every: 16)
  private var evicted = RecentTimes(percent: 95, window: 128, least: 16, every: 16)
  /// For how long keys lived until they expired, or until they were evicted; begins with the first that was.
  private(set) var lives = Lifetimes(window: 256, least: 32, every: 16)
  /// What it is at least, since keys lived as long until they were evicted; nil while too few did.
  var least: UInt32? { evicted.value }

  /// In units of 10 ms; nil while too few keys expired, and where it is not one. `pace` says how late expiries may be.
  func value(_ pace: ExpiryPace) -> UInt32? {
    guard let value = times.value, let quarter = times.quarter else { return lateTimes.value }
    guard quarter - value <= max(value / 2, pace.mean), !isOutlived(value, pace) else { return nil }
    // Times to live that are spread on purpose by a tenth or two have their midst above the least of them.
    return quarter - value <= value / 4 ? quarter : value
  }

  /// Whether keys live for different times, as far as is known, so that ``lives`` tell more than one time.
  func isSpread(_ pace: ExpiryPace) -> Bool {
    guard let value = times.value, let quarter = times.quarter else { return false }
    return quarter - value > pace.mean || isOutlived(value, pace)
  }

  /// Whether many keys outlive a time to live that is never over for them: few of those expire much later. A key may have been evicted
  /// when its time was over and the server had not noticed; so only those count that lived for longer than it may take to notice.
  private func isOutlived(_ value: UInt32, _ pace: ExpiryPace) -> Bool {
    let late = value &+ max(value / 2, 2 * pace.mean)
    let before = max(1, value) - 1
    let count = lives.count(longerThan: late)
    return count >= 8 && lives.countKnown(longerThan: late) <= count / 2
      && lives.part(of: before, until: late) > 0.25
  }

  /// Takes the time between a key's last miss and its expiry, in units of 10 ms; `isLate` says that one of them was heard late.
  mutating func add(_ time: UInt32, isLate: Bool = false) {
    guard !isLate else { return lateTimes.add(time) }
    times.add(time)
    if !lives.isEmpty { lives.add(time) }
  }

  /// Takes the time between a key's last miss and its eviction, in units of 10 ms.
  mutating func add(lived time: UInt32) {
    evicted.add(time)
    lives.add(time, isOpen: true)
  }
}
