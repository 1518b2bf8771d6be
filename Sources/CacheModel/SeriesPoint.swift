/// A series as `/metrics` has it, and its value.
public struct SeriesPoint: Sendable, Hashable {
  /// The metric's name, with what a part of a histogram or summary has behind it.
  public let name: String
  /// The target's first; names are unique.
  public let labels: [Label]
  /// May be infinite or no number.
  public let value: Double

  /// A point.
  public init(name: String, labels: [Label], value: Double) {
    self.name = name
    self.labels = labels
    self.value = value
  }
}
