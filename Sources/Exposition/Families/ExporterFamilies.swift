import CacheModel

extension OwnFamily {
  /// cachegauge itself: its collectors, its history, its answers and its process.
  static let exporterFamilies: [OwnFamily] = [
    OwnFamily(
      "cachegauge_build_info", .gauge, by: ["version"], "The version of cachegauge: 1.",
      .exporter { exporter, out in out.integer(1, exporter.version) }),
    OwnFamily(
      "cachegauge_config_last_reload_successful", .gauge,
      "Whether the configuration's file could be used when it was read last: 1 or 0.",
      .exporter { exporter, out in out.integer(exporter.configuration.map { $0.isCurrent ? 1 : 0 }) }),
    OwnFamily(
      "cachegauge_config_last_reload_success_timestamp_seconds", .gauge,
      "When the configuration in force was read, as Unix time.",
      .exporter { exporter, out in out.number(exporter.configuration?.read.seconds) }),
    OwnFamily(
      "cachegauge_web_config_last_reload_successful", .gauge,
      "Whether the files of web access could be used when they were read last: 1 or 0.",
      .exporter { exporter, out in out.integer(exporter.areWebFilesCurrent.map { $0 ? 1 : 0 }) }),
    OwnFamily(
      "cachegauge_http_requests_refused_total", .counter,
      "HTTP requests without the credentials that are asked for.",
      .exporter { exporter, out in out.integer(exporter.requestsRefused) }),
    OwnFamily(
      "cachegauge_collector_duration_seconds", .gauge, by: ["collector"],
      "Seconds that the collector's last reply took to turn into series.",
      .collectors { collector in collector.seconds > 0 || collector.lastSuccess != nil ? collector.seconds : nil }),
    OwnFamily(
      "cachegauge_collector_success", .gauge, by: ["collector"],
      "Whether the collector's last run succeeded: 1 or 0.",
      .collectors { collector in collector.succeeded ? 1 : 0 }),
    OwnFamily(
      "cachegauge_collector_disabled", .gauge, by: ["collector"],
      "Whether the collector is off since the server refuses its command: 1 or 0.",
      .collectors { collector in collector.isDisabled ? 1 : 0 }),
    OwnFamily(
      "cachegauge_collector_failures_total", .counter, by: ["collector"], "The collector's failed runs.",
      .collectors { collector in Double(collector.failures) }),
    OwnFamily(
      "cachegauge_own_lookups_total", .counter, by: ["result"],
      "cachegauge's own lookups that the server counts, since its counting began; cache_* families leave them out.",
      .target { target, out in
        out.integer(target.ownHits, "hit")
        out.integer(target.ownMisses, "miss")
      }),
    OwnFamily(
      "cachegauge_series", .gauge, "Series of the target's catalog.",
      .target { target, out in out.integer(target.sample.map { Int64($0.catalog.count) }) }),
    OwnFamily(
      "cachegauge_series_refused_total", .counter,
      "Series left out: of history since the share of memory of the target, or of the cluster as a whole, is full, or at all since the target's catalog is.",
      .history { target, out in
        // A cluster as a whole has sums only, and no catalog.
        let refusals = target.target.part == .cluster ? 0 : target.sample.map { Int64($0.catalog.refusals) }
        out.integer(refusals.map { $0 + target.seriesWithoutHistory })
      }),
    OwnFamily(
      "cachegauge_history_oldest_timestamp_seconds", .gauge, "How far back history reaches, as Unix time.",
      .history { target, out in out.number(target.oldestHistory?.seconds) }),
    OwnFamily(
      "cachegauge_history_bytes", .gauge, "Bytes that history takes, over all targets.",
      .exporter { exporter, out in out.integer(exporter.historyBytes) }),
    OwnFamily(
      "cachegauge_history_budget_bytes", .gauge, "The most bytes that history may take.",
      .exporter { exporter, out in out.integer(exporter.historyBudget) }),
    OwnFamily(
      "cachegauge_poll_lateness_seconds", .histogram, by: ["le"],
      "How much later than planned polls began, of all targets: what a machine with too much to do shows first.",
      .exporter { exporter, out in
        guard let known = exporter.punctuality else { return }
        out.histogram(known.counts, bounds: PollPunctuality.bounds, sum: known.sum)
      }),
    OwnFamily(
      "cachegauge_polls_missed_total", .counter,
      "Planned polls of all targets that did not take place, since the one before took too long or the clock leapt.",
      .exporter { exporter, out in out.integer(exporter.punctuality?.missed) }),
    OwnFamily(
      "cachegauge_history_file_bytes", .gauge, "Bytes of history's files, where history is kept on disk.",
      .exporter { exporter, out in out.integer(exporter.historyFiles?.bytes) }),
    OwnFamily(
      "cachegauge_history_file_written_bytes_total", .counter, "Bytes written to history's files.",
      .exporter { exporter, out in out.integer(exporter.historyFiles?.bytesWritten) }),
    OwnFamily(
      "cachegauge_history_file_errors_total", .counter, "Attempts to write history's files that failed.",
      .exporter { exporter, out in out.integer(exporter.historyFiles?.errors) }),
    OwnFamily(
      "cachegauge_history_file_skipped_records_total", .counter,
      "Records of history's files that were damaged at the start and are left out.",
      .exporter { exporter, out in out.integer(exporter.historyFiles?.skippedRecords) }),
    OwnFamily(
      "cachegauge_history_file_sync_timestamp_seconds", .gauge,
      "When the disk last confirmed history's files, as Unix time.",
      .exporter { exporter, out in out.number(exporter.historyFiles?.lastSync?.seconds) }),
    OwnFamily(
      "cachegauge_history_file_newest_timestamp_seconds", .gauge,
      "The newest poll that the disk has confirmed, of the target where that is the oldest, as Unix time.",
      .exporter { exporter, out in out.number(exporter.historyFiles?.newestSynced?.seconds) }),
    OwnFamily(
      "cachegauge_target_files", .gauge, by: ["state"],
      "Files that name targets: read, or failed where one can't be read as a list and what it said before is in force.",
      .exporter { exporter, out in
        out.integer(exporter.targetFiles?.read, "read")
        out.integer(exporter.targetFiles?.failed, "failed")
      }),
    OwnFamily(
      "cachegauge_targets_left_out", .gauge, by: ["reason"],
      "Targets of such files, and nodes of groups, that are not watched: same_server as another target, or its name_taken.",
      .exporter { exporter, out in
        for reason in TargetFileFigures.LeftOut.allCases {
          out.integer(exporter.targetFiles.map { $0.leftOut[reason] ?? 0 }, reason.rawValue)
        }
      }),
    OwnFamily(
      "cachegauge_http_requests_total", .counter, by: ["route", "code"],
      "HTTP requests answered, by route and class of status.",
      .exporter { exporter, out in
        for (key, count) in exporter.requests.sorted(by: { $0.key < $1.key }) {
          out.integer(count, key.route, "\(key.statusClass)xx")
        }
      }),
    OwnFamily(
      "process_cpu_seconds_total", .counter, "User and system time of cachegauge's process.",
      .exporter { exporter, out in out.number(exporter.process?.cpuSeconds) }),
    OwnFamily(
      "process_resident_memory_bytes", .gauge, "Resident memory of cachegauge's process.",
      .exporter { exporter, out in out.integer(exporter.process?.residentBytes) }),
    OwnFamily(
      "process_virtual_memory_bytes", .gauge, "Address space of cachegauge's process.",
      .exporter { exporter, out in out.integer(exporter.process?.virtualBytes) }),
    OwnFamily(
      "process_open_fds", .gauge, "Open file descriptors of cachegauge's process.",
      .exporter { exporter, out in out.integer(exporter.process?.openFiles) }),
    OwnFamily(
      "process_max_fds", .gauge, "The most file descriptors that cachegauge's process may open.",
      .exporter { exporter, out in out.integer(exporter.process?.maxFiles) }),
    OwnFamily(
      "process_start_time_seconds", .gauge, "When cachegauge's process started, as Unix time.",
      .exporter { exporter, out in
        out.number((exporter.process?.startTime ?? exporter.started).seconds)
      }),
  ]
}

extension OwnFamily.Subject {
  /// One figure of each collector.
  fileprivate static func collectors(_ figure: @escaping @Sendable (CollectorStatus) -> Double?) -> Self {
    .target { target, out in
      for collector in target.collectors { out.number(figure(collector), collector.name) }
    }
  }
}
