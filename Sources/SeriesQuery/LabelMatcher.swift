public import CacheModel

/// What a label must or must not be.
public struct LabelMatcher: Sendable {
  /// How the value is compared.
  public enum Operation: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case doesNotMatch = "!~"
  }

  /// The label, `__name__` for the metric's name.
  public let name: String
  /// How the value is compared.
  public let operation: Operation
  /// The text or the regular expression.
  public let value: String
  private let pattern: RegularExpression?

  /// A matcher; throws, with a column relative to the pattern's own text, when `value` is no regular expression that is
  /// understood here.
  public init(_ name: String, _ operation: Operation, _ value: String) throws(QueryError) {
    self.name = name
    self.operation = operation
    self.value = value
    switch operation {
    case .equal, .notEqual: pattern = nil
    case .matches, .doesNotMatch: pattern = try RegularExpression(value)
    }
  }

  /// Whether a label of this value, empty where the series has none, is wanted.
  public func accepts(_ text: String) -> Bool {
    switch operation {
    case .equal: text == value
    case .notEqual: text != value
    case .matches: pattern?.matches(text) == true
    case .doesNotMatch: pattern?.matches(text) == false
    }
  }
}

/// Which series are meant: those that every matcher accepts.
public struct Selector: Sendable {
  /// All of them, that of the name among them.
  public let matchers: [LabelMatcher]

  /// The series that all of these accept.
  public init(_ matchers: [LabelMatcher]) {
    self.matchers = matchers
  }

  /// Whether a series is meant; a label that it doesn't have counts as empty.
  public func accepts(name: String, labels: [Label]) -> Bool {
    matchers.allSatisfy { matcher in
      if matcher.name == "__name__" { return matcher.accepts(name) }
      return matcher.accepts(labels.first { $0.name == matcher.name }?.value ?? "")
    }
  }

  /// The name that a series must have exactly; nil if none is said.
  public var name: String? {
    matchers.first { $0.name == "__name__" && $0.operation == .equal }?.value
  }

  /// Whether a series without any label and name would be meant as well, which PromQL refuses.
  var acceptsNothing: Bool { matchers.allSatisfy { $0.accepts("") } }
}
