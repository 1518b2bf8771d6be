import CacheModel

/// Why a collector has no result.
struct CollectorFailure: Error, Sendable, Hashable {
  let cause: FailureCause
  /// For the log: names of commands and what was expected, nothing that a user stored.
  let detail: String

  init(_ cause: FailureCause, _ detail: String) {
    self.cause = cause
    self.detail = detail
  }

  /// Whether asking again soon is pointless.
  var isRefusal: Bool { cause == .permissionDenied || cause == .unknownCommand }
}
