internal import CacheModel

extension ServerView {
  /// Memory in use against `maxmemory`. Where the server can evict, being full is normal and at most a warning.
  func memoryNearLimit() -> Verdict {
    guard let used = facts.usedMemory.map(Double.init) else { return .unknown }
    guard let limit else { return facts.maximumMemory == nil ? .unknown : .clear }
    let share = used / limit
    guard share >= policy.memoryWarning - policy.memoryMargin else { return .clear }
    var evidence = [
      Evidence("used_memory_bytes", used), Evidence("maximum_memory_bytes", limit), Evidence("used_ratio", share),
    ]
    var message =
      "\(Wording.percent(share)) of maxmemory is in use: \(Wording.bytes(used)) of \(Wording.bytes(limit))"
    if let growth = growth(.memory), growth.seconds >= 300, growth.value > 0, used < limit {
      let rate = growth.value / growth.seconds
      let left = (limit - used) / rate
      evidence.append(Evidence("growth_bytes_per_second", rate))
      evidence.append(Evidence("seconds_until_full", left))
      if left < 604_800 { message += "; at the present rate it is full in \(Wording.duration(left))" }
    }
    let finding = Finding(
      severity: memorySeverity(share), message: message + ".", advice: memoryAdvice, evidence: evidence)
    return share >= policy.memoryWarning ? .raised(finding) : .holding(finding)
  }

  private func memorySeverity(_ share: Double) -> Severity {
    if canEvict { return worksWell == true ? .info : .warning }
    return share >= policy.memoryCritical ? .critical : .warning
  }

  private var memoryAdvice: String {
    let name = facts.evictionPolicy ?? "unknown"
    if canEvict {
      return worksWell == true
        ? "Nothing is needed while the hit rate is good: \(name) evicts what is used least, and a full cache is normal."
        : "Raise maxmemory or store less, and watch the hit rate: \(name) makes room by evicting keys that may still be "
          + "wanted."
    }
    if evictsVolatileKeys, let share = shareWithoutTTL {
      return
        "Give keys a time to live or use an allkeys policy: \(name) can't evict the \(Wording.percent(share)) of "
        + "keys that have none, and writes fail once the rest is gone."
    }
    return "Raise maxmemory, shorten times to live, or set an allkeys policy such as allkeys-lru: with \(name) the "
      + "server evicts nothing and refuses writes when it is full."
  }

  /// No `maxmemory`.
  func memoryUnlimited() -> Verdict {
    guard let maximum = facts.maximumMemory else { return .unknown }
    guard maximum <= 0 else { return .clear }
    let used = facts.usedMemory.map(Double.init)
    let now = used.map { "; \(Wording.bytes($0)) are in use" } ?? ""
    return .raised(
      Finding(
        severity: policy.unlimitedMemorySeverity, message: "maxmemory is not set\(now).",
        advice:
          "Set maxmemory below what the machine can spare, with an allkeys policy: without a limit the cache grows "
          + "until the operating system kills it.",
        evidence: used.map { [Evidence("used_memory_bytes", $0)] } ?? []))
  }

  /// A policy that can't make room in a cache that has a limit.
  func evictionPolicyUnsuitable() -> Verdict {
    guard let name = facts.evictionPolicy, facts.maximumMemory != nil else { return .unknown }
    guard let limit else { return .clear }
    if name == "noeviction" {
      return .raised(
        Finding(
          severity: policy.evictionPolicySeverity,
          message: "maxmemory is \(Wording.bytes(limit)) and maxmemory-policy is noeviction.",
          advice:
            "Set an allkeys policy, allkeys-lru or allkeys-lfu: with noeviction the server refuses writes when it "
            + "is full instead of dropping old entries.",
          evidence: [Evidence("maximum_memory_bytes", limit)]))
    }
    guard evictsVolatileKeys else { return .clear }
    guard let share = shareWithoutTTL else { return .unknown }
    guard share >= policy.withoutTTLShare * 0.9 else { return .clear }
    let finding = Finding(
      severity: policy.evictionPolicySeverity,
      message:
        "\(Wording.percent(share)) of \(Wording.count(Double(facts.keys ?? 0))) keys have no time to live, and "
        + "\(name) can't evict those.",
      advice: share >= 1
        ? "Set an allkeys policy or give keys a time to live: no key has one, so \(name) works like noeviction."
        : "Give every key a time to live or set an allkeys policy: evictions fall on the other keys only, however often "
          + "those are used.",
      evidence: [
        Evidence("keys", Double(facts.keys ?? 0)), Evidence("keys_with_ttl", Double(facts.keysWithTTL ?? 0)),
        Evidence("without_ttl_ratio", share), Evidence("maximum_memory_bytes", limit),
      ])
    return share >= policy.withoutTTLShare ? .raised(finding) : .holding(finding)
  }

