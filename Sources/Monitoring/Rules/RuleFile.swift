internal import CacheModel
internal import Health

/// Alert and recording rules for Prometheus 2.26 and later, as YAML, out of a configuration's targets.
///
/// Without a target they fit any configuration: hit rates are held to what `cache_namespace_target_ratio` says, and the
/// other thresholds are the defaults. The same targets give the same bytes.
///
/// - Parameters:
///   - targets: in the configuration's order.
///   - pace: how long a second of the rules lasts, above 0: 1 in earnest, less in tests that shorten time.
public func prometheusRules(for targets: [RuleTarget], pace: Double = 1) -> String {
  let pace = Pace(factor: pace)
  var rates: [RuleGroup] = []
  let subjects = targets.isEmpty ? [HitRateSubject.anyNamespace] : targets.flatMap(HitRateSubject.subjects)
  let policies = scopedPolicies(targets)
  for (prefix, name) in [("cache_namespace", "cachegauge-hit-rate"), ("cache", "cachegauge-hit-rate-of-targets")] {
    let judged = subjects.filter { $0.prefix == prefix }
    guard prefix == "cache_namespace" || !judged.isEmpty else { continue }
    let scopes =
      prefix == "cache" ? judged.map { ($0.scope, $0.policy) } : scopedPolicies(targets.filter(\.hasParts))
    let falls = scopes.map { FallAlert(pace: pace, prefix: prefix, scope: $0.scope, policy: $0.policy).rule }
    rates.append(
      RuleGroup(
        name: name, comment: rateComment,
        rules: HitRateRecords(pace: pace).rules(prefix)
          + judged.flatMap { HitRateAlerts(pace: pace, subject: $0).rules }
          + falls))
  }
  let groups =
    rates + [
      RuleGroup(name: "cachegauge-availability", rules: AvailabilityRules(pace: pace).rules),
      RuleGroup(
        name: "cachegauge-memory",
        rules: policies.flatMap { MemoryRules(pace: pace, scope: $0.scope, policy: $0.policy).rules }),
      RuleGroup(
        name: "cachegauge-work",
        rules: SlowOperationRecords(pace: pace).rules
          + policies.flatMap { ActivityRules(pace: pace, scope: $0.scope, policy: $0.policy).rules }),
      RuleGroup(name: "cachegauge-warnings", rules: WarningRules().rules),
    ]
  return RuleFileWriter(header: header(targets), groups: groups, pace: pace).text
}

private let rateComment = [
  "One group, so that the alerts see what was recorded just before. What they are made of comes first: lookups, the",
  "ratio of those that hit, and the upper end of its 95 % interval (Wilson's).",
]

private func header(_ targets: [RuleTarget]) -> [String] {
  [
    "Alerts on what cachegauge exports. Written by `cachegauge rules`: change the configuration, not this file.",
    "For Prometheus 2.26 and later, with a scrape interval of at most 60 s.", "",
    targets.isEmpty
      ? "For any configuration: hit rates are held to the targets that cachegauge's own metrics tell."
      : "Hit rates are held to the configuration's targets, other figures to its thresholds.",
    "A ratio is always a ratio of increases of counters, so that neither a reset of a counter nor a restart of",
    "cachegauge shows. A judgement needs evidence: enough lookups, and enough history after a target appeared.",
    "`runbook` names the place in the documentation that says what to do.",
  ]
}

/// Each policy with its targets: one for all where they agree.
private func scopedPolicies(_ targets: [RuleTarget]) -> [(scope: Scope, policy: HealthPolicy)] {
  guard let first = targets.first else { return [(.all, .standard)] }
  if targets.allSatisfy({ $0.policy == first.policy }) { return [(.all, first.policy)] }
  return targets.map { (.target($0.name), $0.policy) }
}

extension RuleTarget {
  fileprivate var hasParts: Bool { !namespaces.isEmpty }
}

extension HitRateSubject {
  /// Whatever namespace has a target in its metrics.
  fileprivate static let anyNamespace = HitRateSubject(
    prefix: "cache_namespace", scope: .all, bound: .told, policy: .standard)

  /// The namespaces of a target that ask for a hit rate; the target itself where it has none and its policy asks.
  fileprivate static func subjects(_ target: RuleTarget) -> [HitRateSubject] {
    let scope = Scope.target(target.name)
    guard !target.namespaces.isEmpty else {
      return target.policy.wholeTarget.map {
        [HitRateSubject(prefix: "cache", scope: scope, bound: .declared($0), policy: target.policy)]
      } ?? []
    }
    return target.namespaces.compactMap { namespace in
      namespace.target.map {
        HitRateSubject(
          prefix: "cache_namespace", scope: scope.namespace(namespace.name), bound: .declared($0),
          policy: target.policy, isEssential: namespace.isCritical)
      }
    }
  }
}
