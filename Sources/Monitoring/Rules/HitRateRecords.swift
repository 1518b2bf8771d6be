/// What alerts on hit rates are made of: lookups and ratios of windows, recorded right before.
struct HitRateRecords: Sendable {
  let pace: Pace

  /// The rules for series that begin with `prefix`: `cache_namespace`, whose misses have causes, or `cache`.
  func rules(_ prefix: String) -> [Rule] {
    var rules = Window.recorded.map { window in
      Rule.record("\(prefix):lookups:increase\(window.name)", lookups(prefix, "[\(pace.span(window.seconds))]"))
    }
    rules += Window.recorded.map { window in
      Rule.record(
        "\(prefix):hit_ratio:increase\(window.name)",
        "increase(\(prefix)_hits_total[\(pace.span(window.seconds))]) / (\(prefix):lookups:increase\(window.name) > 0)"
      )
    }
    rules += Window.judged.map { Rule.record("\(prefix):hit_ratio_upper:increase\($0.name)", upper(prefix, $0)) }
    let normal = "[\(pace.span(21_600))] offset \(pace.span(1800))"
    rules.append(
      .record(
        "\(prefix):lookups:normal", lookups(prefix, normal),
        comment: ["What is normal: the six hours before the last half hour."]))
    rules.append(
      .record(
        "\(prefix):hit_ratio:normal", "increase(\(prefix)_hits_total\(normal)) / (\(prefix):lookups:normal > 0)"))
    return rules
  }

  private func lookups(_ prefix: String, _ range: String) -> String {
    let misses = "increase(\(prefix)_misses_total\(range))"
    return "increase(\(prefix)_hits_total\(range))\n  + "
      + (prefix == "cache" ? misses : "sum without (cause) (\(misses))")
  }

  /// The upper end of Wilson's 95 % interval.
  private func upper(_ prefix: String, _ window: Window) -> String {
    let (ratio, lookups) = (
      "\(prefix):hit_ratio:increase\(window.name)", "\(prefix):lookups:increase\(window.name)"
    )
    return """
      (
        \(ratio) + 1.92 / \(lookups)
        + 1.96 * sqrt(
          \(ratio) * (1 - \(ratio)) / \(lookups)
          + 0.96 / \(lookups) ^ 2
        )
      ) / (1 + 3.84 / \(lookups))
      """
  }
}
