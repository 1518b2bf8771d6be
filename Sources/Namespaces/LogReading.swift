import CacheModel

/// What is known of a Memcached server's log itself: how much it told, how much it dropped, and whether it is still alive.
struct LogReading: Sendable {
  var order = LogOrder()
  private(set) var report = LogReport()
  /// Whether the connection is of no use any more, although nothing has ended it.
  private(set) var isStale = false

  /// What the server had counted when this watch began.
  private var first = LogTotals()
  /// What earlier watches brought.
  private var earlier = LogReport()
  /// Lines that the server skipped for want of a reader.
  private var skipped: Int64 = 0
  /// As of the last poll.
  private var before = LogReport()
  /// The server's lookups when it last was seen that lines come, and since when none do.
  private var heard: Int64 = 0
  private var silentSince: Int64?

  /// So many lookups in so many milliseconds without a line are no silence.
  private static let silentLookups: Int64 = 100
  private static let silentMilliseconds: Int64 = 10_000

  /// A watch begins.
  mutating func began(_ totals: LogTotals) {
    earlier = report
    before = report
    first = totals
    skipped = 0
    heard = totals.lookups
    silentSince = nil
    isStale = false
  }

  /// A line was taken.
  mutating func took() { report.lines += 1 }

  /// The server left out so many lines.
  mutating func skip(_ lines: Int64) {
    skipped = saturatingSum(skipped, lines)
    report.dropped = saturatingSum(report.dropped, lines)
  }

  /// A deletion was taken out of the hits.
  mutating func corrected(_ deletions: Double) {
    report.corrected = saturatingSum(report.corrected, Int64(saturating: deletions.rounded()))
  }

  /// Takes the server's own counts; answers whether so many lines are missing since the last call that what they told of can't be
  /// left out of account: one in a hundred.
  mutating func polled(_ totals: LogTotals, isSame: Bool, at now: Int64) -> Bool {
    guard isSame else {
      isStale = true
      return false
    }
    let lost = saturatingSum(skipped, totals.dropped.saturatingDifference(first.dropped))
    report.dropped = saturatingSum(earlier.dropped, lost)
    report.others = saturatingSum(earlier.others, totals.others.saturatingDifference(first.others))
    let (lines, dropped) = (report.lines - before.lines, report.dropped - before.dropped)
    before = report
    if lines > 0 || order.isWaiting || totals.lookups < heard {
      heard = totals.lookups
      silentSince = nil
    } else if totals.lookups.saturatingDifference(heard) >= Self.silentLookups {
      let since = silentSince ?? now
      silentSince = since
      isStale = now - since >= Self.silentMilliseconds
    }
    return dropped > lines / 100
  }
}

/// Hits of one namespace. A deletion looks its key up, which a log does not tell from a reader's lookup: it is taken back when the
/// key turns out to have been deleted.
struct LogHits: Sendable {
  private var found: Int64 = 0
  private var deletions = 0.0
  private var told: Int64 = 0

  /// A key was found.
  mutating func add() { found += 1 }

  /// So many of these were deletions.
  mutating func takeBack(_ deletions: Double) { self.deletions += deletions }

  /// What readers found as far as is known; never less than before.
  mutating func tell() -> Int64 {
    told = max(told, found.saturatingDifference(Int64(saturating: deletions.rounded())))
    return told
  }
}
