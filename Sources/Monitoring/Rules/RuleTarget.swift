public import CacheModel
public import Health

/// What rules need to know of one target's configuration.
public struct RuleTarget: Sendable {
  /// The label `target`; nil for the only target of a configuration that gives it no name.
  public var name: String?
  /// The thresholds that its warnings are given by; the rules take the same.
  public var policy: HealthPolicy
  /// In the configuration's order.
  public var namespaces: [NamespaceDefinition]

  /// A target's part of the configuration.
  public init(name: String?, policy: HealthPolicy, namespaces: [NamespaceDefinition]) {
    self.name = name
    self.policy = policy
    self.namespaces = namespaces
  }
}

/// The series that a rule is about.
struct Scope: Sendable {
  /// Equality matchers in the order in which they are written; an empty value matches series without the label.
  var matchers: [Label] = []

  /// Every series.
  static let all = Scope()

  /// The series of one target.
  static func target(_ name: String?) -> Scope { Scope(matchers: [Label("target", name ?? "")]) }

  /// The series of one namespace within this scope.
  func namespace(_ name: String) -> Scope { Scope(matchers: matchers + [Label("namespace", name)]) }

  /// `metric` with these matchers and `more`, which are PromQL as it stands.
  func of(_ metric: String, _ more: String = "") -> String {
    var parts = matchers.map { "\($0.name)=\"\($0.escapedValue)\"" }
    if !more.isEmpty { parts.append(more) }
    return parts.isEmpty ? metric : "\(metric){\(parts.joined(separator: ","))}"
  }

  /// What an alert of this scope carries itself, so that Prometheus and its readers can tell it from the same alert
  /// of another scope. The series have the same labels with the same values.
  var labels: [(name: String, value: String)] {
    matchers.filter { !$0.value.isEmpty }.map { ($0.name, Template.literal($0.value)) }
  }
}
