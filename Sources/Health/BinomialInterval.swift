/// The score interval of a proportion.
///
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209–212:
/// `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. It keeps its coverage at small counts and at ratios near 0
/// and 1, where a cache usually is and the normal approximation is not.
enum BinomialInterval {
  /// Two-sided 95 %.
  static let z95 = 1.959963984540054
  /// Two-sided 99.9 %.
  static let z999 = 3.290526731491926

  /// The interval of `hits` out of `lookups`, within 0…1; nil without a lookup.
  ///
  /// `inflation` ≥ 1 is how many times the variance exceeds that of independent lookups: the interval is that of
  /// `lookups / inflation` independent ones.
  static func wilson(
    hits: Double, lookups: Double, inflation: Double = 1, z: Double = z95
  ) -> ClosedRange<Double>? {
    guard lookups > 0 else { return nil }
    let p = min(1, max(0, hits / lookups))
    let n = lookups / max(1, inflation)
    let square = z * z
    let centre = p + square / (2 * n)
    let half = z * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
    let scale = 1 + square / n
    // At p = 0 and 1 the bound is exactly p; rounding must not move it past.
    let lower = p == 0 ? 0 : max(0, (centre - half) / scale)
    let upper = p == 1 ? 1 : min(1, (centre + half) / scale)
    return lower...max(lower, upper)
  }

  /// Whether the true ratio surely lies below `threshold`: the score test, which is the interval above turned round,
  /// at `z` standard errors.
  ///
  /// Near 1 misses are rare and their count is skewed, so that 3.29 standard errors happen several times too often;
  /// the bound is moved by Cornish and Fisher's first term, `(z² − 1)/6` times the skewness.
  static func isBelow(
    _ threshold: Double, hits: Double, lookups: Double, inflation: Double = 1, z: Double = z999
  ) -> Bool {
    guard lookups > 0, hits < threshold * lookups else { return false }
    let n = lookups / max(1, inflation)
    let deviation = (n * threshold * (1 - threshold)).squareRoot()
    guard deviation > 0 else { return true }
    let skewness = (2 * threshold - 1) / deviation
    return (threshold - hits / lookups) * n / deviation > z + (z * z - 1) / 6 * max(0, skewness)
  }
}
