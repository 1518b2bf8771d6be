import CacheModel

/// Misses of one namespace by the tenant that its pattern captures: those of the tenants with the most, and all others' together.
///
/// A tenant that is told has its misses counted exactly from then on, so that they only grow; what part of the misses is its of late
/// is known within a bound. At most ``places`` are told, and stay so until another has twice as many.
struct TenantTally: Sendable {
  /// How many tenants are told.
  static let places = 20
  /// Longer names, in bytes, are counted with the others.
  private static let longest = 64
  /// Fewer misses of late are no reason to tell a tenant.
  private static let least = 10.0

  private struct Told: Sendable {
    var name: String
    var hash: UInt64
    var misses: Int64 = 0
  }

  private var hitters = HeavyHitters()
  private var told: [Told] = []
  /// Positions in ``told`` by hash.
  private var positions: [UInt64: Int] = [:]
  private var others: Int64 = 0

  /// Counts a miss; `range` is where the tenant is in the key, nil where it has none. Costs about 0.1 µs for tenants that miss much,
  /// 0.3 µs for others.
  mutating func add(_ key: Span<UInt8>, tenant range: Range<Int>?) {
    guard let range, range.count <= Self.longest else { return others += 1 }
    let tenant = key.extracting(range)
    let hash = KeyHash.hash(tenant, database: 0)
    hitters.add(tenant, hash: hash)
    if let position = positions[hash] { told[position].misses += 1 } else { others += 1 }
  }

  /// Lets what is old count less, and chooses anew who is told.
  mutating func choose(fading factor: Double) {
    hitters.fade(factor)
    var news = hitters.entries.filter { positions[$0.hash] == nil && $0.count - $0.excess >= Self.least }
    news.sort { $0.count - $0.excess > $1.count - $1.excess }
    for entry in news {
      let name = String(shown: entry.name)
      guard !name.isEmpty, name != TenantMisses.others, !told.contains(where: { $0.name == name }) else { continue }
      guard place(Told(name: name, hash: entry.hash), count: entry.count - entry.excess) else { return }
    }
  }

  /// Those that are told, the most misses of late first; nil where there were no tenants.
  var report: TenantReport? {
    guard hitters.total > 0 else { return nil }
    let known = Dictionary(hitters.entries.map { ($0.hash, $0) }) { first, _ in first }
    let total = hitters.total
    let tenants = told.map { told in
      let entry = known[told.hash]
      let count = entry.map { $0.count / total } ?? 0
      // One that is no longer kept has at most what the least of those kept has.
      let excess = entry.map { $0.excess / total } ?? (hitters.entries.map(\.count).min() ?? 0) / total
      return TenantMisses(
        name: told.name, misses: told.misses,
        share: entry == nil ? 0...excess : max(0, count - excess)...min(1, count))
    }
    return TenantReport(
      tenants: tenants.sorted { ($1.share.upperBound, $0.name) < ($0.share.upperBound, $1.name) }, others: others)
  }

  /// Gives it a free place, or that of the one with the fewest of late if it has twice as many; false when there is neither.
  private mutating func place(_ new: Told, count: Double) -> Bool {
    var position = told.count
    if told.count < Self.places {
      told.append(new)
    } else {
      let counts = Dictionary(hitters.entries.map { ($0.hash, $0.count) }) { first, _ in first }
      let weakest = told.indices.min { (counts[told[$0].hash] ?? 0) < (counts[told[$1].hash] ?? 0) }
      guard let weakest, count > 2 * (counts[told[weakest].hash] ?? 0) else { return false }
      positions[told[weakest].hash] = nil
      told[weakest] = new
      position = weakest
    }
    positions[new.hash] = position
    return true
  }
}
