import CacheModel

extension OwnFamily {
  /// The cache as a whole: whether it answers, and what its server says.
  static let serverFamilies: [OwnFamily] = [
    OwnFamily(
      "redis_up", .gauge, "Whether the last poll of this Redis succeeded: 1 or 0.",
      .target { target, out in
        if target.target.kind == .redis { out.integer(target.upFlag) }
      }),
    OwnFamily(
      "memcached_up", .gauge, "Whether the last poll of this Memcached succeeded: 1 or 0.",
      .target { target, out in
        if target.target.kind == .memcached { out.integer(target.upFlag) }
      }),
    OwnFamily(
      "cache_up", .gauge, "Whether the last poll succeeded: 1 or 0.",
      .target { target, out in out.integer(target.upFlag) }),
    OwnFamily(
      "cache_failure_info", .gauge, by: ["cause"],
      "Why the last poll failed: 1, present only while the cache is down.",
      .target { target, out in
        if !target.isUp, let failure = target.failure { out.integer(1, failure.rawValue) }
      }),
    OwnFamily(
      "cache_last_success_timestamp_seconds", .gauge, "When a poll last succeeded, as Unix time.",
      .target { target, out in out.number(target.lastSuccess?.seconds) }),
    OwnFamily(
      "cache_poll_interval_seconds", .gauge, "Seconds between planned polls.",
      .target { target, out in out.number(target.interval) }),
    OwnFamily(
      "cache_poll_duration_seconds", .gauge, "Seconds that the last poll took, connecting included.",
      .target { target, out in out.number(target.polls > 0 ? target.pollSeconds : nil) }),
    OwnFamily(
      "cache_polls_total", .counter, "Polls tried since cachegauge started.",
      .target { target, out in out.integer(target.polls) }),
    OwnFamily(
      "cache_poll_failures_total", .counter, by: ["cause"], "Polls that failed, by cause.",
      .target { target, out in
        for cause in FailureCause.allCases { out.integer(target.failures[cause], cause.rawValue) }
      }),
    OwnFamily(
      "cache_connects_total", .counter, "Connections opened to the cache since cachegauge started.",
      .target { target, out in out.integer(target.connects) }),
    OwnFamily(
      "cache_hits_total", .counter,
      "Lookups that found their key, since the server's counting began, without cachegauge's own.",
      .server { target, out in out.integer(target.hits) }),
    OwnFamily(
      "cache_misses_total", .counter,
      "Lookups that did not find their key, since the server's counting began, without cachegauge's own.",
      .server { target, out in out.integer(target.misses) }),
    OwnFamily(
      "cache_reported_hit_ratio", .gauge,
      "The hit ratio that an application tells of its whole cache itself, of nobody knows how many lookups.",
      .server { target, out in out.number(target.facts.reportedHitRatio) }),
    OwnFamily(
      "cache_uncounted_lookups_total", .counter,
      "Lookups of a Memcached since cachegauge began to watch that no prefix counts: by meta commands, or of keys without "
        + "the delimiter.",
      .server { target, out in out.integer(target.uncountedLookups) }),
    OwnFamily(
      "cache_memory_used_bytes", .gauge, "Bytes in use by the server's allocator.",
      .server { target, out in out.integer(target.facts.usedMemory) }),
    OwnFamily(
      "cache_memory_max_bytes", .gauge, "The server's memory limit in bytes; 0 when there is none.",
      .server { target, out in out.integer(target.facts.maximumMemory) }),
    OwnFamily(
      "cache_keys", .gauge, "Keys in all databases.",
      .server { target, out in out.integer(target.facts.keys) }),
    OwnFamily(
      "cache_keys_with_ttl", .gauge, "Keys that have a time to live.",
      .server { target, out in out.integer(target.facts.keysWithTTL) }),
    OwnFamily(
      "cache_evictions_total", .counter, "Keys evicted for want of memory, since the server's counting began.",
      .server { target, out in out.integer(target.facts.evictedKeys) }),
    OwnFamily(
      "cache_expirations_total", .counter, "Keys removed at the end of their time to live.",
      .server { target, out in out.integer(target.facts.expiredKeys) }),
    OwnFamily(
      "cache_connected_clients", .gauge, "Open client connections, cachegauge's own among them.",
      .server { target, out in out.integer(target.facts.connectedClients) }),
    OwnFamily(
      "cache_rejected_connections_total", .counter, "Connections refused because the client limit was reached.",
      .server { target, out in out.integer(target.facts.rejectedConnections) }),
    OwnFamily(
      "cache_slow_operation_threshold_seconds", .gauge,
      "Operations that take longer enter the server's slow log; absent while it is off.",
      .server { target, out in
        let threshold = target.slowOperations.thresholdMicroseconds
        out.number(threshold.flatMap { $0 < 0 ? nil : Double($0) / 1e6 })
      }),
    OwnFamily(
      "cache_slow_operations_lost_total", .counter,
      "Slow operations that the server forgot before they could be read.",
      .target { target, out in
        if target.followsSlowOperations { out.integer(target.slowOperations.lost) }
      }),
  ]
}

extension TargetSnapshot {
  /// 1 or 0; nil before the first poll.
  fileprivate var upFlag: Int64? { polls > 0 ? (isUp ? 1 : 0) : nil }

  /// Whether the slow log was ever read, so that a count of 0 means something.
  fileprivate var followsSlowOperations: Bool {
    slowOperations.lost > 0 || !slowOperations.totals.isEmpty
      || collectors.contains { $0.name == "slowlog" && $0.lastSuccess != nil }
  }
}
