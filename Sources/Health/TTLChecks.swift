internal import CacheModel

extension ServerView {
  /// Times to live that the namespaces declare; nil unless each of them does.
  private var declaredTTLs: [Double]? {
    let all = input.namespaces.map(\.definition.ttl)
    let known = all.compactMap(\.self)
    return known.isEmpty || known.count < all.count ? nil : known
  }

  /// Many keys that never expire. Where nothing can evict them either, they stay until someone deletes them.
  func keysWithoutTTL() -> Verdict {
    guard let keys = facts.keys, let with = facts.keysWithTTL else { return .unknown }
    let worst = leastExpiring
    guard let share = shareWithoutTTL, share >= policy.keysWithoutTTL * 0.9 || worst != nil else { return .clear }
    let declaring = input.namespaces.count { $0.definition.ttl != nil }
    let finding = Finding(
      severity: keysWithoutTTLSeverity(declaring),
      message: "\(Wording.percent(share)) of \(Wording.count(Double(keys), "key")) have no time to live"
        + (worst.map { worst in
          "; of the \(Wording.count(Double(worst.keys), "key")) of \(worst.name), which declares "
            + "\(Wording.duration(worst.declared)), it is \(Wording.percent(worst.withoutTTL))."
        } ?? "."),
      advice: keysWithoutTTLAdvice(declaring),
      evidence: [
        Evidence("keys", Double(keys)), Evidence("keys_with_ttl", Double(with)),
        Evidence("without_ttl_ratio", share),
        Evidence("namespaces_with_declared_ttl", Double(declaring)),
      ]
        + (worst.map { worst in
          [
            Evidence("namespace_without_ttl_ratio", worst.withoutTTL),
            Evidence("sampled_keys", Double(worst.sample.size)),
          ]
        } ?? []))
    let most = max(share, worst?.withoutTTL ?? 0)
    return most >= policy.keysWithoutTTL ? .raised(finding) : .holding(finding)
  }

  /// Without a declared time to live nobody said that keys should have one; where any key may be evicted, they go.
  private func keysWithoutTTLSeverity(_ declaring: Int) -> Severity {
    guard declaring > 0, !evictsAnyKey || limit == nil else { return .info }
    return limit == nil ? policy.unlimitedMemorySeverity : policy.evictionPolicySeverity
  }

  private func keysWithoutTTLAdvice(_ declaring: Int) -> String {
    if evictsAnyKey, limit != nil {
      return "Give each key a time to live if its value can grow stale: memory is not at stake, since "
        + "\(facts.evictionPolicy ?? "the policy") evicts any key."
    }
    let fate = limit == nil ? "no limit makes the server evict them" : "the policy can't evict them"
    return declaring > 0
      ? "Look for writes that drop the time to live (SET without EX, PERSIST, GETSET): the configuration declares one, "
        + "and \(fate)."
      : "Give each key a time to live when it is written: these stay until someone deletes them, for \(fate)."
  }

  /// The average time to live of keys against those that the namespaces declare.
  ///
  /// The server tells how long keys have left on average, so that it can't exceed the longest declared time to live
  /// unless some keys have a longer one; far below the shortest, most go much earlier than is declared.
  func ttlNotAsDeclared() -> Verdict {
    // A sample tells of single namespaces, and needs no declaration of the others.
    if let worst = longestLiving { return ttlTooLong(worst) }
    guard let average = facts.averageTTL, let declared = declaredTTLs, let longest = declared.max(),
      let shortest = declared.min(), Double(facts.keysWithTTL ?? 0) >= policy.minimumKeys
    else { return .unknown }
    let excess = average / (longest * policy.ttlExcess)
    let shortfall = average / max(shortest * policy.ttlShortfall, 1e-9)
    // A tenth beyond the threshold that raises keeps it.
    guard excess >= 0.9 || shortfall <= 1.1 else { return .clear }
    let isLong = excess >= 0.9
    let finding = Finding(
      severity: .info,
      message: "Keys have \(Wording.duration(average)) left to live on average; declared are "
        + (shortest == longest
          ? "\(Wording.duration(longest))." : "\(Wording.duration(shortest)) to \(Wording.duration(longest))."),
      advice: isLong
        ? "Look for keys that are written with a longer time to live, or declare it: no key as declared has that much left."
        : "Look for keys that are written with a shorter time to live, or declare it: most go long before the declared "
          + "time is over, and are missed.",
      evidence: [
        Evidence("average_ttl_seconds", average), Evidence("shortest_declared_ttl_seconds", shortest),
        Evidence("longest_declared_ttl_seconds", longest),
        Evidence("keys_with_ttl", Double(facts.keysWithTTL ?? 0)),
      ])
    return excess >= 1 || shortfall <= 1 ? .raised(finding) : .holding(finding)
  }

  private func ttlTooLong(_ worst: SampledTTLs) -> Verdict {
    let finding = Finding(
      severity: .info,
      message: "A key of \(worst.name) has \(Wording.duration(worst.sample.longest)) left to live; declared are "
        + "\(Wording.duration(worst.declared)).",
      advice: "Look for writes to \(worst.name) with a longer time to live, or declare it.",
      evidence: [
        Evidence("longest_ttl_seconds", worst.sample.longest), Evidence("declared_ttl_seconds", worst.declared),
        Evidence("sampled_keys", Double(worst.sample.size)),
      ])
    return worst.sample.longest >= worst.declared * policy.ttlExcess ? .raised(finding) : .holding(finding)
  }
}
