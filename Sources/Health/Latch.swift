internal import CacheModel

/// What a check says at one moment.
enum Verdict {
  /// There is no evidence either way.
  case unknown
  /// The condition does not hold.
  case clear
  /// Between the threshold that raises and the one that clears: keeps a warning, raises none.
  case holding(Severity, () -> Finding)
  /// The condition holds.
  case raised(Severity, () -> Finding)

  /// As the case, with words that are already made.
  static func holding(_ finding: Finding) -> Verdict { .holding(finding.severity) { finding } }

  /// As the case, with words that are already made.
  static func raised(_ finding: Finding) -> Verdict { .raised(finding.severity) { finding } }
}

/// A warning without its place and time.
struct Finding: Sendable {
  var severity: Severity
  var message: String
  var advice: String
  var evidence: [Evidence]
}

/// Raises and clears one warning with delay, so that nothing flaps at a threshold.
struct Latch: Sendable {
  /// Seconds that a verdict must last before it counts.
  struct Delays: Sendable {
    /// Before a warning is raised.
    var raise: Double
    /// Before it is cleared.
    var clear: Double
    /// Before it is withdrawn for want of evidence.
    var unknown: Double
  }

  /// Since when the warning is raised; nil while it is not.
  private(set) var since: UnixTime?
  private var finding: Finding?
  /// Number of the five seconds in which the finding was worded.
  private var worded: Int64?
  /// Milliseconds for which words are kept: making them costs more than the verdict. All latches make them in the same
  /// poll, so that they share what they read for it.
  static let wordingLife: Int64 = 5000
  /// When the verdict became what it is, for the delay that runs; nil while none runs.
  private var pending: (kind: Kind, since: UnixTime)?

  private enum Kind { case raise, clear, unknown }

  /// Whether the warning is raised.
  var isActive: Bool { since != nil }

  /// Takes the verdict of `now`.
  mutating func update(_ verdict: Verdict, at now: UnixTime, _ delays: Delays) {
    switch verdict {
    case .raised(let severity, let finding):
      guard isActive || hasLasted(.raise, now, delays.raise) else { return }
      pending = nil
      since = since ?? now
      word(severity, finding, now)
    case .holding(let severity, let finding):
      pending = nil
      if isActive { word(severity, finding, now) }
    case .clear: lower(.clear, now, delays.clear)
    case .unknown: lower(.unknown, now, delays.unknown)
    }
    if let since, now < since { self.since = now }
  }

  /// The warning while it is raised; with the numbers of the last time that the condition held.
  func warning(_ code: WarningCode, namespace: String? = nil) -> Warning? {
    guard let since, let finding else { return nil }
    return Warning(
      code: code, severity: finding.severity, namespace: namespace, since: since, message: finding.message,
      advice: finding.advice, evidence: finding.evidence)
  }

  private mutating func word(_ severity: Severity, _ make: () -> Finding, _ now: UnixTime) {
    let turn = now.milliseconds / Self.wordingLife
    if worded == turn, finding?.severity == severity { return }
    finding = make()
    worded = turn
  }

  private mutating func lower(_ kind: Kind, _ now: UnixTime, _ delay: Double) {
    guard isActive else {
      pending = nil
      return
    }
    guard hasLasted(kind, now, delay) else { return }
    self = Latch()
  }

  private mutating func hasLasted(_ kind: Kind, _ now: UnixTime, _ delay: Double) -> Bool {
    // A clock that stepped back starts the delay anew.
    if pending?.kind != kind || now < (pending?.since ?? now) { pending = (kind, now) }
    return now.seconds(since: pending?.since ?? now) >= delay
  }
}
