import CacheModel
import Health
import TimeSeries

/// Writes a target's namespaces to a row of its history: of all of them hits and misses first.
struct NamespaceHistory {
  private let isHeard: Bool
  private let isCounted: Bool
  private var series: [Series] = []

  /// What one namespace has in the ring.
  private struct Series {
    let name: String
    /// Bytes of hits and misses, for which room is kept or not.
    let lookupBytes: Int
    let causeBytes: Int
    let sizeBytes: Int
    var isKept = false
    var hits = HistoryPlaces.Place.unknown
    var misses = HistoryPlaces.Place.unknown
    var keys = HistoryPlaces.Place.unknown
    var memory = HistoryPlaces.Place.unknown
    var causes = Array(repeating: HistoryPlaces.Place.unknown, count: MissCause.allCases.count)

    init(_ name: String) {
      self.name = name
      func bytes(_ names: [String]) -> Int { names.reduce(0) { $0 + SeriesRoom.bytes(ofSeriesNamed: $1) } }
      lookupBytes = bytes([HistorySeries.hits(of: name), HistorySeries.misses(of: name)])
      causeBytes = bytes(MissCause.allCases.map { HistorySeries.misses(of: name, $0) })
      sizeBytes = bytes([HistorySeries.keys(of: name), HistorySeries.memory(of: name)])
    }

    /// Bytes of all others.
    func detailBytes(isHeard: Bool, isCounted: Bool) -> Int {
      (isHeard ? causeBytes : causeBytes / MissCause.allCases.count) + (isCounted ? sizeBytes : 0)
    }
  }

  /// Bytes that all series of a namespace of this name take where misses are `heard`, and where keys are `counted`.
  static func bytes(ofSeriesFor name: String, isHeard: Bool, isCounted: Bool) -> Int {
    let series = Series(name)
    return series.lookupBytes + series.detailBytes(isHeard: isHeard, isCounted: isCounted)
  }

  init(isHeard: Bool, isCounted: Bool) {
    self.isHeard = isHeard
    self.isCounted = isCounted
  }

  /// Sets the cells of `namespaces`. Costs some nanoseconds a cell, but for the first time that it is set.
  mutating func set(_ namespaces: [NamespaceCounts], _ places: inout HistoryPlaces, into row: inout Row) {
    prepare(namespaces, &places)
    for (index, namespace) in namespaces.enumerated() { setLookups(index, namespace, &places, &row) }
    for (index, namespace) in namespaces.enumerated() { setDetail(index, namespace, &places, &row) }
  }

  /// Keeps room for hits and misses of as many as there is room for, in their order: of one without the other no rate can be made.
  private mutating func prepare(_ namespaces: [NamespaceCounts], _ places: inout HistoryPlaces) {
    let isKnown =
      series.count == namespaces.count && zip(series, namespaces).allSatisfy { $0.name == $1.definition.name }
    if !isKnown {
      series = namespaces.map { Series($0.definition.name) }
      let detail = series.reduce(0) { $0 + $1.detailBytes(isHeard: isHeard, isCounted: isCounted) }
      places.expect(lookups: series.reduce(0) { $0 + $1.lookupBytes }, detail: detail)
    }
    guard !isKnown || places.isRetrying else { return }
    for index in series.indices where !series[index].isKept {
      series[index].isKept = places.keep(series[index].lookupBytes)
    }
  }

  /// Counters of a namespace are an application's or cachegauge's own, which don't begin again with the server; but for those
  /// that the server keeps itself.
  private static func kind(of namespace: NamespaceCounts) -> SeriesKind {
    namespace.origin == .memcached ? .counter : .lastingCounter
  }

  private mutating func setLookups(
    _ index: Int, _ namespace: NamespaceCounts, _ places: inout HistoryPlaces, _ row: inout Row
  ) {
    let (name, kind, isKept) = (series[index].name, Self.kind(of: namespace), series[index].isKept)
    if let hits = namespace.hits,
      let id = places.id(&series[index].hits, HistorySeries.hits(of: name), kind, .lookups, isAllowed: isKept)
    {
      row.set(id, hits)
    }
    if let misses = namespace.misses,
      let id = places.id(&series[index].misses, HistorySeries.misses(of: name), kind, .lookups, isAllowed: isKept)
    {
      row.set(id, misses)
    }
  }

  private mutating func setDetail(
    _ index: Int, _ namespace: NamespaceCounts, _ places: inout HistoryPlaces, _ row: inout Row
  ) {
    let name = series[index].name
    // Where the application's own counts can't be read, there are no causes of them.
    let hasCauses = namespace.definition.counters == nil || namespace.misses != nil
    if hasCauses, let observed = namespace.observed {
      setCauses(index, observed, &places, &row)
    } else if let misses = namespace.misses {
      let unknown = MissCause.unknown
      let id = places.id(
        &series[index].causes[unknown.position], HistorySeries.misses(of: name, unknown), Self.kind(of: namespace),
        .detail)
      if let id { row.set(id, misses) }
    }
    if let keys = namespace.census?.keys,
      let id = places.id(&series[index].keys, HistorySeries.keys(of: name), .gauge, .detail)
    {
      row.set(id, keys)
    }
    if let memory = namespace.census?.memoryBytes,
      let id = places.id(&series[index].memory, HistorySeries.memory(of: name), .gauge, .detail)
    {
      row.set(id, memory)
    }
  }

  /// All causes or none: a sum of some would look like fewer misses.
  private mutating func setCauses(
    _ index: Int, _ observed: ObservedMisses, _ places: inout HistoryPlaces, _ row: inout Row
  ) {
    let (name, bytes) = (series[index].name, series[index].causeBytes)
    let isAllowed = places.isOpen(series[index].causes[0]) && places.allows(bytes, .detail)
    for (position, cause) in MissCause.allCases.enumerated() {
      let id = places.id(
        &series[index].causes[position], HistorySeries.misses(of: name, cause), .lastingCounter, .detail,
        isAllowed: isAllowed)
      if let id { row.set(id, observed[cause]) }
    }
  }
}
