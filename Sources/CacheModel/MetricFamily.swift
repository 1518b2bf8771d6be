/// The type of a metric family, as Prometheus names it.
public enum MetricType: String, Sendable, Hashable {
  /// Only rises, except for a reset.
  case counter
  /// Rises and falls.
  case gauge
  /// Precomputed quantiles with a count and a sum.
  case summary
  /// Cumulative buckets with a count and a sum.
  case histogram
}

/// A name and what it means: all that series of one name share.
public struct MetricFamily: Sendable, Hashable {
  /// The full name, `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  public let name: String
  /// Counter, gauge, summary or histogram.
  public let type: MetricType
  /// One line for people: what is measured, in which unit, from which field of the server.
  public let help: String

  /// A family; `name` must be a valid metric name.
  public init(_ name: String, _ type: MetricType, _ help: String) {
    self.name = name
    self.type = type
    self.help = help
  }
}

/// One label of a series.
public struct Label: Sendable, Hashable {
  /// `[a-zA-Z_][a-zA-Z0-9_]*`.
  public let name: String
  /// Any text, without control characters but tab and line feed; it is escaped where it is rendered.
  public let value: String

  /// A label; `name` must be a valid label name. Control characters of `value` are written as `\x1b`, since labels are read in
  /// terminals, and servers, clients and keys are called what others like.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = Self.value(value)
  }

  /// Whether both are the same bytes: Prometheus knows no texts that are alike, such as an é of one character and of two.
  public static func == (left: Label, right: Label) -> Bool {
    left.name == right.name && left.value == right.value && left.value.utf8.elementsEqual(right.value.utf8)
  }

  /// As ``==(_:_:)`` demands.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }

  /// What a label of this text says.
  public static func value(_ text: String) -> String { text.escapingControls { $0 == "\n" || $0 == "\t" } }

  /// What a series' own labels are called beside those of its target: a name that the target has is given `exported_` in
  /// front, as often as it takes, as Prometheus does when it scrapes a target with a label of that name.
  public static func names(_ own: [String], beside target: [Label]) -> [String] {
    // Asked for each family of each target, and hardly ever needed.
    guard target.contains(where: { own.contains($0.name) }) else { return own }
    let taken = Set(target.lazy.map(\.name).filter { own.contains($0) })
    let all = taken.union(own).union(target.map(\.name))
    return own.map { name in
      guard taken.contains(name) else { return name }
      var free = name
      repeat { free = "exported_" + free } while all.contains(free)
      return free
    }
  }
}
