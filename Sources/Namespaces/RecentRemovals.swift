import CacheModel

/// How many of the removals of late were evictions.
struct RecentRemovals: Sendable {
  /// A kind of removal: how many there were until the last ``fade(_:)``, and how many of late.
  private struct Count: Sendable {
    var all: Int64?
    var recent = 0.0

    /// Takes how many there were until now, of which those before the first call count only if it begins at nothing.
    mutating func fade(_ factor: Double, _ now: Int64) {
      let growth = all.map { now < $0 ? now : now - $0 } ?? 0
      recent = recent * factor + Double(growth)
      all = now
    }
  }

  private var evicted = Count(all: 0)
  private var expired = Count(all: 0)
  /// What a Memcached server freed since its time was over, of which its log does not tell.
  private var freed = Count()

  /// Lets what is old count less, and takes how many there were until now; what was freed as the server counts it.
  mutating func fade(_ factor: Double, evicted: Int64, expired: Int64, freed: Int64?) {
    self.evicted.fade(factor, evicted)
    self.expired.fade(factor, expired)
    if let freed { self.freed.fade(factor, freed) }
  }

  /// None were of late until now.
  mutating func forget(evicted: Int64, expired: Int64, freed: Int64?) {
    fade(0, evicted: evicted, expired: expired, freed: freed)
    (self.evicted.recent, self.expired.recent, self.freed.recent) = (0, 0, 0)
  }

  /// The part of them that were evictions, in 0…1; nil without any.
  var evictedPart: Double? {
    let all = evicted.recent + expired.recent + freed.recent
    return all > 0 ? evicted.recent / all : nil
  }
}
