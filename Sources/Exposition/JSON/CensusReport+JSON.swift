import CacheModel

extension CensusReport {
  /// What the walks have brought and cost.
  var json: JSONValue {
    [
      "whole": .bool(isWhole), "time": .time(time), "progress": .number(progress), "walks": .integer(walks),
      "keys_visited": .integer(visited), "seconds": .number(seconds), "failure": .name(failure),
      "other": .object(CensusCounts.members(other)),
      "idle_times": idle?.json ?? .null,
      "less_memory": .array((idle?.lessMemory ?? []).map(\.json)),
    ]
  }
}

extension IdleReport {
  /// What was asked, and why it tells nothing.
  fileprivate var json: JSONValue {
    [
      "sampled_keys": .integer(sampledKeys), "hit_rate": .number(hitRate), "obstacle": .name(obstacle),
      "message": .text(obstacle?.message),
    ]
  }
}

extension LessMemory {
  /// The factor, and what it would make of the hits.
  fileprivate var json: JSONValue {
    [
      "factor": .number(factor), "memory_bytes": .integer(bytes), "policy": .text("allkeys-lru"),
      "hit_rate": .number(hitRate.ratio), "interval": .interval(hitRate.interval),
      "lost_hits_per_second": .number(lostHits.ratio), "lost_hits_interval": .interval(lostHits.interval),
    ]
  }
}

extension CensusCounts {
  /// Members of a namespace's object, null where keys are not counted.
  static func members(_ counts: CensusCounts?) -> [(String, JSONValue)] {
    [
      ("keys", .integer(counts?.keys)), ("memory_bytes", .integer(counts?.memoryBytes)),
      ("without_ttl", .number(counts?.ttls?.withoutTTL)), ("keys_by_ttl", counts?.keysByTTL ?? .null),
    ]
  }

  /// About how many keys have so long left to live, by class.
  private var keysByTTL: JSONValue? {
    guard let shares = ttls?.shares else { return nil }
    return .object(
      zip(TTLSample.classes, shares).map { ($0, .integer(Int64(saturating: (Double(keys) * $1).rounded()))) })
  }
}
