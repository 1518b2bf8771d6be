internal import CacheModel

/// Puts a judge's outcome into words and numbers.
struct HitRateFindings {
  let source: HitRateSource
  /// The context of a window of so many seconds.
  let context: (Int) -> MissContext

  private var subject: String {
    source.definition.map { "Hit rate of \($0.name)" } ?? "Hit rate of the whole cache"
  }

  /// A missed target or critical bound; `bound` is how it is called.
  func missed(_ miss: HitRateJudge.Miss, of target: Double, bound: String) -> Finding {
    let burn = burn(miss.long, target)
    let pace =
      miss.rule.severity == .critical && burn > 1 && bound == "target"
      ? " Misses run at \(Wording.decimal(burn, places: 1)) times what the target allows." : ""
    return finding(
      miss.long, miss.rule.severity, target, bound,
      ending: "the \(bound) is \(Wording.percent(target)).\(pace)",
      extra: [
        Evidence("threshold_hit_rate", miss.threshold), Evidence("burn", burn),
        Evidence("recent_hit_rate", miss.recent.ratio ?? 0), Evidence("recent_lookups", miss.recent.lookups),
        Evidence("recent_window_seconds", Double(miss.recent.seconds)),
      ])
  }

  /// Neither missed any more nor surely met again.
  func undecided(_ window: HitRateWindow, of target: Double, bound: String, _ severity: Severity) -> Finding {
    finding(
      window, severity, target, bound,
      ending: "not yet surely back at the \(bound) of \(Wording.percent(target)).",
      extra: [Evidence("burn", burn(window, target))])
  }

  /// A fall below the source's own normal.
  func fallen(_ fall: FallJudge.Fall) -> Finding {
    let context = context(fall.recent.seconds)
    let message =
      "\(subject) fell to \(Wording.percent(fall.ratio)) over 5m with \(Wording.count(fall.recent.lookups)) lookups; "
      + "its normal \(fall.isAgainstYesterday ? "around this time yesterday was" : "over the hour before is") "
      + "\(Wording.percent(fall.normal.ratio))."
    return Finding(
      severity: .warning, message: message, advice: context.advice(for: source.definition),
      evidence: numbers(fall.recent) + [
        Evidence("normal_hit_rate", fall.normal.ratio), Evidence("normal_lookups", fall.normal.lookups),
        Evidence("normal_age_seconds", fall.isAgainstYesterday ? 86_400 : 300),
        Evidence("standard_errors", fall.deviations),
      ] + context.evidence)
  }

  private func finding(
    _ window: HitRateWindow, _ severity: Severity, _ target: Double, _ bound: String, ending: String,
    extra: [Evidence]
  ) -> Finding {
    let context = context(window.seconds)
    let interval = window.interval.map {
      " (95 % interval \(Wording.percent($0.lowerBound)) to \(Wording.percent($0.upperBound)))"
    }
    let message =
      "\(subject) is \(Wording.percent(window.ratio ?? 0))\(interval ?? "") over \(window.name) with "
      + "\(Wording.count(window.lookups)) lookups; \(ending)"
    return Finding(
      severity: severity, message: message, advice: context.advice(for: source.definition),
      evidence: numbers(window) + [Evidence("\(bound)_hit_rate", target)] + extra + context.evidence)
  }

  private func numbers(_ window: HitRateWindow) -> [Evidence] {
    var numbers = [
      Evidence("hit_rate", window.ratio ?? 0), Evidence("lookups", window.lookups),
      Evidence("misses", window.misses), Evidence("window_seconds", Double(window.seconds)),
      Evidence("covered_seconds", window.coveredSeconds),
      Evidence("variance_inflation", window.seconds <= 300 ? source.inflation.short : source.inflation.long),
    ]
    // What the misses cost, where that is declared.
    if let cost = source.definition?.missCost {
      if cost.seconds > 0 { numbers.append(Evidence("lost_seconds", window.misses * cost.seconds)) }
      if let amount = cost.amount { numbers.append(Evidence("lost_amount", window.misses * amount)) }
    }
    if let interval = window.interval {
      numbers.append(Evidence("hit_rate_lower", interval.lowerBound))
      numbers.append(Evidence("hit_rate_upper", interval.upperBound))
    }
    return numbers
  }

  private func burn(_ window: HitRateWindow, _ target: Double) -> Double {
    let allowed = 1 - target
    return allowed > 0 ? (1 - (window.ratio ?? 1)) / allowed : 0
  }
}
