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

/// Every series that one target has ever had, each defined once, so that a poll carries only numbers. Targets share the definitions
/// that they have in common: a series takes some 16 bytes for each further target.
///
/// Append-only: an index stays valid for the catalog's life and in every later copy. Copies are cheap (copy on
/// write); registering is a dictionary look-up, so collectors keep the index of what they send every poll.
public struct SeriesCatalog: Sendable {
  /// The most series that one target may have; beyond it ``register(_:)`` answers nil and counts.
  public let capacity: Int
  /// Of all targets' series.
  private static let shared = SharedValues<SeriesDefinition>()
  private var entries: [Shared<SeriesDefinition>] = []
  /// How many registrations were refused since the catalog was full.
  public private(set) var refusals = 0
  private var places = HashedPlaces()

  /// An empty catalog for at most `capacity` series.
  public init(capacity: Int = 4096) {
    self.capacity = capacity
  }

  /// How many series are defined.
  public var count: Int { entries.count }

  /// The definition at `index`.
  public subscript(_ index: SeriesIndex) -> SeriesDefinition { entries[index.position].value }

  /// All definitions, each at the position of its index. Makes an array of them.
  public var definitions: [SeriesDefinition] { entries.map { $0.value } }

  /// The first series that `matches`.
  public func first(where matches: (SeriesDefinition) -> Bool) -> SeriesIndex? {
    entries.firstIndex { matches($0.value) }.map { SeriesIndex($0) }
  }

  /// Whether both define the same series at the same positions: at once where one is a copy of the other.
  public func isSame(as other: SeriesCatalog) -> Bool { entries == other.entries }

  /// The index of this series, new or known; nil when the catalog is full.
  public mutating func register(_ definition: SeriesDefinition) -> SeriesIndex? {
    let hash = definition.hashValue
    if let known = place(of: definition, hash) { return known }
    guard entries.count < capacity else {
      refusals += 1
      return nil
    }
    let index = SeriesIndex(entries.count)
    entries.append(Self.shared(definition))
    places.add(index.position, hash) { entries[$0].value.hashValue }
    return index
  }

  /// The index of a series that is already defined.
  public func index(of definition: SeriesDefinition) -> SeriesIndex? {
    place(of: definition, definition.hashValue)
  }

  private func place(of definition: SeriesDefinition, _ hash: Int) -> SeriesIndex? {
    places.first(hash) { entries[$0].value == definition }.map { SeriesIndex($0) }
  }
}

/// Finds places of an array by the hash of what is there: 6 bytes for each, where a dictionary of definitions takes a hundred, of
/// which a thousand targets would have a thousand.
private struct HashedPlaces: Sendable {
  /// A place and one, or 0; as many as a power of two, three quarters of them in use at most.
  private var slots: [Int32] = []
  private var count = 0

  /// The first place of this hash that `isRight`.
  func first(_ hash: Int, _ isRight: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    var slot = hash & (slots.count - 1)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if isRight(place) { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Notes `place`; `hashOf` is asked for the hashes of all when there is no room.
  mutating func add(_ place: Int, _ hash: Int, _ hashOf: (Int) -> Int) {
    if (count + 1) * 4 > slots.count * 3 {
      let known = slots.filter { $0 != 0 }
      slots = Array(repeating: 0, count: max(16, slots.count * 2))
      for entry in known { put(entry, hashOf(Int(entry) - 1)) }
    }
    put(Int32(place) + 1, hash)
    count += 1
  }

  private mutating func put(_ entry: Int32, _ hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = entry
  }
}
