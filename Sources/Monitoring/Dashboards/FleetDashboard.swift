extension Dashboard {
  /// All caches side by side.
  static let fleet = Dashboard(
    name: "fleet", title: "Caches: fleet",
    description: "Every cache that cachegauge watches: is it up, does it work, what is wrong.",
    variables: [.job, .instance, .target],
    rows: [
      Row(title: "At a glance", panels: [up, status, hitRate, memory, warnings]),
      Row(title: "Work", panels: [hitRateOverTime, lookups, latency]),
      Row(title: "Memory and connections", panels: [used, evictions, clients]),
    ])

  private static let up = Panel(
    .stat, "Up", .none, width: 6, height: 6, "Whether the last poll of each cache succeeded.",
    [.init(Chosen.target("cache_up"), Chosen.targetLegend)]
  ).with { $0.mappings = [("0", "down", "red"), ("1", "up", "green")] }

  private static let status = Panel(
    .stat, "Status", .none, width: 6, height: 6,
    "The verdict on each cache: healthy, degraded, unhealthy, or unknown where there is no evidence.",
    [.init(Chosen.target("cache_health_status") + " == 1", "{{instance}} {{target}}: {{status}}")]
  ).with { $0.showsNames = true }

  private static let hitRate = Panel(
    .stat, "Hit rate, last 5 minutes", .ratio, width: 6, height: 6, "Hits over lookups of all keys.",
    [
      .init(
        Chosen.ratio(
          [], "increase(\(Chosen.target("cache_hits_total"))[5m])",
          "increase(\(Chosen.target("cache_misses_total"))[5m])"), Chosen.targetLegend)
    ]
  ).onUnitScale

  private static let memory = Panel(
    .stat, "Memory used", .ratio, width: 6, height: 6,
    "Memory in use over maxmemory, for caches that have a limit. Full is normal where keys are evicted and most lookups hit.",
    [
      .init(
        "\(Chosen.target("cache_memory_used_bytes")) / (\(Chosen.target("cache_memory_max_bytes")) > 0)",
        Chosen.targetLegend)
    ]
  ).onUnitScale.with { $0.steps = [("green", nil), ("orange", 0.9), ("red", 0.97)] }

  private static let warnings = Panel(
    .table, "Warnings", .none, width: 24, height: 7,
    "What is wrong now; docs/warnings.md says what each code means and what to do.",
    [.init(Chosen.target("cache_warning_active") + " == 1", "")]
  ).with { $0.columns = ["severity", "code", "namespace", "target", "instance", "job"] }

  private static let hitRateOverTime = Panel(
    .timeSeries, "Hit rate", .ratio, width: 8, "Hits over lookups, by cache.",
    [
      .init(
        Chosen.ratio(
          [], Chosen.rate(Chosen.target("cache_hits_total")), Chosen.rate(Chosen.target("cache_misses_total"))),
        Chosen.targetLegend)
    ]
  ).onUnitScale

  private static let lookups = Panel(
    .timeSeries, "Lookups per second", .perSecond, width: 8, "Hits and misses together, by cache.",
    [
      .init(
        "\(Chosen.rate(Chosen.target("cache_hits_total"))) + \(Chosen.rate(Chosen.target("cache_misses_total")))",
        Chosen.targetLegend)
    ]
  ).with { $0.minimum = 0 }

  private static let latency = Panel(
    .timeSeries, "Time per command", .seconds, width: 8,
    "What the server spends on a command, on average over all commands; without the network.",
    [
      .init(
        "\(Chosen.sum(Chosen.rate(Chosen.target("redis_commands_duration_seconds_total")))) "
          + "/ \(Chosen.sum(Chosen.rate(Chosen.target("redis_commands_total"))))", Chosen.targetLegend)
    ]
  ).with { $0.minimum = 0 }

  private static let used = Panel(
    .timeSeries, "Memory", .bytes, width: 8, "Bytes in use by each cache, and its limit where it has one.",
    [
      .init(Chosen.target("cache_memory_used_bytes"), Chosen.targetLegend),
      .init(Chosen.target("cache_memory_max_bytes") + " > 0", "\(Chosen.targetLegend) limit"),
    ]
  ).with { $0.minimum = 0 }

  private static let evictions = Panel(
    .timeSeries, "Evictions per second", .perSecond, width: 8,
    "Keys that lost their place to others. Harmless while most lookups hit.",
    [.init(Chosen.rate(Chosen.target("cache_evictions_total")), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }

  private static let clients = Panel(
    .timeSeries, "Clients", .count, width: 8, "Open connections, cachegauge's own among them.",
    [.init(Chosen.target("cache_connected_clients"), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }
}
