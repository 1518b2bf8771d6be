import CacheModel

extension OwnFamily {
  /// How well a target's keyspace notifications are heard.
  static let observationFamilies: [OwnFamily] = [
    OwnFamily(
      "cache_events_subscribed", .gauge,
      "Whether keyspace notifications are heard now: 1 or 0; absent where they are not asked for.",
      .observation { report, out in out.integer(report.isHolding ? 1 : 0) }),
    OwnFamily(
      "cache_events_total", .counter, by: ["event"], "Keyspace notifications heard since cachegauge started.",
      .observation { report, out in
        for kind in KeyEventKind.allCases { out.integer(report.events[kind] ?? 0, kind.rawValue) }
      }),
    OwnFamily(
      "cache_events_gaps_total", .counter, by: ["cause"],
      "Times that the subscription was lost after it held, by cause.",
      .observation { report, out in
        for cause in FailureCause.allCases { out.integer(report.gaps[cause], cause.rawValue) }
      }),
    OwnFamily(
      "cache_events_gap_seconds_total", .counter,
      "Seconds without a subscription since the first one held.",
      .observation { report, out in out.number(report.gapSeconds) }),
    OwnFamily(
      "cache_events_bridged_misses_total", .counter,
      "Misses in gaps: their number is the server's, their namespaces are estimates.",
      .observation { report, out in out.integer(report.bridgedMisses) }),
    OwnFamily(
      "cache_events_difference_misses", .gauge,
      "Misses by the server's count less those heard of, since the subscription last began; some are on their way.",
      .observation { report, out in out.integer(report.difference) }),
    OwnFamily(
      "cache_events_missing_flags_info", .gauge, by: ["flags"],
      "The flags that notify-keyspace-events lacks: 1; absent while it lacks none.",
      .observation { report, out in
        if let flags = report.missingFlags, !flags.isEmpty { out.integer(1, flags) }
      }),
    OwnFamily(
      "cache_unclassified_misses_total", .counter, by: ["cause"],
      "Misses of keys that belong to no namespace, by cause, since cachegauge began to watch.",
      .observation { report, out in
        for cause in MissCause.allCases { out.integer(report.unclassified[cause], cause.rawValue) }
      }),
    OwnFamily(
      "cache_causes_sample_ratio", .gauge,
      "The share of keys whose removals are remembered in the namespace where it is least.",
      .observation { report, out in out.number(report.sampleRate) }),
    OwnFamily(
      "cache_causes_sampled_keys", .gauge, "Keys whose removals are remembered.",
      .observation { report, out in out.integer(Int64(report.sampledKeys)) }),
    OwnFamily(
      "cache_causes_memory_bytes", .gauge, "Bytes that the memory of keys takes.",
      .observation { report, out in out.integer(Int64(report.memoryBytes)) }),
    OwnFamily(
      "cache_log_lines_total", .counter,
      "Lines of a Memcached's log of lookups, stores and evictions that were taken.",
      .log { report, out in out.integer(report.lines) }),
    OwnFamily(
      "cache_log_dropped_lines_total", .counter,
      "Lines of a Memcached's log that the server says it dropped: by so many lookups at most are hits and misses too few.",
      .log { report, out in out.integer(report.dropped) }),
    OwnFamily(
      "cache_log_other_lookups_total", .counter,
      "Lookups by deletions, increments and touches, gat among them, as the server counts them; the log does not tell them from readers'.",
      .log { report, out in out.integer(report.others) }),
    OwnFamily(
      "cache_log_corrected_lookups_total", .counter,
      "Of the lookups by deletions, increments and touches, deletions that showed themselves, and were taken out of the hits.",
      .log { report, out in out.integer(report.corrected) }),
    OwnFamily(
      "cache_sample_bursts_total", .counter, "Bursts of MONITOR made since cachegauge started.",
      .sampling { report, out in out.integer(report.bursts) }),
    OwnFamily(
      "cache_sample_seconds_total", .counter, "Seconds during which MONITOR was on.",
      .sampling { report, out in out.number(report.seconds) }),
    OwnFamily(
      "cache_sample_skips_total", .counter, by: ["reason"], "Bursts of MONITOR that were not made, by reason.",
      .sampling { report, out in
        for reason in SampleSkip.allCases { out.integer(report.skips[reason] ?? 0, reason.rawValue) }
      }),
  ]
}

extension OwnFamily.Subject {
  /// Nothing for a target that is not sampled.
  fileprivate static func sampling(
    _ body: @escaping @Sendable (SampleReport, inout SeriesWriter) -> Void
  ) -> Self {
    .target { target, out in
      if let report = target.sampling { body(report, &out) }
    }
  }

  /// Nothing for a target that has no log, or whose log is not asked for.
  fileprivate static func log(_ body: @escaping @Sendable (LogReport, inout SeriesWriter) -> Void) -> Self {
    .observation { report, out in
      if let log = report.log { body(log, &out) }
    }
  }

  /// Nothing for a target whose notifications are not asked for.
  fileprivate static func observation(
    _ body: @escaping @Sendable (ObservationReport, inout SeriesWriter) -> Void
  ) -> Self {
    .target { target, out in
      if let report = target.observation { body(report, &out) }
    }
  }
}
