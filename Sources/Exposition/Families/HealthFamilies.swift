import CacheModel

extension OwnFamily {
  /// Hit ratios over windows, verdicts and warnings.
  static let healthFamilies: [OwnFamily] = [
    OwnFamily(
      "cache_hit_ratio", .gauge, by: ["window"],
      "Hits over lookups of all keys within the window; absent without a lookup.",
      .target { target, out in
        for window in target.health.windows { out.number(window.ratio, window.name) }
      }),
    OwnFamily(
      "cache_lookups", .gauge, by: ["window"],
      "Lookups of all keys within the window: the evidence behind the ratio.",
      .target { target, out in
        for window in target.health.windows { out.number(window.lookups, window.name) }
      }),
    OwnFamily(
      "cache_namespace_hit_ratio", .gauge, by: ["namespace", "window"],
      "Hits over lookups in the namespace within the window; absent without a lookup.",
      .windows { window in window.ratio }),
    OwnFamily(
      "cache_namespace_hit_ratio_lower", .gauge, by: ["namespace", "window"],
      "Lower bound of the 95 % interval of the namespace's hit ratio.",
      .windows { window in window.interval?.lowerBound }),
    OwnFamily(
      "cache_namespace_hit_ratio_upper", .gauge, by: ["namespace", "window"],
      "Upper bound of the 95 % interval of the namespace's hit ratio.",
      .windows { window in window.interval?.upperBound }),
    OwnFamily(
      "cache_namespace_lookups", .gauge, by: ["namespace", "window"],
      "Lookups in the namespace within the window: the evidence behind the ratio.",
      .windows { window in window.lookups }),
    OwnFamily(
      "cache_health_status", .gauge, by: ["status"],
      "The verdict on the cache: 1 for the status that holds, 0 for the others.",
      .target { target, out in
        for status in Status.allCases { out.integer(status == target.health.status ? 1 : 0, status.rawValue) }
      }),
    OwnFamily(
      "cache_namespace_health_status", .gauge, by: ["namespace", "status"],
      "The verdict on the namespace: 1 for the status that holds, 0 for the others.",
      .target { target, out in
        for namespace in target.health.namespaces {
          for status in Status.allCases {
            out.integer(status == namespace.status ? 1 : 0, namespace.name, status.rawValue)
          }
        }
      }),
    OwnFamily(
      "cache_warning_active", .gauge, by: ["code", "namespace", "severity"],
      "A warning that holds now: 1; its namespace is empty when it concerns the whole cache.",
      .target { target, out in
        for warning in target.health.distinctWarnings {
          out.integer(1, warning.code.rawValue, warning.namespace ?? "", warning.severity.rawValue)
        }
      }),
  ]
}

extension OwnFamily.Subject {
  /// One figure of each window of each namespace.
  fileprivate static func windows(_ figure: @escaping @Sendable (HitRateWindow) -> Double?) -> Self {
    .target { target, out in
      for namespace in target.health.namespaces {
        for window in namespace.windows { out.number(figure(window), namespace.name, window.name) }
      }
    }
  }
}

extension HitRateWindow {
  /// Hits and misses together; nil while history covers nothing of the window.
  var lookups: Double? { coveredSeconds > 0 ? hits + misses : nil }
}

extension TargetHealth {
  /// Warnings without those that would repeat a series.
  fileprivate var distinctWarnings: [Warning] {
    var seen: Set<[String]> = []
    return warnings.filter { warning in
      seen.insert([warning.code.rawValue, warning.namespace ?? "", warning.severity.rawValue]).inserted
    }
  }
}
