/// A relation that may hold exactly between series of one poll, such as a ratio that a server prints beside its terms.
///
/// A rule is only a suggestion: a column is left out of a block when the rule gives every one of its rows exactly, and
/// stored otherwise. Formulas work on mantissas. Sums and differences of three series are found without a rule.
public struct DerivationRule: Sendable, Hashable {
  /// The name of the series that may follow from others. One `*` stands for any run of characters, and for the same
  /// run in the names of terms.
  public var series: String
  /// How it follows.
  public var formula: Formula

  /// One term of a linear combination.
  public struct Term: Sendable, Hashable {
    /// The name of a series; `*` is what it was in the rule's series.
    public var name: String
    /// The factor of its value.
    public var coefficient: Int64

    /// A series' name and the factor of its value.
    public init(_ name: String, times coefficient: Int64 = 1) {
      self.name = name
      self.coefficient = coefficient
    }
  }

  /// How a series may follow from others.
  public enum Formula: Sendable, Hashable {
    /// The sum of all series that match the pattern (one `*`), plus a constant; absent ones count 0. No decimals.
    case sum(of: String)
    /// A quotient of sums, computed in single precision: numerator × factor / denominator, rounded to the series'
    /// digits; 0 where the denominator is 0.
    case ratio([Term], over: [Term], factor: Float = 1)
  }

  /// A suggestion for `series`.
  public init(_ series: String, _ formula: Formula) {
    self.series = series
    self.formula = formula
  }
}
