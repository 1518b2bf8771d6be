internal import CacheModel

/// A source's hits and misses of the last five minutes, poll by poll, so that the windows which are read again most often
/// need not ask history.
///
/// Counts as history does: a counter that begins again counts from 0. Takes 24 bytes for each second or poll, whichever is
/// longer.
struct RecentCounts: Sendable {
  /// Seconds that are kept at least.
  static let span: Int64 = 300
  /// Milliseconds between two entries at least.
  private static let spacing: Int64 = 1000

  private struct Entry {
    var time: UnixTime
    /// Growth since the first entry.
    var hits: Int64
    var misses: Int64
  }

  /// Oldest first; those before `head` are gone.
  private var entries: [Entry] = []
  private var head = 0
  private var newest: Entry?
  /// What the counters said last.
  private var last: (hits: Int64, misses: Int64) = (0, 0)

  /// Takes one poll; a poll that is not later than the last begins anew.
  mutating func add(hits: Int64, misses: Int64, at now: UnixTime) {
    guard let before = newest, before.time < now else {
      self = RecentCounts()
      return begin(hits: hits, misses: misses, at: now)
    }
    let entry = Entry(
      time: now, hits: before.hits.saturatingSum(Self.growth(last.hits, hits)),
      misses: before.misses.saturatingSum(Self.growth(last.misses, misses)))
    last = (hits, misses)
    newest = entry
    guard let stored = entries.last, now.milliseconds - stored.time.milliseconds >= Self.spacing else { return }
    entries.append(entry)
    trim(before: now.milliseconds - Self.span * 1000)
  }

  /// Hits and misses over (`from`, `to`]; nil unless `from` lies within what is kept and `to` is not before the newest.
  func growth(from: UnixTime, to: UnixTime) -> (hits: Double, misses: Double)? {
    guard let newest, newest.time <= to, head < entries.count, entries[head].time <= from else { return nil }
    var (low, high) = (head, entries.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if entries[middle].time <= from { low = middle } else { high = middle }
    }
    return (Double(newest.hits - entries[low].hits), Double(newest.misses - entries[low].misses))
  }

  private mutating func begin(hits: Int64, misses: Int64, at now: UnixTime) {
    let entry = Entry(time: now, hits: 0, misses: 0)
    (entries, newest, last) = ([entry], entry, (hits, misses))
  }

  private static func growth(_ old: Int64, _ new: Int64) -> Int64 {
    max(0, new < old ? new : new.saturatingDifference(old))
  }

  /// Leaves one entry at or before `time`, so that a window may begin there.
  private mutating func trim(before time: Int64) {
    while head + 1 < entries.count, entries[head + 1].time.milliseconds <= time { head += 1 }
    guard head > 256 else { return }
    entries.removeFirst(head)
    head = 0
  }
}
