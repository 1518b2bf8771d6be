internal import CacheModel

extension HitRateSource {
  /// Takes what the source gave at a poll that succeeded: counters that are there and can't be read are told at once.
  mutating func judgeReadability(of counts: NamespaceCounts?, at now: UnixTime, _ policy: HealthPolicy) {
    let verdict =
      counts?.failure.map { failure in
        Verdict.raised(.warning) { Self.finding(failure, of: counts) }
      } ?? .clear
    unreadable.update(
      verdict, at: now, Latch.Delays(raise: 0, clear: policy.clearAfter, unknown: policy.evidenceHold))
  }

  private static func finding(_ failure: FailureCause, of counts: NamespaceCounts?) -> Finding {
    let name = counts?.definition.name ?? "the namespace"
    return Finding(
      severity: .warning, message: message(failure, name),
      advice: counts?.origin == .json ? adviceOnStatistics(failure) : advice(failure, counts?.definition.counters),
      evidence: counts?.reportedRatio.map { [Evidence("reported_hit_rate", $0)] } ?? [])
  }

  private static func adviceOnStatistics(_ failure: FailureCause) -> String {
    switch failure {
    case .noCounts: AvailabilityAdvice.text(for: failure)
    case .implausibleValue:
      "See docs/json.md: a figure is out of its range, which another unit may explain, or rose by more than can be true."
    default: "Compare the endpoint's answer with the paths under json in the configuration: see docs/json.md."
    }
  }

  private static func message(_ failure: FailureCause, _ name: String) -> String {
    let subject =
      switch failure {
      case .countingOff, .noteNotWritten: "The server does not count the lookups of \(name) apart"
      case .patternTooFine: "The server counts the lookups of \(name) together with others"
      case .noCounts: "The application tells a hit rate of \(name), but not of how many lookups"
      default: "The application's counters of \(name) can't be read"
      }
    return "\(subject) (\(failure.rawValue)): its hits and misses are not known."
  }

  private static func advice(_ failure: FailureCause, _ source: CounterSource?) -> String {
    let command =
      switch source {
      case .keys: "MGET"
      default: "HMGET"
      }
    return switch failure {
    case .permissionDenied:
      "Grant the monitoring user \(command) and the counters' keys: the server refuses to let it read them."
    case .malformedReply, .serverError:
      command == "HMGET"
        ? "Write hits and misses with HINCRBY into the hash that the configuration names: under its name is something "
          + "else, or its fields hold no whole numbers."
        : "Write hits and misses with INCRBY into the keys that the configuration names: what they hold is no whole "
          + "number."
    case .countingOff, .noteNotWritten, .patternTooFine, .noCounts: AvailabilityAdvice.text(for: failure)
    default: "See the cause in docs/warnings.md: the counters' read failed while the rest of the poll succeeded."
    }
  }
}
