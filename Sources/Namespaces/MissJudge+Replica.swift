/// What a replica tells. Its master expires and evicts keys, and tells it of either, and of deletions, by the same command; and a key
/// whose time to live is over is gone for the replica's readers before that command comes.
extension MissJudge {
  /// How much later than the end of its key's time to live a deletion may come, in units of 10 ms: masters seek expired keys ten times a
  /// second, but not all of them each time.
  private static let lateness: UInt32 = 10 * 100

  /// What a deletion did that a replica tells of: only the key's time to live may say it. Nil where it belongs to the life before the
  /// last miss, which is over already: a master deletes an expired key when it is stored anew.
  func deletion(of trace: KeyTrace?, _ namespace: Int, _ now: UInt32) -> KeyTrace.State? {
    guard let trace, trace.state == .filled else { return .lost }
    if isOver(trace, namespace, now) { return .expired }
    let longest = min(Self.lateness, limit(of: namespace).map { $0 / 2 } ?? .max)
    return trace.removed == 0 && now &- trace.missed < longest ? nil : .lost
  }

  /// Notes that a key which is missed has expired although nothing told it yet; answers whether it has. Where that should have been told
  /// long ago, it may as well not have been stored.
  mutating func expireUntold(_ slot: Int, _ flush: FlushTimes.Of, _ namespace: Int, _ now: UInt32) -> Bool {
    let trace = memory[slot]
    guard trace.state == .filled, !trace.isNotStored, trace.missed > max(gapEnd, flush.latest),
      isOver(trace, namespace, now), let ttl = limit(of: namespace)
    else { return false }
    memory[slot].state = now &- trace.missed < ttl &+ Self.lateness ? .expired : .lost
    memory[slot].removed = now
    return true
  }
}

extension EventLedger {
  /// Says whether the server is a replica now, whose deletions may be its master's expiries and evictions.
  public mutating func serves(asReplica isReplica: Bool) { judge.isReplica = isReplica }
}
