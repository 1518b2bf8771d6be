internal import CacheModel

extension Rule {
  /// An alert; `runbook` is the place in the documentation that says what to do.
  static func alert(
    _ name: String, _ severity: Severity, in scope: Scope, hold: Double = 0, runbook: String, summary: String,
    description: String, labels: [(name: String, value: String)] = [], comment: [String] = [], _ expression: String
  ) -> Rule {
    Rule(
      kind: .alert, name: name, comment: comment, expression: expression, hold: hold,
      labels: [("severity", severity.rawValue)] + scope.labels + labels,
      annotations: [("summary", summary), ("description", description), ("runbook", runbook)])
  }
}

/// Where the documentation explains a warning.
func runbook(_ code: WarningCode) -> String { "docs/warnings.md#\(code.rawValue)" }
