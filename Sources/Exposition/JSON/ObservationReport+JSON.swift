import CacheModel

extension ObservationReport {
  /// How well notifications are heard.
  var json: JSONValue {
    [
      "subscribed": .bool(isHolding),
      "failure": .name(failure),
      "missing_flags": .text(missingFlags),
      "events": .object(KeyEventKind.allCases.map { ($0.rawValue, .integer(events[$0] ?? 0)) }),
      "gaps": .object(
        gaps.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, .integer($0.value)) }),
      "gap_seconds": .number(gapSeconds),
      "bridged_misses": .integer(bridgedMisses),
      "difference_misses": .integer(difference),
      "sample_ratio": .number(sampleRate),
      "sampled_keys": .integer(Int64(sampledKeys)),
      "memory_bytes": .integer(Int64(memoryBytes)),
      "unclassified": unclassified.json,
      "more_memory": .array(moreMemory.map(\.json)),
      "log": log?.json ?? .null,
    ]
  }
}

extension LogReport {
  /// How much of a log there is, and how far what is counted from it may be wrong.
  fileprivate var json: JSONValue {
    [
      "lines": .integer(lines), "dropped_lines": .integer(dropped), "other_lookups": .integer(others),
      "corrected_lookups": .integer(corrected), "uncertain_lookups": .integer(uncertain),
    ]
  }
}

extension ObservedMisses {
  /// Misses by cause, with the shares' intervals.
  var json: JSONValue {
    [
      "misses": .integer(total),
      "bridged": .integer(bridged),
      "exact": .bool(bridged == 0 && uncertain == 0),
      "sample_ratio": .number(sampleRate),
      "ttl": .number(ttl),
      "causes": .object(MissCause.allCases.map { cause in (cause.rawValue, json(of: cause)) }),
      "more_memory": .array(moreMemory.map(\.json)),
      "tenants": tenants?.json ?? .null,
    ]
  }

  private func json(of cause: MissCause) -> JSONValue {
    let share = shares?.first { $0.cause == cause }
    return [
      "misses": .integer(self[cause]), "share": .number(share?.share), "interval": .interval(share?.interval),
    ]
  }
}

extension TenantReport {
  /// Each tenant's misses, and the bounds of its share of late.
  fileprivate var json: JSONValue {
    let all = tenants.map { tenant -> JSONValue in
      let bounds = [tenant.share.lowerBound, tenant.share.upperBound]
      return [
        "tenant": .text(tenant.name), "misses": .integer(tenant.misses),
        "share": .array(bounds.map { .number($0) }),
      ]
    }
    return ["top": .array(all), "other_misses": .integer(others)]
  }
}

extension SampleReport {
  /// What sampling has cost and brought.
  var json: JSONValue {
    [
      "bursts": .integer(bursts), "seconds": .number(seconds),
      "skips": .object(SampleSkip.allCases.map { ($0.rawValue, .integer(skips[$0] ?? 0)) }),
      "unclassified_hits": .integer(unclassifiedHits),
      "windows": .object(
        windows.map { window in
          (
            "\(window.seconds / 60)m",
            ["covered_seconds": .number(window.coveredSeconds), "bursts": .integer(Int64(window.bursts))]
          )
        }),
    ]
  }
}

extension Advice {
  /// The sentence and its numbers.
  var json: JSONValue {
    [
      "namespace": .text(namespace), "kind": .name(kind), "message": .text(message), "hit_rate": .number(hitRate),
      "ttl": .number(ttl), "memory_factor": .number(memoryFactor),
      "predicted": predicted?.json ?? .null,
    ]
  }
}

extension MoreMemory {
  /// The factor, the part of the misses that it would spare, and of how much time these are.
  fileprivate var json: JSONValue {
    [
      "factor": .number(factor), "spared": .number(spared.ratio), "interval": .interval(spared.interval),
      "seconds": .number(seconds),
    ]
  }
}

extension SampledRatio {
  /// A hit ratio with its interval.
  var json: JSONValue { ["hit_rate": .number(ratio), "interval": .interval(interval)] }
}
