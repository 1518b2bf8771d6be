internal import CacheModel

extension ServerView {
  /// Connections close to the server's limit, before it refuses any.
  func clientsNearLimit() -> Verdict {
    guard let clients = facts.connectedClients.map(Double.init), let most = facts.maximumClients.map(Double.init),
      most > 0
    else { return .unknown }
    let share = clients / most
    guard share >= policy.clientShare * 0.9 else { return .clear }
    let blocked = Double(facts.blockedClients ?? 0)
    let finding = Finding(
      severity: share >= policy.clientShareCritical ? .critical : .warning,
      message: "\(Wording.count(clients)) of \(Wording.count(most)) clients are connected"
        + (blocked > 0 ? ", \(Wording.count(blocked)) of them wait in a blocking call." : "."),
      advice: blocked >= clients / 2
        ? "Share connections among those that wait (one reader for many queues or streams): blocking calls hold most "
          + "of the connections, and the server refuses new ones at its limit."
        : "Bound the clients' pools to what they use at once, and close idle connections (timeout): at the limit the "
          + "server refuses new ones.",
      evidence: [
        Evidence("connected_clients", clients), Evidence("maximum_clients", most), Evidence("client_ratio", share),
        Evidence("blocked_clients", blocked),
      ])
    return share >= policy.clientShare ? .raised(finding) : .holding(finding)
  }

  /// Clients that open a connection for a few commands, instead of keeping it.
  func connectionChurn() -> Verdict {
    guard let opened = growth(.connections), let commands = growth(.commands), opened.seconds > 0 else {
      return .unknown
    }
    let rate = opened.value / opened.seconds
    let share = opened.value / max(1, commands.value)
    func exceeds(_ part: Double) -> Bool {
      rate >= policy.connectionsPerSecond * part && share >= policy.connectionsPerCommand * part
    }
    // Half of both keeps a warning; five minutes must be covered, for a fleet that restarts connects at once.
    guard exceeds(0.5) else { return .clear }
    let finding = Finding(
      severity: .warning,
      message: "\(Wording.decimal(rate, places: 1)) connections are opened each second, one for every "
        + "\(Wording.decimal(1 / max(share, 1e-9), places: 1)) commands.",
      advice:
        "Keep connections open and share them in a pool: opening one costs the server and the client more than the "
        + "few commands that it carries.",
      evidence: [
        Evidence("connections", opened.value), Evidence("connections_per_second", rate),
        Evidence("commands", commands.value), Evidence("connections_per_command", share),
        Evidence("window_seconds", Double(Growths.Figure.connections.window)),
        Evidence("covered_seconds", opened.seconds),
      ])
    return exceeds(1) && opened.seconds >= 240 ? .raised(finding) : .holding(finding)
  }

  /// Buffers of clients that take memory from keys.
  func clientBuffersLarge() -> Verdict {
    guard let bytes = facts.clientMemory.map(Double.init), let used = facts.usedMemory.map(Double.init) else {
      return .unknown
    }
    let whole = max(1, limit ?? used)
    let share = bytes / whole
    guard share >= policy.clientMemoryShare * 0.8, bytes >= policy.clientMemoryBytes * 0.8 else { return .clear }
    let largest = facts.largestOutputBuffer.map(Double.init)
    let finding = Finding(
      severity: .warning,
      message: "Buffers of clients take \(Wording.bytes(bytes)), \(Wording.percent(share)) of "
        + (limit == nil ? "the memory in use" : "maxmemory")
        + (largest.map { "; the largest output buffer of late has \(Wording.bytes($0))." } ?? "."),
      advice:
        "Find the clients that read slowly or ask for too much at once (CLIENT LIST, omem and tot-mem), and bound "
        + "them by client-output-buffer-limit or maxmemory-clients: this memory is missing for keys.",
      evidence: [
        Evidence("client_memory_bytes", bytes), Evidence("client_memory_ratio", share),
        Evidence("used_memory_bytes", used),
      ] + (largest.map { [Evidence("largest_output_buffer_bytes", $0)] } ?? []))
    let isLarge = share >= policy.clientMemoryShare && bytes >= policy.clientMemoryBytes
    return isLarge ? .raised(finding) : .holding(finding)
  }
}
