public import TimeSeries

/// The numbers of one poll of one target: a value, or none, for each series of the target's catalog.
public struct Sample: Sendable {
  /// What the positions mean.
  public private(set) var catalog: SeriesCatalog
  /// The poll's planned tick: evenly spaced, unlike the time at which the reply came.
  public let time: UnixTime
  /// Identity of the server's process: another value means that its counters began again.
  public let epoch: UInt64
  @usableFromInline var values: [FixedPoint?]

  /// A sample without values.
  public init(catalog: SeriesCatalog, time: UnixTime, epoch: UInt64) {
    self.catalog = catalog
    self.time = time
    self.epoch = epoch
    values = Array(repeating: nil, count: catalog.count)
  }

  /// The value of a series; nil where the server did not send it in this poll.
  @inlinable public subscript(_ index: SeriesIndex) -> FixedPoint? {
    get { index.position < values.count ? values[index.position] : nil }
    set {
      while values.count <= index.position { values.append(nil) }
      values[index.position] = newValue
    }
  }

  /// Registers the series if need be and sets its value; false when the catalog is full.
  @discardableResult
  public mutating func set(_ definition: SeriesDefinition, _ value: FixedPoint) -> Bool {
    guard let index = catalog.register(definition) else { return false }
    self[index] = value
    return true
  }

  /// The value of a series by its definition; nil when unknown or absent. A look-up by hash: not for hot paths.
  public func value(_ definition: SeriesDefinition) -> FixedPoint? {
    catalog.index(of: definition).flatMap { self[$0] }
  }

  /// Calls `body` with the position and value of each series that has one, in the catalog's order.
  public func forEachPresent(_ body: (SeriesIndex, FixedPoint) -> Void) {
    for position in values.indices {
      if let value = values[position] { body(SeriesIndex(position), value) }
    }
  }
}
