public import CacheModel

/// Why a reply has no result.
public struct CollectorFailure: Error, Sendable, Hashable {
  /// From the closed list that metrics and JSON show.
  public let cause: FailureCause
  /// For the log: names of commands and what was expected, nothing that a user stored.
  public let detail: String

  init(_ cause: FailureCause, _ detail: String) {
    self.cause = cause
    self.detail = detail
  }

  /// Whether asking again soon is pointless.
  var isRefusal: Bool { cause == .permissionDenied || cause == .unknownCommand }
}
