internal import CacheModel
internal import Health

/// Alerts on the hit rate of one subject.
///
/// A window has to be surely below: enough lookups and misses, and the whole 95 % interval. A short window within it has
/// to agree that it goes on. A subject has a quarter of an hour to warm up after its series appeared.
struct HitRateAlerts: Sendable {
  let pace: Pace
  let subject: HitRateSubject

  /// One alert for each bound that tells something of its own.
  var rules: [Rule] {
    [below, critical, burn(fast: true), burn(fast: false)].compactMap(\.self)
  }

  private var below: Rule {
    alert(
      "CacheHitRateBelowTarget", .warning, .hitRateBelowTarget, hold: 300, .long, .short,
      sure: subject.tolerated, recent: subject.target, state: "is below its target",
      ending: "its target is \(subject.spoken(\.hitRate, metric: "cache_namespace_target_ratio")).",
      comment: ["Sure over 30 minutes, by more misses than are let pass, and still going on within the last 5."])
  }

  private var critical: Rule {
    alert(
      "CacheHitRateCritical", .critical, .hitRateCritical, hold: 180, .short, .shortest,
      sure: subject.critical, recent: subject.critical, state: "is critically low",
      ending: "below \(subject.spoken(\.critical, metric: "cache_namespace_critical_ratio")) is critical.",
      comment: [
        "Below the bound that is an emergency: sure over 5 minutes, still going on within the last 3. It must hold for",
        "as long as the short window, so that a single burst of misses is not enough.",
      ])
  }

  private func burn(fast: Bool) -> Rule? {
    let factor = fast ? subject.policy.fastBurn : subject.policy.slowBurn
    guard let bound = subject.burnt(factor) else { return nil }
    return alert(
      fast ? "CacheMissBudgetBurnsFast" : "CacheMissBudgetBurnsSlowly", .critical, .hitRateBelowTarget,
      hold: fast ? 180 : 300, fast ? .short : .hour, fast ? .shortest : .short, sure: bound, recent: bound,
      state: "burns its miss budget \(fast ? "fast" : "steadily")",
      ending: "misses come at \(pace(of: factor)) what its target allows.",
      comment: [
        fast
          ? "Misses at many times the pace that the target allows, held within what the target can reach at all."
          : "A slower burn that has gone on for an hour."
      ],
      guarding: isTold ? "1 - cache_namespace_target_ratio <= \(Figure.text(mostAllowed))" : nil)
  }

  private var isTold: Bool {
    if case .told = subject.bound { true } else { false }
  }

  /// The share of misses that a target may allow for its burn to tell anything.
  private var mostAllowed: Double { MissBudget.reach / MissBudget.leastTellingFactor }

  private func pace(of factor: Double) -> String {
    guard case .declared(let target) = subject.bound else { return "several times" }
    return "\(Figure.text(rounded(MissBudget.reachableFactor(factor, of: target.hitRate)))) times or more"
  }

  private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

  private func alert(
    _ name: String, _ severity: Severity, _ code: WarningCode, hold: Double, _ long: Window, _ short: Window,
    sure: String, recent: String, state: String, ending: String, comment: [String], guarding: String? = nil
  ) -> Rule {
    let (scope, policy) = (subject.scope, subject.policy)
    func recorded(_ what: String, _ window: Window) -> String { scope.of(subject.recorded(what, window)) }
    let (ratio, lookups) = (recorded("hit_ratio", long), recorded("lookups", long))
    var parts = [
      ratio,
      "\(lookups) >= \(Figure.text(policy.minimumLookups))",
      "\(lookups) * (1 - \(ratio)) >= \(Figure.text(policy.minimumMisses))",
      "\(recorded("hit_ratio_upper", long)) < \(sure)",
      "\(recorded("lookups", short)) >= \(Figure.text(policy.minimumRecentLookups))",
      "\(recorded("hit_ratio", short)) < \(recent)",
      "\(scope.of(subject.prefix + "_hits_total")) offset \(pace.span(900))",
    ]
    if let guarding { parts.append(guarding) }
    let count = Template.value(subject.recorded("lookups", long), by: subject.labels, Template.whole)
    return .alert(
      name, severity, in: scope, hold: hold, runbook: runbook(code),
      summary: "\(Template.place)the hit rate of \(subject.title) \(state)",
      description: "{{ $value | humanizePercentage }} of \(count) lookups in \(subject.title) hit within "
        + "\(spoken(long)); \(ending)",
      labels: subject.isEssential ? [("essential", "true")] : [], comment: comment,
      parts.joined(separator: "\n  and "))
  }

  private func spoken(_ window: Window) -> String {
    window == .hour ? "an hour" : "\(Figure.text(window.seconds / 60)) minutes"
  }
}
