import CacheModel

extension OwnFamily {
  /// What is counted for each declared namespace, and what was declared of it.
  static let namespaceFamilies: [OwnFamily] = [
    OwnFamily(
      "cache_namespace_info", .gauge, by: ["namespace", "source"], "Where a namespace's figures come from: 1.",
      .namespaces { counts, out in out.integer(1, counts.definition.name, counts.origin.rawValue) }),
    OwnFamily(
      "cache_namespace_hits_total", .counter, by: ["namespace"],
      "Lookups in the namespace that found their key, since its source's counting began.",
      .namespaces { counts, out in out.integer(counts.hits, counts.definition.name) }),
    OwnFamily(
      "cache_namespace_misses_total", .counter, by: ["namespace", "cause"],
      "Lookups in the namespace that did not find their key, by cause; unknown where the source does not tell.",
      .namespaces { counts, out in counts.writeMisses(to: &out) }),
    OwnFamily(
      "cache_namespace_causes_sample_ratio", .gauge, by: ["namespace"],
      "The share of the namespace's keys whose removals are remembered; causes of its misses are scaled from them.",
      .namespaces { counts, out in out.number(counts.observed?.sampleRate, counts.definition.name) }),
    OwnFamily(
      "cache_namespace_tenant_misses_total", .counter, by: ["namespace", "tenant"],
      "Misses of the tenants with the most, since each is told apart, and of all others together.",
      .namespaces { counts, out in
        guard let report = counts.observed?.tenants else { return }
        for tenant in report.tenants.sorted(by: { $0.name < $1.name }) {
          out.integer(tenant.misses, counts.definition.name, tenant.name)
        }
        out.integer(report.others, counts.definition.name, TenantMisses.others)
      }),
    OwnFamily(
      "cache_namespace_sampled_hit_ratio", .gauge, by: ["namespace", "window", "bound"],
      "The hit ratio by bursts of MONITOR: the estimate, and the bounds of its 95 % interval.",
      .namespaces { counts, out in
        for (seconds, sampled) in counts.sampled.sorted(by: { $0.key < $1.key }) {
          let (name, window) = (counts.definition.name, "\(seconds / 60)m")
          out.number(sampled.ratio, name, window, "estimate")
          out.number(sampled.interval.lowerBound, name, window, "low")
          out.number(sampled.interval.upperBound, name, window, "high")
        }
      }),
    OwnFamily(
      "cache_namespace_reported_hit_ratio", .gauge, by: ["namespace"],
      "The hit ratio that the application tells itself, of nobody knows how many lookups.",
      .namespaces { counts, out in out.number(counts.reportedRatio, counts.definition.name) }),
    OwnFamily(
      "cache_namespace_target_ratio", .gauge, by: ["namespace"], "The hit ratio that is declared good enough.",
      .namespaces { counts, out in out.number(counts.definition.target?.hitRate, counts.definition.name) }),
    OwnFamily(
      "cache_namespace_critical_ratio", .gauge, by: ["namespace"],
      "The hit ratio below which the namespace is declared unhealthy.",
      .namespaces { counts, out in out.number(counts.definition.target?.critical, counts.definition.name) }),
    OwnFamily(
      "cache_namespace_ttl_seconds", .gauge, by: ["namespace"],
      "The time to live that the application is declared to give its keys.",
      .namespaces { counts, out in out.number(counts.definition.ttl, counts.definition.name) }),
    OwnFamily(
      "cache_miss_cost_seconds", .gauge, by: ["namespace"], "What one miss is declared to cost.",
      .namespaces { counts, out in out.number(counts.definition.missCost?.seconds, counts.definition.name) }),
    OwnFamily(
      "cache_saved_seconds_total", .counter, by: ["namespace"],
      "Hits times the declared cost of a miss, since the source's counting began.",
      .namespaces { counts, out in out.number(counts.savedSeconds, counts.definition.name) }),
    OwnFamily(
      "cache_saved_amount_total", .counter, by: ["namespace"],
      "Hits times the declared amount that a miss costs, in the currency of the declaration.",
      .namespaces { counts, out in out.number(counts.savedAmount, counts.definition.name) }),
    OwnFamily(
      "cache_slow_operations_total", .counter, by: ["namespace", "command"],
      "Operations in the server's slow log, since cachegauge began to watch.",
      .slowOperations { totals in Double(totals.count) }),
    OwnFamily(
      "cache_slow_operations_seconds_total", .counter, by: ["namespace", "command"],
      "Time of the operations in the server's slow log, since cachegauge began to watch.",
      .slowOperations { totals in Double(totals.microseconds) / 1e6 }),
  ]
}

extension OwnFamily.Subject {
  /// One row's work for each namespace, in the configuration's order.
  fileprivate static func namespaces(
    _ body: @escaping @Sendable (NamespaceCounts, inout SeriesWriter) -> Void
  ) -> Self {
    .target { target, out in
      for counts in target.namespaces { body(counts, &out) }
    }
  }

  /// One figure for each namespace and command, sorted.
  fileprivate static func slowOperations(_ figure: @escaping @Sendable (SlowOperationTotals) -> Double) -> Self {
    .target { target, out in
      for (key, totals) in target.slowOperations.sortedTotals {
        out.number(figure(totals), key.namespace, key.command)
      }
    }
  }
}

extension NamespaceCounts {
  /// One series for each cause; without causes, one of them all. None where the application's own counts can't be read: hits have none
  /// then, either.
  func writeMisses(to out: inout SeriesWriter) {
    guard definition.counters == nil || misses != nil else { return }
    guard let observed else { return out.integer(misses, definition.name, MissCause.unknown.rawValue) }
    for cause in MissCause.allCases { out.integer(observed[cause], definition.name, cause.rawValue) }
  }

  /// Seconds that the hits so far saved; nil without a declared cost or a count.
  var savedSeconds: Double? {
    guard let hits, let cost = definition.missCost else { return nil }
    return Double(hits) * cost.seconds
  }

  /// Money that the hits so far saved; nil without a declared amount or a count.
  var savedAmount: Double? {
    guard let hits, let amount = definition.missCost?.amount else { return nil }
    return Double(hits) * amount
  }
}

extension SlowOperationReport {
  /// The totals by namespace, then command.
  var sortedTotals: [(key: SlowOperationKey, value: SlowOperationTotals)] {
    totals.sorted { $0.key < $1.key }
  }
}
