public import CacheModel

/// Hits and misses that an application counts itself, with the causes of the misses: their number is the application's, their causes
/// are those of the notifications.
///
/// Both are what the application's counters grew by since they were first read, so that they begin together, at 0 or where history
/// ends: nothing that was counted before rises as a cause of its own, and a ratio over a restart is of the same lookups. Where
/// either count falls, the application began anew, or an older copy took the place of the server's data: what was counted since the
/// last reading is not known then, of neither, and is left out. So neither hits nor any cause ever falls.
///
/// What misses grew by has the causes of the misses that were heard lately and not yet counted, the newest first; what was not
/// heard is `unknown`. Misses that were heard wait for a minute to be counted, and at least until the next poll, since applications
/// may count late; those that are never counted are of keys that were looked up in other ways, and are left out. So causes sum to the
/// misses, and what is heard too much or too little changes no total.
public struct CountedCauses: Sendable {
  /// For how many milliseconds a miss that was heard waits to be counted.
  public static let patience: Int64 = 60_000

  /// Misses that were heard within a second, less those that are counted.
  private struct Waiting: Sendable {
    var time: Int64
    var causes: [Int64]
  }

  private var hits: Int64
  private var misses: Int64
  /// By cause; sums to ``misses``.
  private var causes: [Int64]
  /// What the application's counters said last; nil before the first reading.
  private var read: LookupCounts?
  /// As the notifications told them last, since watching began.
  private var heard: [Int64]?
  private var waiting: [Waiting] = []
  /// When they told last.
  private var last: Int64?
  /// How many misses were counted since the first reading, and to how many of them notifications gave the cause.
  private var counted: Int64 = 0
  private var explained: Int64 = 0

  /// One that goes on from `hits` and from misses by cause, in the order of `MissCause.allCases`; from 0 without these. None is negative.
  public init(hits: Int64 = 0, causes: [Int64]? = nil) {
    self.hits = hits
    self.causes = causes ?? MissCause.allCases.map { _ in 0 }
    misses = self.causes.reduce(0, saturatingSum)
  }

  /// Puts into `counts`, which has what the application's counters say (0 or more), what they grew by, and the causes of the misses
  /// by what is `observed`. Where they can't be read, neither hits nor misses are known, and what is observed stays as it is. Call it
  /// once for each poll, also for one that failed and left `counts` as they were.
  public mutating func follow(_ observed: ObservedMisses, into counts: inout NamespaceCounts, at now: UnixTime) {
    hear(observed.causes, at: now.milliseconds)
    counts.observed = observed
    guard let read = counts.counted ?? counts.told else { return (counts.hits, counts.misses) = (nil, nil) }
    count(read)
    counts.counted = read
    (counts.hits, counts.misses) = (hits, misses)
    counts.observed?.heard = observed.causes
    counts.observed?.total = misses
    counts.observed?.causes = causes
    counts.observed?.explained = counted > 0 ? Double(explained) / Double(counted) : 1
  }

  private mutating func hear(_ causes: [Int64], at now: Int64) {
    // By then a whole poll and a minute have passed.
    let oldest = min(now - Self.patience, last ?? now)
    waiting.removeAll { $0.time < oldest }
    defer { (heard, last) = (causes, now) }
    guard let heard else { return }
    let new = zip(causes, heard).map { max(0, $0.saturatingDifference($1)) }
    guard new.contains(where: { $0 > 0 }) else { return }
    guard let newest = waiting.indices.last, waiting[newest].time / 1000 == now / 1000 else {
      waiting.append(Waiting(time: now, causes: new))
      return
    }
    waiting[newest] = Waiting(time: now, causes: zip(waiting[newest].causes, new).map { $0.saturatingSum($1) })
  }

  private mutating func count(_ new: LookupCounts) {
    defer { read = new }
    guard let old = read, new.hits >= old.hits, new.misses >= old.misses else { return }
    hits = saturatingSum(hits, new.hits.saturatingDifference(old.hits))
    // The sum over all causes is a count as well.
    explain(min(new.misses.saturatingDifference(old.misses), .max - misses))
  }

  /// Gives so many more misses their causes.
  private mutating func explain(_ new: Int64) {
    var rest = new
    for index in waiting.indices.reversed() where rest > 0 {
      let part = min(rest, waiting[index].causes.saturatingSum)
      guard part > 0 else { continue }
      let parts = apportioned(part, over: waiting[index].causes.map(Double.init))
      for cause in parts.indices {
        causes[cause] += parts[cause]
        waiting[index].causes[cause] -= parts[cause]
      }
      rest -= part
      explained = saturatingSum(explained, part)
    }
    waiting.removeAll { !$0.causes.contains { $0 > 0 } }
    causes[MissCause.unknown.position] += rest
    misses += new
    counted = saturatingSum(counted, new)
  }
}

extension NamespaceCounts {
  /// Hits and misses where both are known.
  fileprivate var told: LookupCounts? {
    hits.flatMap { hits in misses.map { LookupCounts(hits: hits, misses: $0) } }
  }
}
