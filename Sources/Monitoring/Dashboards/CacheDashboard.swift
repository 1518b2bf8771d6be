extension Dashboard {
  /// One cache from all sides; choose it by the variable `target`.
  static let cache = Dashboard(
    name: "cache", title: "Caches: one cache",
    description: "A cache from all sides: lookups, commands, latency, memory, keys, clients, replication.",
    variables: [.job, .instance, .target],
    rows: [
      Row(title: "Lookups and commands", panels: [hitRate, lookups, commands, latency, share, failures]),
      Row(title: "Memory and keys", panels: [memory, fragmentation, growth, removed, keys, withoutTTL]),
      Row(title: "Clients and network", panels: [clients, churn, rejected, buffers, network]),
      Row(title: "Server", panels: [cpu, uptime, replication]),
    ])

  private static let hitRate = Panel(
    .timeSeries, "Hit rate by window", .ratio, width: 8,
    "Hits over lookups of all keys, over windows from a minute to a day, as cachegauge judges them.",
    [.init(Chosen.target("cache_hit_ratio"), "{{target}} {{window}}")]
  ).onUnitScale

  private static let lookups = Panel(
    .timeSeries, "Lookups per second", .perSecond, width: 8,
    "Lookups that found their key, and those that did not.",
    [
      .init(Chosen.rate(Chosen.target("cache_hits_total")), "{{target}} hits"),
      .init(Chosen.rate(Chosen.target("cache_misses_total")), "{{target}} misses"),
    ]
  ).with { $0.minimum = 0 }

  private static let commands = Panel(
    .timeSeries, "Commands per second", .perSecond, width: 8, "The ten commands that run most.",
    [
      .init(
        "topk(10, \(Chosen.sum(["cmd"], Chosen.rate(Chosen.target("redis_commands_total")))))", "{{target}} {{cmd}}"
      )
    ]
  ).with { $0.minimum = 0 }

  private static let latency = Panel(
    .timeSeries, "Latency, 99th percentile", .microseconds, width: 8,
    "The slowest hundredth of each command since the server started, as it says itself; the ten slowest commands.",
    [
      .init("topk(10, \(Chosen.target("redis_latency_percentiles_usec", "quantile=\"99\"")))", "{{target}} {{cmd}}")
    ]
  ).with { $0.minimum = 0 }

  private static let share = Panel(
    .timeSeries, "Time in commands", .ratio, width: 8,
    "Share of the server's time that each command takes; the server runs one at a time.",
    [
      .init(
        "topk(10, \(Chosen.sum(["cmd"], Chosen.rate(Chosen.target("redis_commands_duration_seconds_total")))))",
        "{{target}} {{cmd}}")
    ]
  ).with { $0.minimum = 0 }

  private static let failures = Panel(
    .timeSeries, "Failed commands per second", .perSecond, width: 8, "Commands that ended with an error.",
    [.init(Chosen.sum(Chosen.rate(Chosen.target("redis_commands_failed_calls_total"))), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }

  private static let memory = Panel(
    .timeSeries, "Memory", .bytes, width: 8, "In use, resident, and the limit where there is one.",
    [
      .init(Chosen.target("cache_memory_used_bytes"), "{{target}} used"),
      .init(Chosen.target("redis_memory_used_rss_bytes"), "{{target}} resident"),
      .init(Chosen.target("cache_memory_max_bytes") + " > 0", "{{target}} limit"),
    ]
  ).with { $0.minimum = 0 }

  private static let fragmentation = Panel(
    .timeSeries, "Fragmentation", .count, width: 8,
    "Resident over used memory. Above 1.5 with many bytes, memory is held that no key uses.",
    [.init(Chosen.target("redis_mem_fragmentation_ratio"), Chosen.targetLegend)])

  private static let growth = Panel(
    .timeSeries, "Growth of memory", .bytesPerSecond, width: 8,
    "Slope of the memory in use over a quarter of an hour; below 0 it shrinks.",
    [.init("deriv(\(Chosen.target("cache_memory_used_bytes"))[15m])", Chosen.targetLegend)])

  private static let removed = Panel(
    .timeSeries, "Evicted and expired keys per second", .perSecond, width: 8,
    "Keys that lost their place for want of memory, and those that reached the end of their time to live.",
    [
      .init(Chosen.rate(Chosen.target("cache_evictions_total")), "{{target}} evicted"),
      .init(Chosen.rate(Chosen.target("cache_expirations_total")), "{{target}} expired"),
    ]
  ).with { $0.minimum = 0 }

  private static let keys = Panel(
    .timeSeries, "Keys", .count, width: 8, "All keys, and those that have a time to live.",
    [
      .init(Chosen.target("cache_keys"), "{{target}} all"),
      .init(Chosen.target("cache_keys_with_ttl"), "{{target}} with a time to live"),
    ]
  ).with { $0.minimum = 0 }

  private static let withoutTTL = Panel(
    .timeSeries, "Keys without a time to live", .ratio, width: 8,
    "Their share. They stay until they are evicted or deleted; volatile-* policies can't evict them at all.",
    [
      .init(
        "1 - \(Chosen.target("cache_keys_with_ttl")) / (\(Chosen.target("cache_keys")) > 0)", Chosen.targetLegend)
    ]
  ).onUnitScale

  private static let clients = Panel(
    .timeSeries, "Clients", .count, width: 8,
    "Open connections, those that wait in a blocking call, and the limit.",
    [
      .init(Chosen.target("cache_connected_clients"), "{{target}} connected"),
      .init(Chosen.target("redis_blocked_clients"), "{{target}} blocked"),
      .init(Chosen.target("redis_max_clients"), "{{target}} limit"),
    ]
  ).with { $0.minimum = 0 }

  private static let churn = Panel(
    .timeSeries, "New connections per second", .perSecond, width: 8,
    "Connections that clients open. Many against commands mean that they don't keep them.",
    [.init(Chosen.rate(Chosen.target("redis_connections_received_total")), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }

  private static let rejected = Panel(
    .timeSeries, "Refused connections per minute", .perMinute, width: 8,
    "Connections that the server refused since the limit of clients was reached.",
    [.init("60 * \(Chosen.rate(Chosen.target("cache_rejected_connections_total")))", Chosen.targetLegend)]
  ).with { $0.minimum = 0 }

  private static let buffers = Panel(
    .timeSeries, "Memory of clients", .bytes, width: 12,
    "What clients' buffers take, and the largest output buffer of late: clients that read slowly make it grow.",
    [
      .init(Chosen.target("redis_mem_clients_normal"), "{{target}} all"),
      .init(Chosen.target("redis_client_recent_max_output_buffer_bytes"), "{{target}} largest output buffer"),
    ]
  ).with { $0.minimum = 0 }

  private static let network = Panel(
    .timeSeries, "Network", .bytesPerSecond, width: 12, "Bytes that the server received and sent.",
    [
      .init(Chosen.rate(Chosen.target("redis_net_input_bytes_total")), "{{target}} in"),
      .init(Chosen.rate(Chosen.target("redis_net_output_bytes_total")), "{{target}} out"),
    ]
  ).with { $0.minimum = 0 }

  private static let cpu = Panel(
    .timeSeries, "Processor", .ratio, width: 8, "Processor time of the server, user and system; 1 is one core.",
    [
      .init(Chosen.rate(Chosen.target("redis_cpu_user_seconds_total")), "{{target}} user"),
      .init(Chosen.rate(Chosen.target("redis_cpu_sys_seconds_total")), "{{target}} system"),
    ]
  ).with { $0.minimum = 0 }

  private static let uptime = Panel(
    .stat, "Up since", .seconds, width: 8, "Seconds since the server started; an empty cache misses at first.",
    [.init(Chosen.target("redis_uptime_in_seconds"), Chosen.targetLegend)])

  private static let replication = Panel(
    .timeSeries, "Replicas", .count, width: 8, "Replicas that are connected; 0 where none is meant to be.",
    [.init(Chosen.target("redis_connected_slaves"), Chosen.targetLegend)]
  ).with { $0.minimum = 0 }
}
