import CacheModel

/// One part of the demo's cache, and what is asked of it.
///
/// Times to live are scaled down from the hours and minutes that applications use, so that keys expire while one
/// watches.
struct DemoNamespace: Sendable {
  var pattern: String
  var target: HitRateTarget
  var missCost: MissCost
  var isEssential = false
  var part: DemoPart

  var definition: NamespaceDefinition {
    NamespaceDefinition(
      name: part.name, keys: [pattern], ttl: Double(part.ttl), target: target, missCost: missCost,
      counters: .hash(key: part.counterKey, hits: "hits", misses: "misses"), isCritical: isEssential)
  }
}

extension DemoNamespace {
  /// A restaurant's menus, permissions, profiles, answers of a language model, parsed documents, and searches that
  /// are too various to be cached well.
  static let all: [DemoNamespace] = [
    DemoNamespace(
      pattern: "menu:{tenant}:*", target: HitRateTarget(hitRate: 0.85, critical: 0.5),
      missCost: MissCost(seconds: 0.04),
      part: DemoPart(
        name: "menu", ttl: 60, share: 300, keyCount: 480, skew: 0.9, valueBytes: 600, warmed: 480, invalidations: 2,
        key: { "menu:t\($0 % 8 + 1):item:\($0 / 8 + 1)" })),
    DemoNamespace(
      pattern: "perm:user:*:roles", target: HitRateTarget(hitRate: 0.8, critical: 0.4),
      missCost: MissCost(seconds: 0.012), isEssential: true,
      part: DemoPart(
        name: "permissions", ttl: 15, share: 250, keyCount: 400, skew: 0.8, valueBytes: 120, warmed: 400,
        invalidations: 3, key: { "perm:user:\($0 + 1):roles" })),
    DemoNamespace(
      pattern: "user:profile:*", target: HitRateTarget(hitRate: 0.7, critical: 0.3),
      missCost: MissCost(seconds: 0.02),
      part: DemoPart(
        name: "profiles", ttl: 45, share: 150, keyCount: 600, skew: 0.9, valueBytes: 400, warmed: 600,
        key: { "user:profile:\($0 + 1)" })),
    DemoNamespace(
      pattern: "ai:response:*", target: HitRateTarget(hitRate: 0.6, critical: 0.3),
      missCost: MissCost(seconds: 2.5, amount: 0.004),
      part: DemoPart(
        name: "ai_responses", ttl: 90, share: 100, keyCount: 300, skew: 1.1, valueBytes: 6000, warmed: 150,
        key: { "ai:response:\(fingerprint($0, 1))" })),
    DemoNamespace(
      pattern: "document:parse:*", target: HitRateTarget(hitRate: 0.5, critical: 0.2),
      missCost: MissCost(seconds: 1.8),
      part: DemoPart(
        name: "documents", ttl: 120, share: 80, keyCount: 250, skew: 1, valueBytes: 12_000, warmed: 150,
        key: { "document:parse:\(fingerprint($0, 2))" })),
    DemoNamespace(
      pattern: "search:*", target: HitRateTarget(hitRate: 0.6, critical: 0.1), missCost: MissCost(seconds: 0.25),
      part: DemoPart(
        name: "search", ttl: 20, share: 120, keyCount: 20_000, skew: 0.75, valueBytes: 3000, warmed: 500,
        key: { "search:\(fingerprint($0, 3))" })),
  ]

  /// A list that is sorted now and then, which is slow: it belongs to the last namespace, `search`.
  static let slowKey = "search:popular"
}
