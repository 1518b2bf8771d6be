/// The misses that a hit-rate target allows, and how fast they are used up.
///
/// Burn is the miss ratio over 1 − target. The Site Reliability Workbook's factors (14.4, 6, …) are made for targets of
/// 99.9 %; the largest burn that exists is 1 / (1 − target), so that 80 % never burns faster than 5. Every factor is
/// therefore held at ``reach`` / (1 − target), which is reached at a hit rate of 20 %.
public enum MissBudget {
  /// The miss ratio up to which a factor may ask: 0.8.
  public static let reach = 0.8
  /// The factor below which a burn says no more than that the target is missed: 1.5.
  public static let leastTellingFactor = 1.5

  /// `factor`, at least 1, held within what `target` can reach. `target` lies in 0…1; where it is 1, every factor is out
  /// of reach and 1 comes back.
  public static func reachableFactor(_ factor: Double, of target: Double) -> Double {
    target < 1 ? max(1, min(factor, reach / (1 - target))) : 1
  }

  /// The hit ratio at which `target` burns at `factor`, held within reach: `target` itself or lower.
  public static func hitRatio(at factor: Double, of target: Double) -> Double {
    1 - reachableFactor(factor, of: target) * (1 - target)
  }
}
