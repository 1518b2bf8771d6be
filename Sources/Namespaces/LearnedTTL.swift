/// The time to live of a namespace's keys, learned from how long after its last miss a key expired.
///
/// A missed key is stored at once, so it expires its time to live after its miss, or later: when nobody asks for it,
/// the server takes up to many seconds to notice. So a very low percentile of those times is close to the time to live. Keys that
/// were stored again without a miss only lengthen it.
///
/// Events that were heard late, since this process was held up, make those times longer or shorter by as much. They count only where
/// hardly any event is heard in time, and then a percentile from the midst of them.
struct LearnedTTL: Sendable {
  private var times = RecentTimes(percent: 2, window: 512, least: 8, every: 16)
  private var lateTimes = RecentTimes(percent: 25, window: 512, least: 512, every: 16)
  private var lives = RecentTimes(percent: 95, window: 128, least: 16, every: 16)
  /// In units of 10 ms; nil while too few keys expired.
  var value: UInt32? { times.value ?? lateTimes.value }
  /// What it is at least, since keys lived as long until they were evicted; nil while too few did.
  var least: UInt32? { lives.value }

  /// Takes the time between a key's last miss and its expiry, in units of 10 ms; `isLate` says that one of them was heard late.
  mutating func add(_ time: UInt32, isLate: Bool = false) {
    if isLate { lateTimes.add(time) } else { times.add(time) }
  }

  /// Takes the time between a key's last miss and its eviction, in units of 10 ms.
  mutating func add(lived time: UInt32) { lives.add(time) }
}
