/// Position of a series in its target's ``SeriesCatalog``: dense, from 0, never reused.
public struct SeriesIndex: Sendable, Hashable {
  /// The position itself.
  public let position: Int

  /// The series at this position.
  public init(_ position: Int) {
    self.position = position
  }
}

/// A family, the part of it that a series is, and its labels.
public struct SeriesDefinition: Sendable, Hashable {
  /// What the series belongs to.
  public let family: MetricFamily
  /// `""`, or `_bucket`, `_sum`, `_count` in summaries and histograms.
  public let suffix: String
  /// In the order in which they are shown; names are unique.
  public let labels: [Label]

  /// A series of a family.
  public init(_ family: MetricFamily, suffix: String = "", labels: [Label] = []) {
    self.family = family
    self.suffix = suffix
    self.labels = labels
  }

  /// The name with its labels as PromQL writes them, `redis_db_keys{db="db0"}`: what history is looked up by.
  public var key: String {
    guard !labels.isEmpty else { return family.name + suffix }
    var text = family.name + suffix + "{"
    for (position, label) in labels.enumerated() {
      if position > 0 { text += "," }
      text += label.name + "=\"" + label.escapedValue + "\""
    }
    return text + "}"
  }
}

extension Label {
  /// The value as Prometheus' text format writes it between quotes: backslash, quote and line feed escaped.
  public var escapedValue: String {
    guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
    var text = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}

/// Every series that one target has ever had, each defined once, so that a poll carries only numbers.
///
/// Append-only: an index stays valid for the catalog's life and in every later copy. Copies are cheap (copy on
/// write); registering is a dictionary look-up, so collectors keep the index of what they send every poll.
public struct SeriesCatalog: Sendable {
  /// The most series that one target may have; beyond it ``register(_:)`` answers nil and counts.
  public let capacity: Int
  /// All definitions; a ``SeriesIndex`` is the position here.
  public private(set) var definitions: [SeriesDefinition] = []
  /// How many registrations were refused since the catalog was full.
  public private(set) var refusals = 0
  private var indices: [SeriesDefinition: SeriesIndex] = [:]

  /// An empty catalog for at most `capacity` series.
  public init(capacity: Int = 4096) {
    self.capacity = capacity
  }

  /// How many series are defined.
  public var count: Int { definitions.count }

  /// The definition at `index`.
  public subscript(_ index: SeriesIndex) -> SeriesDefinition { definitions[index.position] }

  /// The index of this series, new or known; nil when the catalog is full.
  public mutating func register(_ definition: SeriesDefinition) -> SeriesIndex? {
    if let known = indices[definition] { return known }
    guard definitions.count < capacity else {
      refusals += 1
      return nil
    }
    let index = SeriesIndex(definitions.count)
    definitions.append(definition)
    indices[definition] = index
    return index
  }

  /// The index of a series that is already defined.
  public func index(of definition: SeriesDefinition) -> SeriesIndex? {
    indices[definition]
  }
}
