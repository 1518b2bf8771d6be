internal import CacheModel
internal import Health

/// A fall below what was normal in the six hours before, whether or not there is a target.
struct FallAlert: Sendable {
  let pace: Pace
  let prefix: String
  let scope: Scope
  let policy: HealthPolicy

  var rule: Rule {
    let (ratio, lookups) = (recorded("hit_ratio:increase15m"), recorded("lookups:increase15m"))
    let (normal, normalLookups) = (recorded("hit_ratio:normal"), recorded("lookups:normal"))
    let deviations = Figure.text(policy.fallingDeviations)
    let labels = prefix == "cache" ? Template.targetLabels : Template.namespaceLabels
    let title = prefix == "cache" ? "the whole cache" : "{{ $labels.namespace }}"
    return .alert(
      "CacheHitRateFalling", .warning, in: scope, hold: 600, runbook: runbook(.hitRateFalling),
      summary: "\(Template.place)the hit rate of \(title) fell below its normal",
      description: "{{ $value | humanizePercentage }} of "
        + Template.value("\(prefix):lookups:increase15m", by: labels, Template.whole)
        + " lookups in \(title) hit within 15 minutes; its normal over the hours before is "
        + Template.value("\(prefix):hit_ratio:normal", by: labels, "humanizePercentage") + ".",
      comment: [
        "A fall that matters and that neither chance (standard errors) nor the usual ups and downs (standard",
        "deviations) explain. Needs four hours of history.",
      ],
      """
      \(ratio)
        and \(lookups) >= \(Figure.text(policy.minimumLookups))
        and \(normalLookups) >= \(Figure.text(10 * policy.minimumLookups))
        and (
          \(normal) - \(ratio) > \(Figure.text(policy.fallingDrop))
          or (
            \(normal) - \(ratio) > \(Figure.text(policy.fallingMinimumDrop))
            and 1 - \(ratio) > \(Figure.text(policy.fallingMissGrowth)) * (1 - \(normal))
          )
        )
        and \(normal) - \(ratio) > \(deviations) * sqrt(
          \(ratio) * (1 - \(ratio)) / \(lookups)
          + \(normal) * (1 - \(normal)) / \(normalLookups)
        )
        and \(normal) - \(ratio)
          > \(deviations) * stddev_over_time(\(ratio)[\(pace.span(21_600))] offset \(pace.span(1800)))
        and \(recorded("lookups:increase5m")) >= \(Figure.text(policy.minimumRecentLookups))
        and \(recorded("hit_ratio:increase5m")) < 0.5 * (\(normal) + \(ratio))
        and \(scope.of(prefix + "_hits_total")) offset \(pace.span(14_400))
      """)
  }

  private func recorded(_ name: String) -> String { scope.of("\(prefix):\(name)") }
}
