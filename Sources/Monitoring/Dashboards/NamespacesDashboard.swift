extension Dashboard {
  /// Each part of a cache against its own target.
  static let namespaces = Dashboard(
    name: "namespaces", title: "Caches: namespaces",
    description: "How well each part of a cache works, why lookups miss, and what hits are worth.",
    variables: [.job, .instance, .target, .namespace],
    rows: [
      Row(title: "Against the target", panels: [lastHour, distance, status, overTime, interval]),
      Row(title: "Lookups and misses", panels: [lookups, causes]),
      Row(title: "What it is worth", panels: [saved, lost, amount]),
    ])

  private static let labels = ["namespace"]

  private static func ratio(_ wrap: (String) -> String) -> String {
    Chosen.ratio(
      labels, wrap(Chosen.namespace("cache_namespace_hits_total")),
      wrap(Chosen.namespace("cache_namespace_misses_total")))
  }

  private static let hourly = ratio { "increase(\($0)[1h])" }

  private static let lastHour = Panel(
    .barGauge, "Hit rate, last hour", .ratio, width: 8, height: 9,
    "Hits over lookups of the last hour, by namespace.",
    [.init(hourly, Chosen.namespaceLegend)]
  ).onUnitScale

  private static let distance = Panel(
    .barGauge, "Distance from the target", .ratio, width: 8, height: 9,
    "Hit rate of the last hour less what is declared good enough; below 0 the target is missed.",
    [
      .init(
        "\(hourly) - on (job, instance, target, namespace) \(Chosen.namespace("cache_namespace_target_ratio"))",
        Chosen.namespaceLegend)
    ]
  ).with { $0.steps = [("red", nil), ("green", 0)] }

  private static let status = Panel(
    .stat, "Status", .none, width: 8, height: 9,
    "The verdict on each namespace; unknown where there are too few lookups for one.",
    [.init(Chosen.namespace("cache_namespace_health_status") + " == 1", "{{target}} {{namespace}}: {{status}}")]
  ).with { $0.showsNames = true }

  private static let overTime = Panel(
    .timeSeries, "Hit rate", .ratio, width: 12, "Hits over lookups, and the target that each namespace is held to.",
    [
      .init(ratio(Chosen.rate), Chosen.namespaceLegend),
      .init(Chosen.namespace("cache_namespace_target_ratio"), "\(Chosen.namespaceLegend) target"),
    ]
  ).onUnitScale

  private static let interval = Panel(
    .timeSeries, "Interval of the hit rate over 5 minutes", .ratio, width: 12,
    "The 95 % interval. A target counts as missed only where all of an interval lies below it.",
    [
      .init(
        Chosen.namespace("cache_namespace_hit_ratio_lower", "window=\"5m\""), "\(Chosen.namespaceLegend) lower"),
      .init(
        Chosen.namespace("cache_namespace_hit_ratio_upper", "window=\"5m\""), "\(Chosen.namespaceLegend) upper"),
    ]
  ).onUnitScale

  private static let lookups = Panel(
    .timeSeries, "Lookups per second", .perSecond, width: 12, "Hits and misses together.",
    [
      .init(
        Chosen.sum(labels, Chosen.rate(Chosen.namespace("cache_namespace_hits_total"))) + " + "
          + Chosen.sum(labels, Chosen.rate(Chosen.namespace("cache_namespace_misses_total"))),
        Chosen.namespaceLegend)
    ]
  ).with { $0.minimum = 0 }

  private static let causes = Panel(
    .timeSeries, "Misses per second, by cause", .perSecond, width: 12,
    "Why lookups miss: cold, expired, evicted, invalidated; unknown where the source does not tell.",
    [
      .init(
        Chosen.sum(labels + ["cause"], Chosen.rate(Chosen.namespace("cache_namespace_misses_total"))),
        "\(Chosen.namespaceLegend) {{cause}}")
    ]
  ).with { $0.minimum = 0 }

  private static let saved = Panel(
    .timeSeries, "Seconds saved per second", .seconds, width: 8,
    "Hits times the declared cost of a miss: work or waiting that the cache spared.",
    [.init(Chosen.rate(Chosen.namespace("cache_saved_seconds_total")), Chosen.namespaceLegend)]
  ).with { $0.minimum = 0 }

  private static let lost = Panel(
    .timeSeries, "Seconds lost to misses per second", .seconds, width: 8,
    "Misses times their declared cost: what a better hit rate could still save.",
    [
      .init(
        Chosen.sum(labels, Chosen.rate(Chosen.namespace("cache_namespace_misses_total")))
          + " * on (job, instance, target, namespace) \(Chosen.namespace("cache_miss_cost_seconds"))",
        Chosen.namespaceLegend)
    ]
  ).with { $0.minimum = 0 }

  private static let amount = Panel(
    .stat, "Money saved, last 24 hours", .count, width: 8,
    "Hits times the declared amount of a miss, in the currency of the declaration.",
    [.init("increase(\(Chosen.namespace("cache_saved_amount_total"))[24h])", Chosen.namespaceLegend)])
}
