import CacheModel

/// One part of the demo's cache: what its keys look like, who reads them how, and what is asked of it.
///
/// Times to live are scaled down from the hours and minutes that applications use, so that keys expire while one
/// watches.
struct DemoNamespace: Sendable {
  var name: String
  var pattern: String
  /// Seconds.
  var ttl: Int
  var target: HitRateTarget
  var missCost: MissCost
  var isEssential = false
  /// Lookups in each 1,000 of the demo's.
  var share: Int
  /// How many distinct keys are read.
  var keyCount: Int
  /// Zipf's exponent: 0 reads all keys alike, 1 reads a few most of the time.
  var skew: Double
  /// Bytes of a value.
  var valueBytes: Int
  /// Keys that are written before the first lookup, most popular first.
  var warmed: Int = 0
  /// Keys deleted each second since what they hold has changed.
  var invalidations = 0
  /// The key with this number, 0 the most popular.
  var key: @Sendable (Int) -> String

  /// The hash of this namespace's own counters.
  var counterKey: String { "stats:\(name)" }

  var definition: NamespaceDefinition {
    NamespaceDefinition(
      name: name, keys: [pattern], ttl: Double(ttl), target: target, missCost: missCost,
      counters: .hash(key: counterKey, hits: "hits", misses: "misses"), isCritical: isEssential)
  }
}

extension DemoNamespace {
  /// A restaurant's menus, permissions, profiles, answers of a language model, parsed documents, and searches that
  /// are too various to be cached well.
  static let all: [DemoNamespace] = [
    DemoNamespace(
      name: "menu", pattern: "menu:{tenant}:*", ttl: 60, target: HitRateTarget(hitRate: 0.85, critical: 0.5),
      missCost: MissCost(seconds: 0.04), share: 300, keyCount: 480, skew: 0.9, valueBytes: 600, warmed: 480,
      invalidations: 2, key: { "menu:t\($0 % 8 + 1):item:\($0 / 8 + 1)" }),
    DemoNamespace(
      name: "permissions", pattern: "perm:user:*:roles", ttl: 15,
      target: HitRateTarget(hitRate: 0.8, critical: 0.4),
      missCost: MissCost(seconds: 0.012), isEssential: true, share: 250, keyCount: 400, skew: 0.8, valueBytes: 120,
      warmed: 400, invalidations: 3, key: { "perm:user:\($0 + 1):roles" }),
    DemoNamespace(
      name: "profiles", pattern: "user:profile:*", ttl: 45, target: HitRateTarget(hitRate: 0.7, critical: 0.3),
      missCost: MissCost(seconds: 0.02), share: 150, keyCount: 600, skew: 0.9, valueBytes: 400, warmed: 600,
      key: { "user:profile:\($0 + 1)" }),
    DemoNamespace(
      name: "ai_responses", pattern: "ai:response:*", ttl: 90, target: HitRateTarget(hitRate: 0.6, critical: 0.3),
      missCost: MissCost(seconds: 2.5, amount: 0.004), share: 100, keyCount: 300, skew: 1.1, valueBytes: 6000,
      warmed: 150, key: { "ai:response:\(fingerprint($0, 1))" }),
    DemoNamespace(
      name: "documents", pattern: "document:parse:*", ttl: 120, target: HitRateTarget(hitRate: 0.5, critical: 0.2),
      missCost: MissCost(seconds: 1.8), share: 80, keyCount: 250, skew: 1, valueBytes: 12_000, warmed: 150,
      key: { "document:parse:\(fingerprint($0, 2))" }),
    DemoNamespace(
      name: "search", pattern: "search:*", ttl: 20, target: HitRateTarget(hitRate: 0.6, critical: 0.1),
      missCost: MissCost(seconds: 0.25), share: 120, keyCount: 20_000, skew: 0.75, valueBytes: 3000, warmed: 500,
      key: { "search:\(fingerprint($0, 3))" }),
  ]

  /// A list that is sorted now and then, which is slow: it belongs to the last namespace, `search`.
  static let slowKey = "search:popular"
}

/// Twelve hexadecimal digits that look like a hash of what is asked.
private func fingerprint(_ number: Int, _ salt: UInt64) -> String {
  var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9 ^ salt << 56)
  let digits = String(random.next() >> 16, radix: 16)
  return String(repeating: "0", count: 12 - digits.count) + digits
}
