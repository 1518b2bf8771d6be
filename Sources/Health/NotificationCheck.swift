internal import CacheModel

extension ServerView {
  /// Notifications that were asked for and don't come.
  func notificationsMissing() -> Verdict {
    guard let observation = input.observation else { return .clear }
    if observation.log != nil { return logMissing(observation) }
    let flags = observation.missingFlags ?? ""
    guard !flags.isEmpty || observation.failure == .permissionDenied else { return .clear }
    let (message, advice) =
      flags.isEmpty
      ? (
        "The user may not subscribe to keyspace notifications.",
        "Grant it +subscribe and &__keyevent@*, or turn observe.events off."
      )
      : (
        "notify-keyspace-events lacks the flags \(flags): "
          + (flags.contains { "Em".contains($0) }
            ? "misses can't be observed." : "the causes of misses can't all be told."),
        "Add \(flags) to notify-keyspace-events, or let observe.manage: true do it."
      )
    return .raised(
      Finding(
        severity: .warning, message: message, advice: advice,
        evidence: [
          Evidence("notifications_heard", Double(observation.events.values.reduce(0, +))),
          Evidence("missing_flags", Double(flags.count)),
        ]))
  }

  /// A Memcached's log that was asked for and is refused.
  private func logMissing(_ observation: ObservationReport) -> Verdict {
    let reason: String
    switch observation.failure {
    case .permissionDenied: reason = "The server was told to allow no watching (-W)"
    case .unknownCommand: reason = "The server knows no watch"
    case .tooManyClients: reason = "The server has as many watchers as it takes, or as many connections"
    default: return .clear
    }
    return .raised(
      Finding(
        severity: .warning, message: "\(reason): its log can't be heard.",
        advice:
          "Change that, or turn memcached.watch off; memcached.manage: true has hits and misses counted without it.",
        evidence: [Evidence("lines_heard", Double(observation.log?.lines ?? 0))]))
  }
}
