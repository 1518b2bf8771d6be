public import CacheModel

/// The JSON of `/api/cache/report`: everything known of every target.
///
/// Arguments of slow operations, which hold keys, appear only with `exposeKeys`; `period` only where one is given. On one
/// line it has no line feed, not even at its end.
public func reportDocument(
  _ snapshot: Snapshot, period: ReportPeriod? = nil, exposeKeys: Bool = false, isOneLine: Bool = false
) -> [UInt8] {
  let document: JSONValue = .object(
    [
      ("status", .name(snapshot.status)),
      ("time", .time(snapshot.time)),
    ] + (period.map { [("period", $0.json)] } ?? []) + [
      ("targets", .array(snapshot.targets.map { targetReport($0, exposeKeys) })),
      ("exporter", exporterReport(snapshot.exporter, snapshot.time)),
    ])
  return isOneLine ? document.line : document.bytes
}

private func targetReport(_ target: TargetSnapshot, _ exposeKeys: Bool) -> JSONValue {
  .object(
    target.identity + [
      ("server", serverReport(target.facts)),
      ("lookups", .object(Counts(target.hits, target.misses).members + ownLookups(target))),
      ("windows", target.health.windows.json),
      ("namespaces", .object(NamespaceView.all(of: target).map { ($0.name, $0.jsonWithSavings) })),
      ("census", target.census?.json ?? .null),
      ("events", target.observation?.json ?? .null),
      ("advice", .array(target.advice.map(\.json))),
      ("sampling", target.sampling?.json ?? .null),
      ("warnings", .array(target.health.warnings.map { $0.json(target: target.target.name) })),
      ("slow_operations", slowOperations(target.slowOperations, exposeKeys)),
      ("polls", polls(target)),
      ("collectors", .array(target.collectors.map(collector))),
      ("history_from", .time(target.oldestHistory)),
      ("series_without_history", .integer(target.seriesWithoutHistory)),
      ("series", .integer(target.sample.map { Int64($0.catalog.count) })),
    ])
}

private func ownLookups(_ target: TargetSnapshot) -> [(String, JSONValue)] {
  [
    ("own_hits", .integer(target.ownHits)), ("own_misses", .integer(target.ownMisses)),
    ("uncounted", .integer(target.uncountedLookups)),
  ]
}

/// The server as of the last successful poll.
private func serverReport(_ facts: ServerFacts) -> JSONValue {
  .object(
    [
      ("software", .text(facts.software)),
      ("version", .text(facts.version)),
      ("role", .text(facts.role)),
      ("run_id", .text(facts.runID)),
      ("uptime_seconds", .integer(facts.uptime)),
      ("used_memory_bytes", .integer(facts.usedMemory)),
      ("used_memory_human", .text(facts.usedMemory.map(humanSize))),
      ("resident_memory_bytes", .integer(facts.residentMemory)),
      ("maximum_memory_bytes", .integer(facts.maximumMemory)),
      ("eviction_policy", .text(facts.evictionPolicy)),
      ("fragmentation_ratio", .number(facts.fragmentationRatio)),
      ("fragmentation_bytes", .integer(facts.fragmentationBytes)),
    ] + serverCounts(facts))
}

private func serverCounts(_ facts: ServerFacts) -> [(String, JSONValue)] {
  [
    ("keys", .integer(facts.keys)),
    ("keys_with_ttl", .integer(facts.keysWithTTL)),
    ("hits", .integer(facts.hits)),
    ("misses", .integer(facts.misses)),
    ("reported_hit_rate", .number(facts.reportedHitRatio)),
    ("evicted_keys", .integer(facts.evictedKeys)),
    ("expired_keys", .integer(facts.expiredKeys)),
    ("connected_clients", .integer(facts.connectedClients)),
    ("maximum_clients", .integer(facts.maximumClients)),
    ("blocked_clients", .integer(facts.blockedClients)),
    ("rejected_connections", .integer(facts.rejectedConnections)),
    ("commands_processed", .integer(facts.commandsProcessed)),
    ("master_link_up", .bool(facts.masterLinkUp)),
    ("master_link_down_seconds", .integer(facts.masterLinkDownSeconds)),
    ("online_replicas", .integer(facts.onlineReplicas)),
    ("connected_replicas", .integer(facts.connectedReplicas)),
    ("last_save_succeeded", .bool(facts.lastSaveSucceeded)),
    ("loading", .bool(facts.isLoading)),
  ]
}

private func slowOperations(_ report: SlowOperationReport, _ exposeKeys: Bool) -> JSONValue {
  let threshold = report.thresholdMicroseconds
  return [
    "threshold_seconds": .number(threshold.flatMap { $0 < 0 ? nil : seconds($0) }),
    "lost": .integer(report.lost),
    "totals": .array(
      report.sortedTotals.map { key, totals in
        [
          "namespace": .text(key.namespace), "command": .text(key.command), "count": .integer(totals.count),
          "seconds": .number(seconds(totals.microseconds)),
          "worst_seconds": .number(seconds(totals.worstMicroseconds)),
        ]
      }),
    "recent": .array(report.recent.map { recent($0, exposeKeys) }),
  ]
}

private func recent(_ operation: SlowOperation, _ exposeKeys: Bool) -> JSONValue {
  let arguments: [(String, JSONValue)] =
    exposeKeys ? [("arguments", .array(operation.arguments.map { .text($0) }))] : []
  return .object(
    [
      ("id", .integer(operation.id)), ("time", .time(operation.time)),
      ("seconds", .number(seconds(operation.microseconds))), ("command", .text(operation.command)),
      ("namespace", .text(operation.namespace)),
    ] + arguments)
}

private func polls(_ target: TargetSnapshot) -> JSONValue {
  let failures = target.failures.sorted { $0.key.rawValue < $1.key.rawValue }
  return [
    "count": .integer(target.polls),
    "failures": .object(failures.map { ($0.key.rawValue, .integer($0.value)) }),
    "connects": .integer(target.connects),
    "interval_seconds": .number(target.interval),
    "duration_seconds": .number(target.polls > 0 ? target.pollSeconds : nil),
  ]
}

private func collector(_ status: CollectorStatus) -> JSONValue {
  [
    "name": .text(status.name), "succeeded": .bool(status.succeeded), "failure": .name(status.failure),
    "disabled": .bool(status.isDisabled), "seconds": .number(status.seconds),
    "last_success": .time(status.lastSuccess), "failures": .integer(status.failures),
  ]
}

private func exporterReport(_ exporter: ExporterFigures, _ now: UnixTime?) -> JSONValue {
  [
    "version": .text(exporter.version),
    "started": .time(exporter.started),
    "uptime_seconds": .number(now.map { max(0, $0.seconds(since: exporter.started)) }),
    "configuration_current": exporter.configuration.map { .bool($0.isCurrent) } ?? .null,
    "configuration_read": .time(exporter.configuration?.read),
    "history_bytes": .integer(exporter.historyBytes),
    "history_budget_bytes": .integer(exporter.historyBudget),
    "resident_memory_bytes": .integer(exporter.process?.residentBytes),
    "cpu_seconds": .number(exporter.process?.cpuSeconds),
  ]
}

private func seconds(_ microseconds: Int64) -> Double { Double(microseconds) / 1e6 }
