/// How many operations were slow, and for how long, within five minutes, by namespace and command: recorded right before the alerts
/// that are made of it.
struct SlowOperationRecords: Sendable {
  let pace: Pace

  static let count = "cache_namespace:slow_operations:increase5m"
  static let seconds = "cache_namespace:slow_operations_seconds:increase5m"

  /// The same for every policy.
  var rules: [Rule] {
    [
      .record(
        Self.count, growth("cache_slow_operations_total"),
        comment: [
          "A command has no series before it is slow for the first time, and no increase then: all that such a series counts is",
          "new, if its target was scraped five minutes ago already.",
        ]),
      .record(Self.seconds, growth("cache_slow_operations_seconds_total")),
    ]
  }

  private func growth(_ family: String) -> String {
    let span = pace.span(300)
    return """
      \(family) unless \(family) offset \(span) and on (job, instance, target) cache_up offset \(span)
        or increase(\(family)[\(span)])
      """
  }
}
