internal import CacheModel

/// The state of every warning about the server as a whole.
struct ServerLatches: Sendable {
  private var latches: [(code: WarningCode, latch: Latch)] = order.map { ($0, Latch()) }
  private var replication = ReplicationCheck()
  private var memory = MemoryTrend()

  /// Availability first: the others have no evidence while the target is down.
  private static let order: [WarningCode] = [
    .targetDown, .sampleStale, .memoryNearLimit, .memoryGrowing, .memoryUnlimited, .evictionPolicyUnsuitable,
    .evictionsHigh, .fragmentationHigh, .keysWithoutTTL, .ttlNotAsDeclared, .connectionsRejected, .clientsNearLimit,
    .connectionChurn, .clientBuffersLarge, .slowOperations, .replicationBroken, .notificationsMissing,
  ]

  /// Takes the verdicts on one sample.
  mutating func update(_ view: ServerView, interval: Double) {
    if view.input.isUp, let used = view.facts.usedMemory { memory.add(Double(used), at: view.now) }
    for index in latches.indices {
      let code = latches[index].code
      let verdict = verdict(code, view)
      latches[index].latch.update(verdict, at: view.now, Self.delays(code, view.policy))
    }
  }

  /// Those that are raised.
  var warnings: [Warning] {
    latches.compactMap { $0.latch.warning($0.code) }
  }

  private mutating func verdict(_ code: WarningCode, _ view: ServerView) -> Verdict {
    switch code {
    case .targetDown: return view.targetDown()
    case .sampleStale: return view.sampleStale()
    default: break
    }
    guard view.input.isUp else { return .unknown }
    return switch code {
    case .memoryNearLimit: view.memoryNearLimit()
    case .memoryGrowing: view.memoryGrowing(memory)
    case .memoryUnlimited: view.memoryUnlimited()
    case .evictionPolicyUnsuitable: view.evictionPolicyUnsuitable()
    case .evictionsHigh: view.evictionsHigh()
    case .fragmentationHigh: view.fragmentationHigh()
    case .keysWithoutTTL: view.keysWithoutTTL()
    case .ttlNotAsDeclared: view.ttlNotAsDeclared()
    case .clientsNearLimit: view.clientsNearLimit()
    case .connectionChurn: view.connectionChurn()
    case .clientBuffersLarge: view.clientBuffersLarge()
    case .connectionsRejected: view.connectionsRejected()
    case .slowOperations: view.slowOperations()
    case .replicationBroken: replication.verdict(view.facts, at: view.now, view.policy)
    case .notificationsMissing: view.notificationsMissing()
    case .targetDown, .sampleStale, .hitRateBelowTarget, .hitRateCritical, .hitRateFalling, .countersUnreadable:
      preconditionFailure("availability is answered above, namespaces have latches of their own")
    }
  }

  /// Facts that a sample states outright are told at once; what may be a spike has to last.
  private static func delays(_ code: WarningCode, _ policy: HealthPolicy) -> Latch.Delays {
    let (raise, clear) =
      switch code {
      case .targetDown, .sampleStale, .memoryUnlimited: (0.0, 0.0)
      case .evictionPolicyUnsuitable: (0, 0)
      case .memoryNearLimit, .memoryGrowing, .evictionsHigh, .clientsNearLimit, .connectionChurn,
        .clientBuffersLarge:
        (policy.raiseAfter, policy.clearAfter)
      case .fragmentationHigh: (policy.fragmentationAfter, policy.clearAfter)
      default: (0, policy.clearAfter)
      }
    return Latch.Delays(raise: raise, clear: clear, unknown: policy.evidenceHold)
  }
}
