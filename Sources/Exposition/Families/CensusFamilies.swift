import CacheModel

extension OwnFamily {
  /// What walking over all keys has brought.
  static let censusFamilies: [OwnFamily] = [
    OwnFamily(
      "cache_namespace_keys", .gauge, by: ["namespace"],
      "Keys of the namespace by the last walk over all keys; other stands for those of none.",
      .counted { counts, name, out in out.integer(counts.keys, name) }),
    OwnFamily(
      "cache_namespace_memory_bytes", .gauge, by: ["namespace"],
      "Bytes that the namespace's keys take, by the last walk over all keys.",
      .counted { counts, name, out in out.integer(counts.memoryBytes, name) }),
    OwnFamily(
      "cache_namespace_without_ttl_ratio", .gauge, by: ["namespace"],
      "The share of the namespace's keys that live for ever, by a sample; absent without one.",
      .counted { counts, name, out in out.number(counts.ttls?.withoutTTL, name) }),
    OwnFamily(
      "cache_namespace_keys_by_ttl", .gauge, by: ["namespace", "ttl"],
      "About how many keys have at most so long left to live and more than the class before, by a sample.",
      .counted { counts, name, out in
        for (ttl, share) in zip(TTLSample.classes, counts.ttls?.shares ?? []) {
          out.integer(Int64(saturating: (Double(counts.keys) * share).rounded()), name, ttl)
        }
      }),
    OwnFamily(
      "cache_census_whole", .gauge,
      "Whether the counts are of a whole walk: 1; 0 while they are scaled from a part of one.",
      .census { report, out in out.integer(report.isWhole ? 1 : 0) }),
    OwnFamily(
      "cache_census_timestamp_seconds", .gauge,
      "When the walk ended that the counts are of, as Unix time; for a first one under way, when it last went on.",
      .census { report, out in out.number(report.time?.seconds) }),
    OwnFamily(
      "cache_census_progress_ratio", .gauge, "How much of the walk under way is done; 1 between walks.",
      .census { report, out in out.number(report.progress) }),
    OwnFamily(
      "cache_census_walks_total", .counter, "Whole walks over all keys since cachegauge started.",
      .census { report, out in out.integer(report.walks) }),
    OwnFamily(
      "cache_census_keys_visited_total", .counter, "Keys that walks have visited since cachegauge started.",
      .census { report, out in out.integer(report.visited) }),
    OwnFamily(
      "cache_census_seconds_total", .counter,
      "Seconds during which walks waited for the server, which is more than it worked for them.",
      .census { report, out in out.number(report.seconds) }),
    OwnFamily(
      "cache_key_checks_timestamp_seconds", .gauge, by: ["check"],
      "When a kind of check of keys was last done, as Unix time: the age of the redis_key families.",
      .census { report, out in
        for (check, time) in report.checks.sorted(by: { $0.key < $1.key }) { out.number(time.seconds, check) }
      }),
    OwnFamily(
      "cache_census_failures_total", .counter, by: ["cause"], "Interruptions of walks, by cause.",
      .census { report, out in
        for cause in FailureCause.allCases { out.integer(report.failures[cause], cause.rawValue) }
      }),
  ]
}

extension OwnFamily.Subject {
  /// Nothing for a target whose keys are not counted.
  fileprivate static func census(_ body: @escaping @Sendable (CensusReport, inout SeriesWriter) -> Void) -> Self {
    .target { target, out in
      if let report = target.census { body(report, &out) }
    }
  }

  /// One row's work for each namespace that was counted, and for the keys of none.
  fileprivate static func counted(
    _ body: @escaping @Sendable (CensusCounts, String, inout SeriesWriter) -> Void
  ) -> Self {
    .target { target, out in target.forEachCensus { counts, name in body(counts, name, &out) } }
  }
}

extension TargetSnapshot {
  /// Calls `body` with each namespace that was counted, and with the keys of none as `other`.
  func forEachCensus(_ body: (CensusCounts, String) -> Void) {
    for namespace in namespaces {
      if let counts = namespace.census { body(counts, namespace.definition.name) }
    }
    if let other = census?.other { body(other, "other") }
  }
}
