internal import CacheModel

extension ServerView {
  /// Refused client connections within five minutes.
  func connectionsRejected() -> Verdict {
    guard let rejected = growth(.rejectedConnections) else { return .unknown }
    guard rejected.value > 0 else { return .clear }
    var evidence = [Evidence("rejected_connections", rejected.value), Evidence("window_seconds", 300)]
    var message = "\(Wording.count(rejected.value, "connection")) refused within 5m"
    var share = 0.0
    if let clients = facts.connectedClients, let most = facts.maximumClients, most > 0 {
      share = Double(clients) / Double(most)
      evidence += [Evidence("connected_clients", Double(clients)), Evidence("maximum_clients", Double(most))]
      message += "; \(Wording.count(Double(clients))) of \(Wording.count(Double(most))) clients are connected"
    }
    let isFull = share >= policy.clientShareCritical
    let finding = Finding(
      severity: isFull ? .critical : .warning, message: message + ".",
      advice: isFull
        ? "Find the client that opens connections without closing them, bound its pool, and raise maxclients if all are "
          + "needed: the server is at its limit now."
        : "Bound the clients' pools below maxclients and look for bursts of new connections: the limit was reached, "
          + "although it is not now.",
      evidence: evidence)
    return rejected.value >= policy.rejectedConnections ? .raised(finding) : .holding(finding)
  }

  /// Many slow operations within five minutes, or one that blocked the server for long.
  func slowOperations() -> Verdict {
    guard let threshold = input.slowOperations.thresholdMicroseconds, threshold >= 0 else { return .unknown }
    let begin = now.adding(seconds: -300)
    // Entries carry whole seconds of the server's clock, which may run ahead of ours.
    let recent = input.slowOperations.recent.filter { $0.time >= begin }
    let worst = recent.max { $0.microseconds < $1.microseconds }
    let count = max(growth(.slowOperations)?.value ?? 0, Double(recent.count))
    let longest = Double(worst?.microseconds ?? 0) / 1e6
    guard count >= policy.slowOperations / 2 || longest >= policy.slowOperationSeconds else { return .clear }
    let finding = slowFinding(count, worst, longest, commonest(recent), Double(threshold) / 1e6)
    let isHigh = count >= policy.slowOperations || longest >= policy.slowOperationSeconds
    return isHigh ? .raised(finding) : .holding(finding)
  }

  private func commonest(_ operations: [SlowOperation]) -> SlowOperationKey? {
    var counts: [SlowOperationKey: Int] = [:]
    for operation in operations {
      counts[SlowOperationKey(namespace: operation.namespace ?? "other", command: operation.command), default: 0] +=
        1
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  private func slowFinding(
    _ count: Double, _ worst: SlowOperation?, _ longest: Double, _ common: SlowOperationKey?, _ threshold: Double
  ) -> Finding {
    let limit = Wording.decimal(threshold * 1000, places: threshold < 0.001 ? 2 : 0) + " ms"
    var message = "\(Wording.count(count, "operation")) took longer than \(limit) within 5m"
    if let worst {
      let place = worst.namespace.map { " in \($0)" } ?? ""
      message += "; the longest, \(worst.command)\(place), took \(Wording.decimal(longest * 1000, places: 1)) ms"
    }
    let command = longest >= policy.slowOperationSeconds ? worst?.command : common?.command ?? worst?.command
    return Finding(
      severity: .warning, message: message + ".", advice: slowAdvice(command, common),
      evidence: [
        Evidence("slow_operations", count), Evidence("window_seconds", 300),
        Evidence("threshold_seconds", threshold),
        Evidence("longest_seconds", longest), Evidence("lost_entries", Double(input.slowOperations.lost)),
      ])
  }

  private func slowAdvice(_ command: String?, _ common: SlowOperationKey?) -> String {
    let blocked = "every other client waits while it runs"
    switch command {
    case "keys":
      return "Replace KEYS by SCAN, or keep an index: KEYS walks the whole key space, and \(blocked)."
    case "smembers", "hgetall", "hkeys", "hvals", "lrange", "zrange", "zrangebyscore", "sort", "sunion", "sinter",
      "sdiff":
      let name = command ?? ""
      return "Split the large keys\(placeText(common)) or read them in parts (SSCAN, HSCAN, ZSCAN, short ranges): "
        + "\(name) takes time with the size of the key, and \(blocked)."
    case "del", "flushall", "flushdb":
      let name = command ?? ""
      return "Use UNLINK or the ASYNC option: \(name) frees memory while \(blocked)."
    case "eval", "evalsha", "fcall":
      return "Shorten the script or move its loop to the client: \(blocked)."
    case .some(let name):
      return
        "Look at \(name)\(placeText(common)) in the slow log for large values or long argument lists: \(blocked)."
    case nil:
      return "Read the slow log: its entries were gone before they could be read, so the commands are not known."
    }
  }

  private func placeText(_ common: SlowOperationKey?) -> String {
    guard let namespace = common?.namespace, namespace != "other" else { return "" }
    return " of \(namespace)"
  }

  /// No answer to the last poll.
  func targetDown() -> Verdict {
    guard input.polls > 0 else { return .unknown }
    guard !input.isUp else { return .clear }
    let cause = input.failure
    let since = input.lastSuccess.map { now.seconds(since: $0) }
    let last = since.map { "; it last answered \(Wording.duration(max(0, $0))) ago" } ?? "; it never answered"
    return .raised(
      Finding(
        severity: .critical, message: "The cache does not answer (\(cause?.rawValue ?? "unknown cause"))\(last).",
        advice: AvailabilityAdvice.text(for: cause),
        evidence: since.map { [Evidence("seconds_since_success", max(0, $0))] } ?? []))
  }

  /// No successful sample for several intervals.
  func sampleStale() -> Verdict {
    guard let last = input.lastSuccess else { return .unknown }
    let age = now.seconds(since: last)
    let limit = max(policy.staleIntervals * interval, policy.staleSeconds)
    guard age > limit else { return .clear }
    return .raised(
      Finding(
        severity: .warning, message: "The newest sample is \(Wording.duration(age)) old.",
        advice: input.isUp
          ? "Look at the load of the machine that runs cachegauge: the cache answers, but polls come late."
          : "See why the target is down: every figure about the server is of its last answer, not of now.",
        evidence: [Evidence("sample_age_seconds", age), Evidence("allowed_seconds", limit)]))
  }
}
