import CacheModel

/// Families of a Sentinel, as redis_exporter names them.
enum SentinelFamilies {
  /// By the field of INFO.
  static let own: [String: MetricFamily] = [
    "sentinel_masters": gauge("masters", "Masters that this Sentinel watches"),
    "sentinel_tilt": gauge("tilt", "1 while this Sentinel mistrusts its own clock"),
    "sentinel_running_scripts": gauge("running_scripts", "Scripts that run now"),
    "sentinel_scripts_queue_length": gauge("scripts_queue_length", "Scripts that wait"),
    "sentinel_simulate_failure_flags": gauge("simulate_failure_flags", "Failures that are simulated, as flags"),
  ]

  static let status = gauge("master_status", "1 when the status of a master is ok")
  static let replicas = gauge("master_slaves", "Replicas of a master")
  static let sentinels = gauge("master_sentinels", "Sentinels that watch a master")
  static let quorum = gauge(
    "master_ckquorum_status", "1 when the quorum and the majority for a failover are reached")
  static let lastPing = gauge(
    "master_last_ok_ping_reply_seconds", "Seconds since a master's last good reply to PING")
  static let okSentinels = gauge("master_ok_sentinels", "Sentinels of a master that are up, this one among them")
  static let okReplicas = gauge("master_ok_slaves", "Replicas of a master that are up")
  static let peer = gauge("peer_info", "1, for each other Sentinel of a master")

  /// By the field of SENTINEL MASTERS.
  static let settings: [(String, MetricFamily)] = [
    ("quorum", gauge("master_setting_ckquorum", "Sentinels that must agree that a master is down")),
    ("failover-timeout", gauge("master_setting_failover_timeout", "A master's failover timeout, in milliseconds")),
    ("parallel-syncs", gauge("master_setting_parallel_syncs", "Replicas that may sync at once after a failover")),
    ("config-epoch", gauge("master_config_epoch", "Epoch of a master's configuration")),
  ]

  static let downAfter = gauge(
    "master_setting_down_after_seconds", "Seconds of silence after which a master is down")
  /// The same as redis_exporter names it, in milliseconds.
  static let legacyDownAfter = gauge(
    "master_setting_down_after_milliseconds",
    "Milliseconds of silence after which a master is down; redis_sentinel_master_setting_down_after_seconds without "
      + "legacy names")

  static let all =
    Array(own.values) + settings.map(\.1)
    + [downAfter, status, replicas, sentinels, quorum, lastPing, okSentinels, okReplicas, peer]

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("redis_sentinel_\(name)", .gauge, help)
  }
}
