/// What is computed from the samples of a window (t − w, t].
public enum RangeFunction: Hashable, Sendable {
  case rate
  case increase
  case irate
  case delta
  case average
  case minimum
  case maximum
  case sum
  case count
  case last
  /// The sample at this rank, interpolated linearly between neighbours; −Inf below 0, +Inf above 1.
  case quantile(Double)

  /// By the name in PromQL; `quantile_over_time` has an argument and isn't among them.
  static let named: [String: RangeFunction] = [
    "rate": .rate, "increase": .increase, "irate": .irate, "delta": .delta, "avg_over_time": .average,
    "min_over_time": .minimum, "max_over_time": .maximum, "sum_over_time": .sum, "count_over_time": .count,
    "last_over_time": .last,
  ]

  /// Whether the result is still the metric that it was made of.
  var keepsName: Bool { self == .last }
}

/// A query of the kinds that are answered.
public enum Expression: Sendable {
  /// A number; arithmetic on numbers is done when the text is read.
  case number(Double)
  /// A text in quotes.
  case string(String)
  /// The newest sample at each step.
  case selector(Selector)
  /// All samples of a window in milliseconds; for instant queries.
  case window(Selector, Int64)
  /// A function of all samples of a window in milliseconds.
  case call(RangeFunction, Selector, Int64)
}
