public import CacheModel

/// Judges one target, poll by poll: a value that remembers what hysteresis needs. Pure; time comes with the input.
///
/// Call it once after each poll, when history has the poll's row. It costs time with the number of namespaces, about
/// 6 µs each over a `Ring`, and memory of about 16 KiB each, most of it for the last five minutes' counts.
public struct HealthEvaluator: Sendable {
  /// The thresholds.
  public let policy: HealthPolicy
  private let interval: Double
  private let rules: [BurnRule]
  /// The whole target first, then the namespaces in the configuration's order.
  private var sources: [HitRateSource]
  private var server = ServerLatches()
  /// Which times successful polls cover.
  private var polls = Coverage()
  private var growths = Growths()
  private var judgesWholeTarget = true

  /// An evaluator that has seen nothing. `interval` is in seconds between planned polls.
  public init(policy: HealthPolicy, namespaces: [NamespaceDefinition], interval: Double) {
    self.policy = policy
    self.interval = interval
    rules = BurnRule.rules(policy)
    let definitions = [nil] + namespaces.map(Optional.some)
    sources = definitions.enumerated().map { HitRateSource($1, stagger: $0) }
  }

  /// The verdict on the poll of `input.now`.
  public mutating func evaluate(_ input: HealthInput, history: some History) -> TargetHealth {
    observe(input, history)
    judgeHitRates(input, history)
    server.update(view(input), interval: interval)
    return health(input)
  }

  // MARK: Steps

  private mutating func observe(_ input: HealthInput, _ history: some History) {
    if input.isUp {
      if polls.start == nil {
        polls.begin(at: max(history.oldest ?? input.now, input.now.adding(seconds: -86_400)), now: input.now)
      }
      let isBroken = polls.observe(at: input.now, tolerance: max(2.5 * interval, 1))
      growths.refresh(at: input.now, history, polls, interval: interval, isForced: isBroken)
    }
    var byName: [String: NamespaceCounts]?
    for index in sources.indices {
      var counts: (hits: Int64, misses: Int64)?
      if input.isUp {
        if let name = sources[index].definition?.name {
          let found = Self.counts(of: name, at: index - 1, input, &byName)
          if let hits = found?.hits, let misses = found?.misses {
            counts = (hits, misses)
            judgesWholeTarget = false
          }
          sources[index].judgeReadability(of: found, at: input.now, policy)
        } else if let hits = input.hits, let misses = input.misses {
          counts = (hits, misses)
        }
      }
      sources[index].observe(
        at: input.now, counts: counts, history, interval: interval, minimumLookups: policy.minimumLookups)
    }
  }

  /// Namespaces mostly come in the declared order; else they are found by name.
  private static func counts(
    of name: String, at position: Int, _ input: HealthInput, _ byName: inout [String: NamespaceCounts]?
  ) -> NamespaceCounts? {
    var found = position < input.namespaces.count ? input.namespaces[position] : nil
    if found?.definition.name != name {
      let table = byName ?? Dictionary(input.namespaces.map { ($0.definition.name, $0) }) { first, _ in first }
      byName = table
      found = table[name]
    }
    return found
  }

  private mutating func judgeHitRates(_ input: HealthInput, _ history: some History) {
    let (now, facts, polls) = (input.now, input.facts, polls)
    let delays = Latch.Delays(raise: policy.raiseAfter, clear: policy.clearAfter, unknown: policy.evidenceHold)
    let contexts = MissContext.Cache()
    for index in sources.indices {
      let isWhole = index == 0
      guard input.isUp, !isWhole || judgesWholeTarget else {
        for latch in [\HitRateSource.below, \.critical, \.falling] {
          sources[index][keyPath: latch].update(.unknown, at: now, delays)
        }
        continue
      }
      let source = sources[index]
      let findings = HitRateFindings(source: source) { seconds in
        contexts.context(seconds) { MissContext(seconds: seconds, at: now, facts, history, polls) }
      }
      let judge = HitRateJudge(now: now, source: source, policy: policy)
      let target = isWhole ? policy.wholeTarget : source.definition?.target
      if let target {
        let below = judge.outcome(
          of: target.hitRate, by: rules, tolerance: policy.missTolerance, since: source.below.since)
        sources[index].below.update(
          verdict(below, judge, findings, target.hitRate, "target", .warning, source.below), at: now, delays)
        let critical = judge.outcome(
          of: target.critical, by: BurnRule.critical, tolerance: 1, since: source.critical.since)
        sources[index].critical.update(
          verdict(critical, judge, findings, target.critical, "critical", .critical, source.critical), at: now,
          delays)
      }
      let fall = FallJudge(now: now, source: source, policy: policy).outcome()
      sources[index].falling.update(verdict(fall, findings), at: now, delays)
    }
  }

