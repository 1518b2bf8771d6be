internal import CacheModel
internal import Health

/// Memory, evictions and fragmentation of the targets in a scope, by their policy's thresholds.
struct MemoryRules: Sendable {
  let pace: Pace
  let scope: Scope
  let policy: HealthPolicy

  var rules: [Rule] { [nearLimit, full, unlimited, evictions, fragmentation] }

  private var used: String { scope.of("cache_memory_used_bytes") }
  private var most: String { scope.of("cache_memory_max_bytes") }
  private var maximum: String {
    Template.value("cache_memory_max_bytes", by: Template.targetLabels, "humanize1024") + "B"
  }

  private var nearLimit: Rule {
    .alert(
      "CacheMemoryNearLimit", .warning, in: scope, hold: 300, runbook: runbook(.memoryNearLimit),
      summary: "\(Template.place)memory is close to its limit",
      description:
        "{{ $value | humanizePercentage }} of maxmemory is in use, of \(maximum), and nothing has been evicted "
        + "for 15 minutes.",
      comment: [
        "A full cache that evicts does what it should; whether it evicts too much is for CacheEvictionsHigh to say."
      ],
      """
      \(used) / (\(most) > 0) > \(Figure.text(policy.memoryWarning))
        unless increase(\(scope.of("cache_evictions_total"))[\(pace.span(900))]) > 0
      """)
  }

  private var full: Rule {
    .alert(
      "CacheMemoryFull", .critical, in: scope, hold: 60, runbook: runbook(.memoryNearLimit),
      summary: "\(Template.place)memory is full and nothing may be evicted",
      description:
        "{{ $value | humanizePercentage }} of maxmemory is in use and the policy is noeviction: the server "
        + "refuses writes when it is full.",
      """
      \(used) / (\(most) > 0) > \(Figure.text(policy.memoryCritical))
        and on (job, instance, target) \(scope.of("redis_instance_info", "maxmemory_policy=\"noeviction\""))
      """)
  }

  private var unlimited: Rule {
    .alert(
      "CacheMemoryUnlimited", policy.unlimitedMemorySeverity, in: scope, hold: 900,
      runbook: runbook(.memoryUnlimited),
      summary: "\(Template.place)maxmemory is not set",
      description:
        "{{ $value | humanize1024 }}B are in use and no limit is set: the cache grows until the operating "
        + "system ends it.",
      "\(used) and \(most) == 0")
  }

  private var evictions: Rule {
    let span = "[\(pace.span(600))]"
    let rate = "rate(\(scope.of("cache_evictions_total"))\(span))"
    let hits = "rate(\(scope.of("cache_hits_total"))\(span))"
    let lookups = "(\(hits) + rate(\(scope.of("cache_misses_total"))\(span)))"
    let good = Figure.text(policy.goodHitRate)
    return .alert(
      "CacheEvictionsHigh", .warning, in: scope, hold: 600, runbook: runbook(.evictionsHigh),
      summary: "\(Template.place)many keys are evicted",
      description: "{{ $value | printf \"%.1f\" }} keys are evicted each second, of "
        + Template.value("cache_keys", by: Template.targetLabels, Template.whole)
        + " in all, and fewer than \(Figure.percent(policy.goodHitRate)) of lookups hit.",
      comment: ["Many against lookups, or enough to replace every key soon, while too few lookups hit."],
      """
      \(rate)
        and increase(\(scope.of("cache_evictions_total"))\(span)) >= \(Figure.text(policy.minimumEvictions))
        and (
          \(rate) > \(Figure.text(policy.evictionsPerLookup)) * \(lookups)
          or \(rate) * \(Figure.text(policy.evictionTurnover)) > \(scope.of("cache_keys"))
        )
        and \(hits) < \(good) * \(lookups)
      """)
  }

  private var fragmentation: Rule {
    .alert(
      "CacheFragmentationHigh", .warning, in: scope, hold: 900, runbook: runbook(.fragmentationHigh),
      summary: "\(Template.place)memory is fragmented",
      description: "Resident memory is {{ $value | printf \"%.2f\" }} times the memory in use: "
        + Template.value("redis_mem_fragmentation_bytes", by: Template.targetLabels, "humanize1024")
        + "B that no key uses.",
      "\(scope.of("redis_mem_fragmentation_ratio")) > \(Figure.text(policy.fragmentationRatio))"
        + "\n  and \(scope.of("redis_mem_fragmentation_bytes")) > \(Figure.text(policy.fragmentationBytes))")
  }
}
