internal import CacheModel
internal import Health

/// Connections, slow operations and replication of the targets in a scope, by their policy's thresholds.
struct ActivityRules: Sendable {
  let pace: Pace
  let scope: Scope
  let policy: HealthPolicy

  var rules: [Rule] { [rejected, slow, blocked, linkDown, replicaLost] }

  private var minutes: String { "[\(pace.span(300))]" }

  private var rejected: Rule {
    .alert(
      "CacheConnectionsRejected", .warning, in: scope, runbook: runbook(.connectionsRejected),
      summary: "\(Template.place)connections are refused",
      description:
        "{{ $value | printf \"%.0f\" }} connections were refused within 5 minutes since the limit of clients "
        + "was reached; " + Template.value("cache_connected_clients", by: Template.targetLabels, Template.whole)
        + " are connected.",
      "increase(\(scope.of("cache_rejected_connections_total"))\(minutes)) >= \(Figure.text(policy.rejectedConnections))"
    )
  }

  private var slow: Rule {
    let family = SlowOperationRecords.count
    return .alert(
      "CacheSlowOperations", .warning, in: scope, runbook: runbook(.slowOperations),
      summary: "\(Template.place)many operations are slow",
      description: "{{ $value | printf \"%.0f\" }} operations within 5 minutes took longer than "
        + Template.value("cache_slow_operation_threshold_seconds", by: Template.targetLabels, "humanizeDuration")
        + "{{ with \(topmost(family)) }}, most of them \(Self.commandAndPlace){{ end }}.",
      "sum without (namespace, command) (\(scope.of(family))) >= \(Figure.text(policy.slowOperations))")
  }

  private var blocked: Rule {
    let family = SlowOperationRecords.seconds
    return .alert(
      "CacheBlockedBySlowOperations", .critical, in: scope, runbook: runbook(.slowOperations),
      summary: "\(Template.place)slow operations hold up all others",
      description: "Slow operations took {{ $value | humanizePercentage }} of the server's time within 5 minutes"
        + "{{ with \(topmost(family)) }}, most of it \(Self.commandAndPlace){{ end }}.",
      comment: ["The server runs one command at a time: while a slow one runs, all others wait."],
      "sum without (namespace, command) (\(scope.of(family))) / \(Figure.text(300 * pace.factor)) > 0.05")
  }

  private var linkDown: Rule {
    .alert(
      "CacheReplicationLinkDown", .critical, in: scope, hold: 60, runbook: runbook(.replicationBroken),
      summary: "\(Template.place)the replica has lost its master",
      description:
        "The link to the master has been down for at least a minute: what this replica answers grows old.",
      "\(scope.of("redis_master_link_up")) == 0")
  }

  private var replicaLost: Rule {
    let span = pace.span(policy.replicaMemory)
    let before = Template.value(
      "max_over_time(redis_connected_slaves%[\(span)])", by: Template.targetLabels, Template.whole)
    return .alert(
      "CacheReplicaLost", .warning, in: scope, hold: 300, runbook: runbook(.replicationBroken),
      summary: "\(Template.place)the master has lost replicas",
      description: "{{ $value | printf \"%.0f\" }} replicas are connected; \(before) were within the last "
        + "\(policy.replicaMemory == 3600 ? "hour" : Pace(factor: 1).span(policy.replicaMemory)).",
      comment: ["A master that has had more replicas; a former master, now a replica itself, is left out."],
      """
      \(scope.of("redis_connected_slaves")) < max_over_time(\(scope.of("redis_connected_slaves"))[\(span)])
        and on (job, instance, target) \(scope.of("redis_instance_info", "role=\"master\""))
      """)
  }

  /// The highest of the series of `family`.
  private func topmost(_ family: String) -> String {
    Template.lookup("topk(1, \(family)%)", by: Template.targetLabels)
  }

  private static let commandAndPlace =
    "{{ . | first | label \"command\" }} in {{ . | first | label \"namespace\" }}"
}
