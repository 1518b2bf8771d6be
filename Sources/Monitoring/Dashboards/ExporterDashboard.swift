extension Dashboard {
  /// cachegauge itself: whether its figures can be trusted, and what it costs.
  static let exporter = Dashboard(
    name: "exporter", title: "Caches: cachegauge itself",
    description: "Whether cachegauge's figures are fresh and complete, and what it costs to have them.",
    variables: [.job, .instance, .target],
    rows: [
      Row(title: "Polls", panels: [duration, failures, age, connects]),
      Row(title: "Collectors", panels: [collectors, collectorTime, ownLookups, series]),
      Row(title: "Process", panels: [cpu, memory, history, requests]),
    ])

  private static let duration = Panel(
    .timeSeries, "Poll duration", .seconds, width: 6, "What a poll takes, connecting included.",
    [.init(Chosen.target("cache_poll_duration_seconds"), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }

  private static let failures = Panel(
    .timeSeries, "Failed polls per minute", .perMinute, width: 6, "By cause; a flat zero where none fails.",
    [
      .init(
        "60 * \(Chosen.rate(Chosen.target("cache_poll_failures_total"))) "
          + "or 0 * \(Chosen.rate(Chosen.target("cache_polls_total")))", "\(Chosen.targetLegend) {{cause}}")
    ]
  ).with { $0.minimum = 0 }

  private static let age = Panel(
    .timeSeries, "Age of the last sample", .seconds, width: 6,
    "When it was scraped; more than a few poll intervals mean that polls hang or fail.",
    [
      .init(
        "timestamp(\(Chosen.target("cache_last_success_timestamp_seconds"))) - "
          + Chosen.target("cache_last_success_timestamp_seconds"), Chosen.targetLegend)
    ])

  private static let connects = Panel(
    .timeSeries, "Connections opened per hour", .count, width: 6,
    "A kept connection is opened once; more mean that it breaks.",
    [.init("increase(\(Chosen.target("cache_connects_total"))[1h])", Chosen.targetLegend)]
  ).with { $0.minimum = 0 }

  private static let collectors = Panel(
    .stat, "Collectors", .none, width: 6,
    "Whether the last run of each succeeded; one that the server refuses a command is off.",
    [.init(Chosen.target("cachegauge_collector_success"), "{{target}} {{collector}}")]
  ).with { $0.mappings = [("0", "failed", "red"), ("1", "ok", "green")] }

  private static let collectorTime = Panel(
    .timeSeries, "Time of collectors", .seconds, width: 6, "What it takes to turn replies into series.",
    [.init(Chosen.target("cachegauge_collector_duration_seconds"), "{{target}} {{collector}}")]
  ).with { $0.minimum = 0 }

  private static let ownLookups = Panel(
    .timeSeries, "Own lookups per second", .perSecond, width: 6,
    "Lookups that cachegauge makes itself; cache_* families leave them out.",
    [.init(Chosen.rate(Chosen.target("cachegauge_own_lookups_total")), "{{target}} {{result}}")]
  ).with { $0.minimum = 0 }

  private static let series = Panel(
    .timeSeries, "Series", .count, width: 6, "Series that are served of each cache, and those that were left out.",
    [
      .init(Chosen.target("cachegauge_series"), "{{target}} served"),
      .init(Chosen.target("cachegauge_series_refused_total"), "{{target}} left out"),
    ]
  ).with { $0.minimum = 0 }

  private static let cpu = Panel(
    .timeSeries, "Processor", .ratio, width: 6, "Processor time of cachegauge; 1 is one core.",
    [.init(Chosen.rate(Chosen.exporter("process_cpu_seconds_total")), "{{instance}}")]
  ).with { $0.minimum = 0 }

  private static let memory = Panel(
    .timeSeries, "Memory", .bytes, width: 6, "Resident memory of cachegauge.",
    [.init(Chosen.exporter("process_resident_memory_bytes"), "{{instance}}")]
  ).with { $0.minimum = 0 }

  private static let history = Panel(
    .timeSeries, "History", .bytes, width: 6, "Bytes that history takes, and the most that it may.",
    [
      .init(Chosen.exporter("cachegauge_history_bytes"), "{{instance}} used"),
      .init(Chosen.exporter("cachegauge_history_budget_bytes"), "{{instance}} budget"),
    ]
  ).with { $0.minimum = 0 }

  private static let requests = Panel(
    .timeSeries, "HTTP requests per second", .perSecond, width: 6, "By route and class of status.",
    [
      .init(
        "sum by (instance, route, code) (\(Chosen.rate(Chosen.exporter("cachegauge_http_requests_total"))))",
        "{{instance}} {{route}} {{code}}")
    ]
  ).with { $0.minimum = 0 }
}
