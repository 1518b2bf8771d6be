public import TimeSeries

/// Arithmetic for numbers that come from outside. A server may say whatever fits into an integer, and what it says must not end the
/// process: a result that lies beyond the integers is the nearest of them.
extension Int64 {
  /// The sum, at most the largest and at least the smallest integer.
  public func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }

  /// The difference, bounded likewise.
  public func saturatingDifference(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }

  /// The same where it can be a count, which is 0 or more; nil below.
  public var asCount: Int64? { self < 0 ? nil : self }

  /// The whole part of a number, bounded likewise; 0 for what is no number.
  public init(saturating number: Double) {
    let whole = number.rounded(.towardZero)
    self = Int64(exactly: whole) ?? (whole.isNaN ? 0 : whole < 0 ? .min : .max)
  }
}

extension Sequence<Int64> {
  /// The sum of all, bounded likewise after each.
  public var saturatingSum: Int64 { reduce(0) { $0.saturatingSum($1) } }
}

extension FixedPoint {
  /// The whole part, exactly: what stands before the point.
  public var whole: Int64 {
    var (value, left) = (mantissa, digits)
    while left > 0, value != 0 {
      value /= 10
      left -= 1
    }
    return value
  }
}
