public import CacheModel

/// The causes of misses that an application counts itself: their number is the application's, their causes are those of the
/// notifications.
///
/// What the count grew by has the causes of the misses that were heard lately and not yet counted, the newest first; what was not
/// heard is `unknown`. Misses that were heard wait for a minute to be counted, and at least until the next poll, since applications
/// may count late; those that are never counted are of keys that were looked up in other ways, and are left out. So causes sum to the
/// count, each falls only when the count begins anew, and what is heard too much or too little changes no total.
public struct CountedCauses: Sendable {
  /// For how many milliseconds a miss that was heard waits to be counted.
  public static let patience: Int64 = 60_000

  /// Misses that were heard within a second, less those that are counted.
  private struct Waiting: Sendable {
    var time: Int64
    var causes: [Int64]
  }

  private static let none = [Int64](repeating: 0, count: MissCause.allCases.count)

  /// By cause; sums to the application's count. Nil before the first.
  private var told: [Int64]?
  /// As the notifications told them last, since watching began.
  private var heard: [Int64]?
  private var waiting: [Waiting] = []
  /// When they told last.
  private var last: Int64?
  /// How many misses were counted since the first reading, and to how many of them notifications gave the cause.
  private var counted: Int64 = 0
  private var explained: Int64 = 0

  /// One that goes on from what was `told` by cause, in the order of `MissCause.allCases`; nil where nothing was. Then the first count
  /// is `unknown`, since it was made before.
  public init(told: [Int64]? = nil) {
    self.told = told
  }

  /// What is `observed`, with the application's count of misses in the place of the number that was heard; unchanged where there is no
  /// count. Call it once for each poll.
  public mutating func follow(_ observed: ObservedMisses, counted total: Int64?, at now: UnixTime) -> ObservedMisses
  {
    hear(observed.causes, at: now.milliseconds)
    guard let total else { return observed }
    count(total)
    var followed = observed
    followed.heard = observed.causes
    followed.total = total
    followed.causes = told ?? Self.none
    followed.explained = counted > 0 ? Double(explained) / Double(counted) : 1
    return followed
  }

  private mutating func hear(_ causes: [Int64], at now: Int64) {
    // By then a whole poll and a minute have passed.
    let oldest = min(now - Self.patience, last ?? now)
    waiting.removeAll { $0.time < oldest }
    defer { (heard, last) = (causes, now) }
    guard let heard else { return }
    let new = zip(causes, heard).map { max(0, $0 - $1) }
    guard new.contains(where: { $0 > 0 }) else { return }
    guard let newest = waiting.indices.last, waiting[newest].time / 1000 == now / 1000 else {
      waiting.append(Waiting(time: now, causes: new))
      return
    }
    waiting[newest] = Waiting(time: now, causes: zip(waiting[newest].causes, new).map { $0 + $1 })
  }

  private mutating func count(_ total: Int64) {
    let before = told ?? Self.none
    // A count that fell begins anew.
    var now = before.reduce(0, +) <= total ? before : Self.none
    var rest = total - now.reduce(0, +)
    if told != nil {
      counted = saturatingSum(counted, rest)
      for index in waiting.indices.reversed() where rest > 0 {
        let part = min(rest, waiting[index].causes.reduce(0, +))
        guard part > 0 else { continue }
        let parts = apportioned(part, over: waiting[index].causes.map(Double.init))
        for cause in parts.indices {
          now[cause] += parts[cause]
          waiting[index].causes[cause] -= parts[cause]
        }
        rest -= part
        explained = saturatingSum(explained, part)
      }
      waiting.removeAll { !$0.causes.contains { $0 > 0 } }
    }
    now[MissCause.unknown.position] += rest
    told = now
  }
}
