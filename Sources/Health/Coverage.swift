internal import CacheModel

/// Which stretches of time one source has samples for: since when, and with which gaps.
struct Coverage: Sendable {
  /// Gaps that are remembered; the two closest are joined beyond that.
  static let maximumGaps = 64
  /// Seconds after which a gap no longer matters to any window.
  static let memory = 2.0 * 86_400

  /// When samples begin; nil before the first.
  private(set) var start: UnixTime?
  /// The newest sample.
  private(set) var last: UnixTime?
  private(set) var gaps: [Range<UnixTime>] = []

  /// Begins at `time`, without a gap up to `now`.
  mutating func begin(at time: UnixTime, now: UnixTime) {
    start = time
    last = now
  }

  /// Takes a sample at `now`; true when a gap of more than `tolerance` seconds lies before it.
  mutating func observe(at now: UnixTime, tolerance: Double) -> Bool {
    defer { last = max(last ?? now, now) }
    guard let last, now.seconds(since: last) > tolerance else { return false }
    gaps.removeAll { now.seconds(since: $0.upperBound) > Self.memory }
    gaps.append(last..<now)
    if gaps.count > Self.maximumGaps { joinClosest() }
    return true
  }

  /// `time`, moved forward to the first sample when it lies before all samples or inside a gap.
  func clip(_ time: UnixTime) -> UnixTime {
    guard let start, start <= time else { return start ?? time }
    for gap in gaps where gap.lowerBound < time && time < gap.upperBound { return gap.upperBound }
    return time
  }

  /// Seconds of (`from`, `to`] that samples cover.
  func seconds(from: UnixTime, to: UnixTime) -> Double {
    guard let start, let last else { return 0 }
    let (begin, end) = (max(from, start), min(to, last))
    guard begin < end else { return 0 }
    let missing = gaps.reduce(0.0) { sum, gap in
      sum + max(0, min(end, gap.upperBound).seconds(since: max(begin, gap.lowerBound)))
    }
    return max(0, end.seconds(since: begin) - missing)
  }

  private mutating func joinClosest() {
    let distances = zip(gaps, gaps.dropFirst()).map { $1.lowerBound.seconds(since: $0.upperBound) }
    guard let least = distances.min(), let index = distances.firstIndex(of: least) else { return }
    gaps[index] = gaps[index].lowerBound..<gaps[index + 1].upperBound
    gaps.remove(at: index + 1)
  }
}
