internal import CacheModel

/// Warnings that cachegauge gives by what only it sees, handed on as alerts: what Prometheus could compute itself has
/// rules of its own.
struct WarningRules: Sendable {
  /// Codes that no other rule covers. Those that are for information only are left out.
  static let codes: [(code: WarningCode, title: String)] = [
    (.evictionPolicyUnsuitable, "the eviction policy can't work for a cache"),
    (.memoryGrowing, "memory will be full soon"), (.keysWithoutTTL, "many keys have no time to live"),
    (.clientsNearLimit, "clients are close to the limit"), (.connectionChurn, "connections are not kept"),
    (.clientBuffersLarge, "clients' buffers take much memory"),
    (.countersUnreadable, "the application's counters can't be read"),
    (.notificationsMissing, "keyspace notifications don't come"),
  ]

  /// An alert for each; its severity is the warning's own. Flapping is cachegauge's to prevent, so that a minute is enough.
  var rules: [Rule] {
    Self.codes.map { code, title in
      let place = "{{ with $labels.namespace }}: {{ . }}{{ end }}"
      return Rule(
        kind: .alert, name: Self.name(code),
        expression: "cache_warning_active{code=\"\(code.rawValue)\",severity!=\"info\"} == 1", hold: 60,
        annotations: [
          ("summary", "\(Template.place)\(title)\(place)"),
          (
            "description",
            "cachegauge warns of \(code.rawValue)\(place); its report has the numbers and the advice."
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
