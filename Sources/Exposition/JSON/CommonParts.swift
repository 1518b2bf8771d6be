import CacheModel

extension Snapshot {
  /// When the newest of its targets was looked at; nil without a target.
  var time: UnixTime? { targets.map(\.time).max() }

  /// Whether every Redis answered its last poll; nil where no target is one.
  var redisAvailable: Bool? {
    let redis = targets.filter { $0.target.kind == .redis }
    return redis.isEmpty ? nil : redis.allSatisfy(\.isUp)
  }

  /// Whether there is a cache and every one answered its last poll.
  var isConnected: Bool { !targets.isEmpty && targets.allSatisfy(\.isUp) }

  /// All warnings with their target, most severe first, otherwise in the targets' order.
  var warnings: [(target: TargetSnapshot, warning: Warning)] {
    let all = targets.flatMap { target in target.health.warnings.map { (target: target, warning: $0) } }
    return [Severity.critical, .warning, .info].flatMap { severity in all.filter { $0.warning.severity == severity }
    }
  }
}

extension Warning {
  /// Everything of it, with where to read on.
  func json(target: String) -> JSONValue {
    [
      "code": .name(code),
      "severity": .name(severity),
      "target": .text(target),
      "namespace": .text(namespace),
      "since": .time(since),
      "message": .text(message),
      "advice": .text(advice),
      "evidence": .object(evidence.map { ($0.name, .number($0.value)) }),
      "docs": .text("docs/warnings.md#\(code.rawValue)"),
    ]
  }
}

extension TargetSnapshot {
  /// Seconds from the last successful poll to this snapshot.
  var sampleAge: Double? { lastSuccess.map { max(0, time.seconds(since: $0)) } }

  /// Who it is and how it does, the members with which each answer describes a target.
  var identity: [(String, JSONValue)] {
    [
      ("name", .text(target.name)),
      ("kind", .name(target.kind)),
      ("address", .text(target.address)),
      ("status", .name(health.status)),
      ("up", .bool(isUp)),
      ("failure", .name(isUp ? nil : failure)),
      ("last_success", .time(lastSuccess)),
      ("sample_age_seconds", .number(sampleAge)),
    ]
  }

  /// The server's figures while it is up; none while it is down, since they are stale then.
  var currentFacts: ServerFacts { isUp ? facts : ServerFacts() }

  /// Lookups as the server counts them, without cachegauge's own; none while it is down.
  var currentCounts: Counts { isUp ? Counts(hits, misses) : Counts(nil, nil) }
}
