import CacheModel

/// The families that are not one field of INFO each: names, types and labels are redis_exporter's, but for the first.
enum RedisFamilies {
  static let infoField = MetricFamily(
    "redis_info_field", .gauge, "A numeric field of INFO that has no family of its own, by section and field")

  static let instanceInfo = MetricFamily("redis_instance_info", .gauge, "1, with what INFO says of the instance")
  static let startTime = MetricFamily(
    "redis_start_time_seconds", .gauge, "When the server started, Unix time in seconds: now less uptime_in_seconds")

  static let threadTime = MetricFamily(
    "redis_active_time_io_thread_seconds_total", .counter, "Time that each input/output thread was busy, in seconds"
  )

  /// Fields that begin with `cluster_` pass under their own name, `auth-req` as `auth_req`. Nil where that is no name
  /// of a gauge or may be another family's, since two families of one name make a whole scrape invalid.
  static func cluster(_ field: String) -> MetricFamily? {
    let name = String(field.map { $0 == "-" ? "_" : $0 })
    let isName = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    guard isName, name.hasPrefix("cluster_"), !name.hasSuffix("_total"), name != "cluster_state" else { return nil }
    if let known = InfoField.all[name] { return known.isLegacy ? nil : known.family }
    return MetricFamily("redis_\(name)", .gauge, "\(name) of INFO cluster or CLUSTER INFO")
  }
  static let clusterState = MetricFamily(
    "redis_cluster_state", .gauge, "1 when cluster_state of CLUSTER INFO is ok")

  static let commands = MetricFamily(
    "redis_commands_total", .counter, "Calls of each command, from INFO commandstats")
  static let commandsDuration = MetricFamily(
    "redis_commands_duration_seconds_total", .counter, "Time spent in each command, in seconds")
  static let commandsRejected = MetricFamily(
    "redis_commands_rejected_calls_total", .counter, "Calls refused before they ran, by command")
  static let commandsFailed = MetricFamily(
    "redis_commands_failed_calls_total", .counter, "Calls that failed while they ran, by command")
  static let errors = MetricFamily("redis_errors_total", .counter, "Error replies by code, from INFO errorstats")
  static let latencyPercentiles = MetricFamily(
    "redis_latency_percentiles_usec", .summary,
    "Latency of each command since the server's start, in microseconds; quantiles in percent")
  static let latencyHistogram = MetricFamily(
    "redis_commands_latencies_usec", .histogram, "Latency of each command since the server's start, in microseconds"
  )

  static let databaseKeys = MetricFamily("redis_db_keys", .gauge, "Keys in each database")
  static let databaseKeysExpiring = MetricFamily("redis_db_keys_expiring", .gauge, "Keys with a time to live")
  static let databaseAverageTTL = MetricFamily(
    "redis_db_avg_ttl_seconds", .gauge,
    "Average time to live of the keys that have one, in seconds, estimated by the server")
  static let databaseKeysCached = MetricFamily("redis_db_keys_cached", .gauge, "Keys in KeyDB's cache, by database")

  static let replicaOffset = MetricFamily(
    "redis_connected_slave_offset_bytes", .gauge, "Replication offset of each connected replica, in bytes")
  static let replicaLag = MetricFamily(
    "redis_connected_slave_lag_seconds", .gauge, "Seconds since each connected replica last answered")
  static let replicaLagBytes = MetricFamily(
    "redis_connected_slave_lag_bytes", .gauge,
    "What each connected replica has not confirmed of the replication stream, in bytes")
  static let masterLinkUp = MetricFamily("redis_master_link_up", .gauge, "1 when the link to the master is up")
  static let masterLastIO = MetricFamily(
    "redis_master_last_io_seconds_ago", .gauge,
    "Seconds since the master last sent something; -1 when the link is down")
  static let masterSync = MetricFamily(
    "redis_master_sync_in_progress", .gauge, "1 while the replica loads the master's dataset")
  static let replicaOwnOffset = MetricFamily(
    "redis_slave_repl_offset", .gauge, "The replica's own replication offset, in bytes")
  static let slaveInfo = MetricFamily("redis_slave_info", .gauge, "1, with the master that this replica follows")

  static let slowLogLength = MetricFamily("redis_slowlog_length", .gauge, "Entries in the slow log")
  static let slowLogLastID = MetricFamily("redis_slowlog_last_id", .gauge, "Number of the newest slow-log entry")
  static let lastSlowDuration = MetricFamily(
    "redis_last_slow_execution_duration_seconds", .gauge, "Duration of the newest slow-log entry, in seconds")

  static let latencySpikeLast = MetricFamily(
    "redis_latency_spike_last", .gauge, "When the latest latency spike of an event happened, Unix time in seconds")
  static let latencySpikeDuration = MetricFamily(
    "redis_latency_spike_duration_seconds", .gauge, "How long the latest latency spike of an event took, in seconds"
  )

  static let keyGroupsDuration = MetricFamily(
    "redis_last_key_groups_scrape_duration_milliseconds", .gauge,
    "0: groups of keys are counted on a schedule of their own, and no scrape waits for them")

  static let moduleInfo = MetricFamily("redis_module_info", .gauge, "1, for each loaded module")

  static let configValue = MetricFamily("redis_config_value", .gauge, "Numeric parameters of the configuration")
  static let configMaximumClients = MetricFamily(
    "redis_config_maxclients", .gauge, "maxclients of the configuration")
  static let configMaximumMemory = MetricFamily(
    "redis_config_maxmemory", .gauge, "maxmemory of the configuration, in bytes")
  static let configIOThreads = MetricFamily("redis_config_io_threads", .gauge, "io-threads of the configuration")
  static let configBacklogSize = MetricFamily(
    "redis_config_repl_backlog_size", .gauge, "repl-backlog-size of the configuration, in bytes")
  static let configOutputLimit = MetricFamily(
    "redis_config_client_output_buffer_limit_bytes", .gauge, "Limits of client output buffers, in bytes")
  static let configOutputOvercome = MetricFamily(
    "redis_config_client_output_buffer_limit_overcome_seconds", .gauge,
    "Seconds for which a client may stay above the soft limit of its output buffer")
}

extension RedisFamilies {
  /// All of them but those that pass under the server's own names.
  static let all = [
    infoField, instanceInfo, startTime, threadTime, clusterState, commands, commandsDuration, commandsRejected,
    commandsFailed, errors, latencyPercentiles, latencyHistogram, databaseKeys, databaseKeysExpiring,
    databaseAverageTTL, databaseKeysCached, replicaOffset, replicaLag, replicaLagBytes, masterLinkUp, masterLastIO,
    masterSync,
    replicaOwnOffset, slaveInfo, slowLogLength, slowLogLastID, lastSlowDuration, latencySpikeLast,
    latencySpikeDuration, moduleInfo, configValue, configMaximumClients, configMaximumMemory, configIOThreads,
    configBacklogSize, configOutputLimit, configOutputOvercome,
  ]

  /// Those that have another name where legacy names are asked for.
  static let renamed = KeyFamilies.renamed + ClientFamilies.renamed.map(\.1)

  /// Those of single tables beside them.
  static let others =
    ClientFamilies.all + renamed.map(\.current) + SlotFamilies.all + ConfigFamilies.all + SearchFamilies.all
    + CommandLogFamilies.all + SentinelFamilies.all
    + KeyFamilies.all + StreamFamilies.all + [RDBFileCollector.family]
}