  private func verdict(
    _ outcome: HitRateJudge.Outcome, _ judge: HitRateJudge, _ findings: HitRateFindings, _ target: Double,
    _ bound: String, _ severity: Severity, _ latch: Latch
  ) -> Verdict {
    switch outcome {
    case .unknown: return .unknown
    case .met: return .clear
    case .missed(let miss):
      return .raised(miss.rule.severity) { findings.missed(miss, of: target, bound: bound) }
    case .undecided:
      guard latch.isActive, let window = judge.representative else { return .clear }
      return .holding(severity) { findings.undecided(window, of: target, bound: bound, severity) }
    }
  }

  private func verdict(_ outcome: FallJudge.Outcome, _ findings: HitRateFindings) -> Verdict {
    switch outcome {
    case .unknown: .unknown
    case .none: .clear
    case .fall(let fall):
      fall.isRaised
        ? .raised(.warning) { findings.fallen(fall) } : .holding(.warning) { findings.fallen(fall) }
    }
  }

  private func view(_ input: HealthInput) -> ServerView {
    ServerView(
      input: input, policy: policy, interval: interval, worksWell: worksWell(input.now), growths: growths)
  }

  /// False when a hit rate is too low, true when one holds its target or the whole target's is good.
  private func worksWell(_ now: UnixTime) -> Bool? {
    if sources.contains(where: { $0.below.isActive || $0.critical.isActive || $0.falling.isActive }) {
      return false
    }
    let judged = sources.dropFirst().filter { $0.definition?.target != nil }
    if judged.contains(where: { HitRateJudge(now: now, source: $0, policy: policy).hasEvidence }) { return true }
    let whole = HitRateJudge(now: now, source: sources[0], policy: policy)
    return whole.representative?.ratio.map { $0 >= policy.goodHitRate }
  }

  private func health(_ input: HealthInput) -> TargetHealth {
    var warnings = server.warnings
    for source in sources {
      let name = source.definition?.name
      warnings += [
        source.critical.warning(.hitRateCritical, namespace: name),
        source.below.warning(.hitRateBelowTarget, namespace: name),
        source.falling.warning(.hitRateFalling, namespace: name),
        source.unreadable.warning(.countersUnreadable, namespace: name),
      ].compactMap(\.self)
    }
    let namespaces = sources.dropFirst().map { source in
      NamespaceHealth(
        name: source.definition?.name ?? "", status: status(of: source, input), windows: source.windows.published)
    }
    return TargetHealth(
      status: status(input, warnings), windows: sources[0].windows.published, namespaces: Array(namespaces),
      warnings: warnings.sorted(by: Self.isBefore))
  }

  // MARK: Status

  private func status(of source: HitRateSource, _ input: HealthInput) -> Status {
    if source.critical.isActive { return .unhealthy }
    if source.below.isActive || source.falling.isActive { return .degraded }
    guard input.isUp, source.isCurrent(at: input.now, interval: interval) else { return .unknown }
    return HitRateJudge(now: input.now, source: source, policy: policy).hasEvidence ? .healthy : .unknown
  }

  private func status(_ input: HealthInput, _ warnings: [Warning]) -> Status {
    guard input.polls > 0 else { return .unknown }
    guard input.isUp else { return .unhealthy }
    let isCritical = sources.contains { $0.critical.isActive && $0.definition?.isCritical == true }
    if isCritical { return .unhealthy }
    return warnings.contains { $0.severity >= .warning } ? .degraded : .healthy
  }

  private static func isBefore(_ left: Warning, _ right: Warning) -> Bool {
    if left.severity != right.severity { return left.severity > right.severity }
    return (left.code.rawValue, left.namespace ?? "") < (right.code.rawValue, right.namespace ?? "")
  }
}
