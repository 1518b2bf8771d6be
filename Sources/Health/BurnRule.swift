internal import CacheModel

/// A window, how fast it may use up the misses that a target allows, and how urgent it is when it does.
///
/// What burn is, and why factors are held within reach, is ``MissBudget``'s to say.
struct BurnRule: Sendable {
  /// Seconds of the window whose whole interval has to lie below the threshold.
  var seconds: Int
  /// How many times the misses that the target allows, before it is held within reach.
  var factor: Double
  /// How urgent it is.
  var severity: Severity

  /// The hit ratio at which the burn is the factor.
  func threshold(for target: Double) -> Double {
    MissBudget.hitRatio(at: factor, of: target)
  }

  /// Whether it says anything of `target` that the rule of factor 1 doesn't: a low target is never missed many-fold.
  func tells(of target: Double) -> Bool {
    factor <= 1 || MissBudget.reachableFactor(factor, of: target) >= MissBudget.leastTellingFactor
  }

  /// Most urgent first, then shortest first: the first that fires is the one that is told.
  static func rules(_ policy: HealthPolicy) -> [BurnRule] {
    [
      BurnRule(seconds: 300, factor: policy.fastBurn, severity: .critical),
      BurnRule(seconds: 3600, factor: policy.slowBurn, severity: .critical),
    ]
      + judgedWindows.map { BurnRule(seconds: $0, factor: 1, severity: .warning) }
  }

  /// The critical bound is a threshold itself: factor 1.
  static let critical = judgedWindows.map { BurnRule(seconds: $0, factor: 1, severity: .critical) }

  /// The windows that a verdict is given on.
  static let judgedWindows = [120, 300, 3600, 21_600, 86_400]
}
