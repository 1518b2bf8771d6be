internal import CacheModel
internal import Health

/// Whose hit rate rules judge, by which figures: one namespace, a whole target, or any namespace by the target that
/// its own metrics tell.
struct HitRateSubject: Sendable {
  /// What is asked.
  enum Bound: Sendable {
    /// Numbers of the configuration.
    case declared(HitRateTarget)
    /// What `cache_namespace_target_ratio` and `cache_namespace_critical_ratio` say.
    case told
  }

  /// `cache_namespace` or `cache`: what the names of its series begin with.
  var prefix: String
  var scope: Scope
  var bound: Bound
  var policy: HealthPolicy
  /// Whether it alone makes its target unhealthy.
  var isEssential = false

  /// What recorded series of lookups and ratios are called.
  func recorded(_ what: String, _ window: Window) -> String { "\(prefix):\(what):increase\(window.name)" }

  /// The labels by which its series are told apart.
  var labels: [String] { prefix == "cache" ? Template.targetLabels : Template.namespaceLabels }

  /// How messages call it; a template.
  var title: String { prefix == "cache" ? "the whole cache" : "{{ $labels.namespace }}" }

  /// The hit ratio that is asked, in PromQL.
  var target: String {
    switch bound {
    case .declared(let target): Figure.text(target.hitRate)
    case .told: "cache_namespace_target_ratio"
    }
  }

  /// The hit ratio below which it is an emergency, in PromQL.
  var critical: String {
    switch bound {
    case .declared(let target): Figure.text(target.critical)
    case .told: "cache_namespace_critical_ratio"
    }
  }

  /// The lowest hit ratio that is let pass, in PromQL.
  var tolerated: String {
    switch bound {
    case .declared(let target): Figure.text(1 - policy.missTolerance * (1 - target.hitRate))
    case .told: "1 - \(Figure.text(policy.missTolerance)) * (1 - cache_namespace_target_ratio)"
    }
  }

  /// The hit ratio at which misses come `factor` times as fast as the target allows, or as fast as is within reach; nil
  /// where that tells nothing which the critical bound or the target itself doesn't.
  func burnt(_ factor: Double) -> String? {
    switch bound {
    case .declared(let target):
      guard MissBudget.reachableFactor(factor, of: target.hitRate) >= MissBudget.leastTellingFactor else {
        return nil
      }
      let ratio = MissBudget.hitRatio(at: factor, of: target.hitRate)
      return ratio > target.critical ? Figure.text(ratio) : nil
    case .told:
      return
        "1 - clamp_max(\(Figure.text(factor)) * (1 - cache_namespace_target_ratio), \(Figure.text(MissBudget.reach)))"
    }
  }

  /// How the bound reads in a message; a template.
  func spoken(_ ratio: (HitRateTarget) -> Double, metric: String) -> String {
    switch bound {
    case .declared(let target): Figure.percent(ratio(target))
    case .told: Template.value(metric, by: labels, "humanizePercentage")
    }
  }
}

/// A window that is recorded.
struct Window: Sendable, Hashable {
  var seconds: Double

  /// `5m`; names keep it at every pace.
  var name: String { Pace(factor: 1).span(seconds) }

  static let shortest = Window(seconds: 180)
  static let short = Window(seconds: 300)
  static let medium = Window(seconds: 900)
  static let long = Window(seconds: 1800)
  static let hour = Window(seconds: 3600)

  /// Those whose lookups and ratios are recorded.
  static let recorded = [shortest, short, medium, long, hour]
  /// Those of which the upper end of the ratio's interval is recorded as well.
  static let judged = [short, long, hour]
}
