import CacheModel

/// Misses that a flush of their database may have caused, by group of keys and cause: those since the last poll, and those before,
/// since that poll's answer may have left the server before the flush and come after the misses. Those before are left out where they
/// may be many, which they are of keys that nobody had heard of.
private struct Doubtful: Sendable {
  let database: Int
  let doubt: FlushDoubt
  var now: [Double]
  var before: [Double]

  /// A poll has come.
  mutating func age() {
    if doubt == .stored { before = now }
    for place in now.indices { now[place] = 0 }
  }
}

/// Causes of the sampled misses of one namespace, and how the exact total is spread over them.
struct CauseTally: Sendable {
  /// All of them.
  private var weights = CauseWeights()
  /// Those of late: what is old counts less.
  private var recent = CauseWeights()
  /// Those of them that a flush may have caused of which nobody knows yet.
  private var doubtful: [Doubtful] = []
  /// What was told so far; sums to the total that was told.
  private var told = [Int64](repeating: 0, count: CauseWeights.causes)

  /// Adds a sampled miss of a key. `doubt` says that a flush of the database may have been the cause instead, which shows later.
  mutating func add(
    _ cause: MissCause, hash: UInt64, rate: Double, database: Int = 0, doubt: FlushDoubt? = nil
  ) {
    let place = CauseWeights.place(of: cause, hash: hash)
    weights.add(at: place, rate: rate)
    recent.add(at: place, rate: rate)
    guard let doubt else { return }
    doubtful[position(of: doubt, database)].now[place] += 1 / rate
  }

  /// Lets what is old count less in what is told of late.
  mutating func fade(_ factor: Double) { recent.fade(factor) }

  private mutating func position(of doubt: FlushDoubt, _ database: Int) -> Int {
    if let found = doubtful.firstIndex(where: { $0.database == database && $0.doubt == doubt }) { return found }
    let none = [Double](repeating: 0, count: CauseWeights.groups * CauseWeights.causes)
    doubtful.append(Doubtful(database: database, doubt: doubt, now: none, before: none))
    return doubtful.count - 1
  }

  /// Flushes there were: what they may have caused they did cause. `unseen` is the cause of misses of keys that nobody had heard of
  /// before; nil where it stays.
  mutating func blame(_ flushes: Flushes, unseen: MissCause?) {
    for some in doubtful {
      let isSure = flushes.isAll || flushes.emptied.contains(some.database)
      guard isSure || flushes.perhaps.contains(some.database),
        let cause = some.doubt == .unseen ? unseen : isSure ? .invalidated : .unknown
      else { continue }
      for place in some.now.indices {
        let weight = some.now[place] + some.before[place]
        guard weight > 0 else { continue }
        weights.move(weight, from: place, to: cause)
        recent.move(weight, from: place, to: cause)
      }
    }
    let rest = doubtful.filter { some in
      !flushes.isAll && !flushes.emptied.contains(some.database) && !flushes.perhaps.contains(some.database)
    }
    doubtful = rest
  }

  /// A poll tells of no flush but those blamed.
  mutating func acquitFlush() {
    doubtful.removeAll { some in !some.now.contains { $0 > 0 } }
    for index in doubtful.indices { doubtful[index].age() }
  }

  /// `total` by cause. Each number only grows from call to call, and all sum to `total`, which must not fall.
  ///
  /// - Parameter bridged: how many of `total` were not observed and so have no cause.
  mutating func split(total: Int64, bridged: Int64) -> [Int64] {
    let all = weights.sums
    let weight = all.reduce(0, +)
    var goals = [Double](repeating: 0, count: CauseWeights.causes)
    let observed = Double(total - bridged)
    for cause in all.indices where weight > 0 { goals[cause] = observed * all[cause] / weight }
    goals[MissCause.unknown.position] += Double(bridged) + (weight > 0 ? 0 : observed)
    let rest = total - told.reduce(0, +)
    guard rest > 0 else { return told }
    spread(rest, over: goals.indices.map { max(0, goals[$0] - Double(told[$0])) })
    return told
  }

  /// Adds `rest` to what was told, in proportion to what each cause lacks; roundings go to those that lack most.
  private mutating func spread(_ rest: Int64, over lacking: [Double]) {
    let want = lacking.reduce(0, +)
    guard want > 0 else {
      told[MissCause.unknown.position] += rest
      return
    }
    for (cause, part) in apportioned(rest, over: lacking).enumerated() { told[cause] += part }
  }

  /// The shares of the causes with their 95 % intervals, `observed` being the exact number of misses; nil while nothing
  /// was sampled.
  func shares(of observed: Int64) -> [CauseShare]? { weights.shares(of: Double(observed)) }

  /// The same of late; `observed` fades as they do.
  func recentShares(of observed: Double) -> [CauseShare]? { recent.shares(of: observed) }
}
