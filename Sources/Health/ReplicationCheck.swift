internal import CacheModel

/// A replica without its master, or a master with fewer replicas than before.
struct ReplicationCheck: Sendable {
  /// The most replicas that this master had online, until a lower number has lasted.
  private var expected: Int64?
  private var fewerSince: UnixTime?
  private var role: String?

  /// The verdict of one sample.
  mutating func verdict(_ facts: ServerFacts, at now: UnixTime, _ policy: HealthPolicy) -> Verdict {
    if facts.role != role {
      (role, expected, fewerSince) = (facts.role, nil, nil)
    }
    if facts.role == "slave" || facts.masterLinkUp != nil { return replica(facts, policy) }
    return master(facts, at: now, policy)
  }

  private func replica(_ facts: ServerFacts, _ policy: HealthPolicy) -> Verdict {
    guard let isUp = facts.masterLinkUp else { return .unknown }
    guard !isUp else { return .clear }
    let seconds = facts.masterLinkDownSeconds.map { Double(max(0, $0)) }
    let finding = Finding(
      severity: .critical,
      message: "The link to the master is down" + (seconds.map { " for \(Wording.duration($0))." } ?? "."),
      advice: "Check the master and the network between: this replica serves data that grows old.",
      evidence: seconds.map { [Evidence("link_down_seconds", $0)] } ?? [])
    guard let seconds, seconds < policy.linkDownAfter else { return .raised(finding) }
    return .holding(finding)
  }

  private mutating func master(_ facts: ServerFacts, at now: UnixTime, _ policy: HealthPolicy) -> Verdict {
    guard let online = facts.onlineReplicas else { return .unknown }
    guard let before = expected, online < before else {
      (expected, fewerSince) = (online, nil)
      return .clear
    }
    let since = min(fewerSince ?? now, now)
    fewerSince = since
    guard now.seconds(since: since) < policy.replicaMemory else {
      (expected, fewerSince) = (online, nil)
      return .clear
    }
    let connected = facts.connectedReplicas ?? online
    let isSyncing = connected >= before
    return .raised(
      Finding(
        severity: online == 0 && !isSyncing ? .critical : .warning,
        message: "\(Wording.count(Double(online))) of \(Wording.count(Double(before), "replica")) are online.",
        advice: isSyncing
          ? "Wait for the synchronisation and watch the output buffers: the replicas are connected but not yet online."
          : "Check the missing replicas and the network to them: reads and failover have fewer servers than before.",
        evidence: [
          Evidence("online_replicas", Double(online)), Evidence("connected_replicas", Double(connected)),
          Evidence("expected_replicas", Double(before)),
        ]))
  }
}
