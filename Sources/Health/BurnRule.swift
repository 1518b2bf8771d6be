internal import CacheModel

/// A window, how fast it may use up the misses that a target allows, and how urgent it is when it does.
///
/// Burn is the miss ratio over 1 − target. The Site Reliability Workbook's factors (14.4, 6, …) are made for targets of
/// 99.9 %; the largest burn that exists is 1 / (1 − target), so that 80 % never burns faster than 5. Every factor is
/// therefore held at 0.8 / (1 − target), which is reached at a hit rate of 20 %.
struct BurnRule: Sendable {
  /// Seconds of the window whose whole interval has to lie below the threshold.
  var seconds: Int
  /// How many times the misses that the target allows, before it is held within reach.
  var factor: Double
  /// How urgent it is.
  var severity: Severity

  /// The hit ratio at which the burn is the factor.
  func threshold(for target: Double) -> Double {
    let allowed = 1 - target
    guard allowed > 0 else { return target }
    return 1 - max(1, min(factor, 0.8 / allowed)) * allowed
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