  /// Evictions that are many against lookups, or against the keys that there are.
  func evictionsHigh() -> Verdict {
    guard let evictions = growth(.evictions) else { return .unknown }
    guard evictions.value >= policy.minimumEvictions, evictions.seconds > 0 else { return .clear }
    let lookups = (growth(.hits)?.value ?? 0) + (growth(.misses)?.value ?? 0)
    let perLookup = lookups > 0 ? evictions.value / lookups : nil
    let rate = evictions.value / evictions.seconds
    let turnover = facts.keys.map { Double($0) / rate }
    // Half of either threshold keeps a warning.
    func exceeds(_ part: Double) -> Bool {
      (perLookup ?? 0) >= policy.evictionsPerLookup * part
        || (turnover ?? .infinity) <= policy.evictionTurnover / part
    }
    guard exceeds(0.5) else { return .clear }
    let finding = evictionFinding(evictions.value, rate, lookups, perLookup, turnover)
    return exceeds(1) ? .raised(finding) : .holding(finding)
  }

  private func evictionFinding(
    _ evictions: Double, _ rate: Double, _ lookups: Double, _ perLookup: Double?, _ turnover: Double?
  ) -> Finding {
    var evidence = [Evidence("evictions", evictions), Evidence("evictions_per_second", rate)]
    var parts: [String] = []
    if let perLookup {
      evidence += [Evidence("lookups", lookups), Evidence("evictions_per_lookup", perLookup)]
      parts.append("one for every \(Wording.decimal(1 / perLookup, places: 1)) lookups")
    }
    if let turnover {
      evidence.append(Evidence("turnover_seconds", turnover))
      parts.append("enough to replace all keys in \(Wording.duration(turnover))")
    }
    if let limit { evidence.append(Evidence("maximum_memory_bytes", limit)) }
    let memory = limit.map { " (now \(Wording.bytes($0)))" } ?? ""
    return Finding(
      severity: worksWell == true ? .info : .warning,
      message: "\(Wording.count(evictions, "key")) evicted within 5m"
        + (parts.isEmpty ? "." : ": " + parts.joined(separator: ", ") + "."),
      advice: worksWell == true
        ? "More memory\(memory) would save stores, but the hit rate is good as it is: what is evicted is hardly missed."
        : "Raise maxmemory\(memory), store smaller or fewer values, or cache less that is read once: keys lose their "
          + "place before they are used again.",
      evidence: evidence)
  }

  /// Much more memory resident than used, and enough of it to matter.
  func fragmentationHigh() -> Verdict {
    guard let ratio = facts.fragmentationRatio, let bytes = facts.fragmentationBytes.map(Double.init) else {
      return .unknown
    }
    guard ratio >= 1 + (policy.fragmentationRatio - 1) * 0.9, bytes >= policy.fragmentationBytes * 0.9 else {
      return .clear
    }
    let finding = Finding(
      severity: .warning,
      message: "Resident memory is \(Wording.decimal(ratio, places: 2)) times the memory in use: "
        + "\(Wording.bytes(bytes)) more.",
      advice: "Switch on activedefrag, or restart the server at a quiet time: the allocator holds "
        + "\(Wording.bytes(bytes)) that no key uses.",
      evidence: [Evidence("fragmentation_ratio", ratio), Evidence("fragmentation_bytes", bytes)]
        + (facts.residentMemory.map { [Evidence("resident_memory_bytes", Double($0))] } ?? []))
    let isHigh = ratio >= policy.fragmentationRatio && bytes >= policy.fragmentationBytes
    return isHigh ? .raised(finding) : .holding(finding)
  }
}
