extension Dashboard {
  /// What holds up all others.
  static let slowOperations = Dashboard(
    name: "slow-operations", title: "Caches: slow operations",
    description: "Operations that took longer than the server's slow-log threshold, by namespace and command.",
    variables: [.job, .instance, .target, .namespace],
    rows: [
      Row(title: "Slow log", panels: [perMinute, time, total, threshold, lost]),
      Row(title: "Latency of commands", panels: [percentiles, spikes]),
    ])

  private static let slow = ["namespace", "command"]

  private static let perMinute = Panel(
    .timeSeries, "Slow operations per minute", .perMinute, width: 12,
    "Entries of the slow log, by namespace and command.",
    [
      .init(
        "60 * \(Chosen.sum(slow, Chosen.rate(Chosen.target("cache_slow_operations_total", scope))))",
        "\(Chosen.namespaceLegend) {{command}}")
    ]
  ).with { $0.minimum = 0 }

  /// Slow operations of no namespace belong to `other`, which the variable does not offer.
  private static let scope = "namespace=~\"$namespace|other\""

  private static let time = Panel(
    .timeSeries, "Time in slow operations", .ratio, width: 12,
    "Share of the server's time; while one of them runs, every other client waits.",
    [
      .init(
        Chosen.sum(slow, Chosen.rate(Chosen.target("cache_slow_operations_seconds_total", scope))),
        "\(Chosen.namespaceLegend) {{command}}")
    ]
  ).with { $0.minimum = 0 }

  private static let total = Panel(
    .table, "Most of the last 24 hours", .count, width: 12,
    "Which commands of which namespaces were slow most often.",
    [.init("topk(20, \(growth))", "")]
  ).with { $0.columns = ["target", "namespace", "command", "Value"] }

  /// A series begins with what it counts, when its command is slow for the first time: all of it is new where its target was scraped a
  /// day ago already.
  private static let growth: String = {
    let series = Chosen.target("cache_slow_operations_total", scope)
    return "\(series) unless \(series) offset 24h and on (job, instance, target) \(Chosen.target("cache_up")) "
      + "offset 24h or increase(\(series)[24h])"
  }()

  private static let threshold = Panel(
    .stat, "Threshold", .seconds, width: 6, "An operation that takes longer enters the slow log.",
    [.init(Chosen.target("cache_slow_operation_threshold_seconds"), Chosen.targetLegend)])

  private static let lost = Panel(
    .stat, "Lost entries", .count, width: 6,
    "Slow operations that the server forgot before they were read; raise slowlog-max-len if there are many.",
    [.init(Chosen.target("cache_slow_operations_lost_total"), Chosen.targetLegend)])

  private static let percentiles = Panel(
    .timeSeries, "Latency by percentile", .microseconds, width: 12,
    "As the server measures it, since it started; the five slowest commands of each percentile.",
    [
      .init(
        "topk by (quantile) (5, \(Chosen.target("redis_latency_percentiles_usec")))",
        "{{target}} {{cmd}} p{{quantile}}")
    ]
  ).with { $0.minimum = 0 }

  private static let spikes = Panel(
    .timeSeries, "Slowest recent execution", .seconds, width: 12, "How long the newest entry of the slow log took.",
    [.init(Chosen.target("redis_last_slow_execution_duration_seconds"), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }
}
