public import CacheModel

/// Holds each sample of idle times against what the server counted since the one before. A value without a connection or a clock.
public struct LessMemoryLedger: Sendable {
  private struct Counts: Sendable {
    var hits: Int64
    var misses: Int64
    var evictions: Int64
    var expirations: Int64
    var process: String?
    var time: UnixTime
  }

  private var before: Counts?
  private var taken: UnixTime?
  /// What is known now.
  public private(set) var report = IdleReport(obstacle: .firstWalk)

  /// Nothing is known yet.
  public init() {}

  /// What the server counted begins anew.
  public mutating func beginAnew() { before = nil }

  /// Takes a poll, and the last sample; `hits` and `misses` are without own lookups.
  public mutating func polled(
    _ facts: ServerFacts, hits: Int64?, misses: Int64?, _ times: IdleTimes?, at now: UnixTime
  ) {
    if let obstacle = facts.idleObstacle {
      before = nil
      return report = IdleReport(obstacle: obstacle)
    }
    guard let hits, let misses else { return }
    let counts = Counts(
      hits: hits, misses: misses, evictions: facts.evictedKeys ?? 0, expirations: facts.expiredKeys ?? 0,
      process: facts.runID, time: now)
    guard let times, let ended = times.ended, ended != taken else {
      if before == nil || before?.process != counts.process { before = counts }
      return
    }
    taken = ended
    report = Self.report(times, facts, before, counts)
    before = counts
  }

  private static func report(
    _ times: IdleTimes, _ facts: ServerFacts, _ before: Counts?, _ now: Counts
  ) -> IdleReport {
    var report = IdleReport(sampledKeys: times.sampled)
    let (all, known) = (times.all, times.known)
    if let obstacle = times.obstacle {
      report.obstacle = obstacle
    } else if times.sampled < LessMemoryEstimate.leastKeys || times.askedAgain < LessMemoryEstimate.leastKeys {
      report.obstacle = .fewKeys
    } else if known.bytes < 0.9 * all.bytes || known.keys < 0.9 * all.keys {
      report.obstacle = .largeValues
    }
    guard report.obstacle == nil else { return report }
    guard let before, before.process == now.process, let flow = flow(before, now), let used = facts.usedMemory
    else {
      report.obstacle = .fewLookups
      return report
    }
    guard flow.evictions == 0 || facts.evictsIdlest else {
      report.obstacle = .otherPolicy
      return report
    }
    let estimate = LessMemoryEstimate(
      times: times, flow: flow, used: Double(used), mortals: Double(facts.keysWithTTL ?? 0))
    report.lessMemory = estimate.predictions
    report.hitRate = report.lessMemory.isEmpty ? nil : flow.hits / (flow.hits + flow.misses)
    if report.lessMemory.isEmpty { report.obstacle = .shortIdleTimes }
    return report
  }

  /// Nil without enough lookups, and where the server's counts fell.
  private static func flow(_ before: Counts, _ now: Counts) -> CacheFlow? {
    let seconds = now.time.seconds(since: before.time)
    func rate(_ path: KeyPath<Counts, Int64>) -> Double? {
      let growth = now[keyPath: path].saturatingDifference(before[keyPath: path])
      return growth >= 0 ? Double(growth) / seconds : nil
    }
    guard seconds > 0, let hits = rate(\.hits), let misses = rate(\.misses), let evictions = rate(\.evictions),
      let expirations = rate(\.expirations), (hits + misses) * seconds >= 1000
    else { return nil }
    return CacheFlow(hits: hits, misses: misses, evictions: evictions, expirations: expirations)
  }
}

extension ServerFacts {
  /// Whether what it evicts is, of all its keys, what was not touched for longest.
  fileprivate var evictsIdlest: Bool {
    switch evictionPolicy {
    case "allkeys-lru": true
    case "volatile-lru": (keysWithTTL ?? 0) >= (keys ?? .max) / 100 * 99
    default: false
    }
  }
}
