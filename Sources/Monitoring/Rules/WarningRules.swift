internal import CacheModel

/// Warnings that cachegauge gives by what only it sees, handed on as alerts: what Prometheus could compute itself has
/// rules of its own.
struct WarningRules: Sendable {
  let pace: Pace

  /// Codes that no other rule covers, and how long each must last.
  static let codes: [(code: WarningCode, hold: Double, title: String)] = [
    (.evictionPolicyUnsuitable, 300, "the eviction policy can't work for a cache")
  ]

  var rules: [Rule] {
    Self.codes.map { code, hold, title in
      let place = "{{ with $labels.namespace }} in {{ . }}{{ end }}"
      return Rule(
        kind: .alert, name: Self.name(code),
        expression: "max without (severity) (cache_warning_active{code=\"\(code.rawValue)\",severity!=\"info\"})",
        hold: hold, labels: [("severity", Severity.warning.rawValue)],
        annotations: [
          ("summary", "\(Template.place)\(title)\(place)"),
          (
            "description",
            "cachegauge warns of {{ $labels.code }}\(place); its report has the numbers and the advice."
          ),
          ("runbook", runbook(code)),
        ])
    }
  }

  /// `memory_near_limit` as `CacheMemoryNearLimit`.
  static func name(_ code: WarningCode) -> String {
    "Cache" + code.rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
