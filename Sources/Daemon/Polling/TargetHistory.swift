import CacheModel
import Health
import TimeSeries

/// Writes one target's snapshots to its ring: every series of the sample, and the typed figures that health asks for
/// under the names that `/metrics` has for them.
///
/// Used by one poller only; readers go to the ring.
struct TargetHistory {
  let ring: Ring
  private var places: HistoryPlaces
  /// By the catalog's positions.
  private var serverPlaces: [HistoryPlaces.Place] = []
  /// How many of them were asked for.
  private var registered = 0
  private var figurePlaces: [String: HistoryPlaces.Place] = [:]
  private var namespaces: NamespaceHistory
  private var row = Row()
  /// Nil before the first row: until then history may be read back from files.
  private var epoch: HistoryEpoch?
  private var hasToldOfShortage = false

  /// Writes to `ring`. Room is kept for causes of misses where they are `heard`, and for sizes where keys are `counted`.
  init(ring: Ring, isHeard: Bool = false, isCounted: Bool = false) {
    self.ring = ring
    places = HistoryPlaces(ring: ring)
    namespaces = NamespaceHistory(isHeard: isHeard, isCounted: isCounted)
  }

  /// Appends what `snapshot` says of `tick`. A target that is down adds `cache_up 0`, its warnings and nothing else: its other
  /// series have a gap. Warnings are those of the judgement before this row, which needs it.
  mutating func append(_ snapshot: TargetSnapshot, at tick: UnixTime) {
    row.clear()
    places.begin()
    set(HistorySeries.isUp, .gauge, snapshot.isUp ? 1 : 0)
    for warning in snapshot.health.warnings where warning.namespace == nil {
      set(HistorySeries.warning(warning), .gauge, 1)
    }
    if snapshot.isUp {
      // The order is that of worth: where the memory is too small for all series, the later ones have no history.
      setFigures(of: snapshot)
      if let sample = snapshot.sample { expect(sample.catalog) }
      namespaces.set(snapshot.namespaces, &places, into: &row)
      if let sample = snapshot.sample { setSeries(of: sample) }
    }
    for warning in snapshot.health.warnings where warning.namespace != nil {
      set(HistorySeries.warning(warning), .gauge, 1, .detail)
    }
    var known = self.epoch ?? HistoryEpoch(ring)
    let epoch = snapshot.isUp ? known.of(snapshot.sample, uptime: snapshot.facts.uptime, at: tick) : 0
    self.epoch = known
    // Ticks only rise, so that no row is ever refused; should the share of memory be too small for a single row,
    // there is no history, and health says that it has no evidence.
    try? ring.append(at: tick.milliseconds, epoch: epoch, row: row)
  }

  /// How many series have no place in history, or had none once.
  var refused: Int64 { places.refused }

  /// How far back history reaches; nil while it is empty.
  var oldest: UnixTime? { ring.span.map { UnixTime(milliseconds: $0.oldest) } }

  /// What to say of series that have no place, once; nil while there are none.
  mutating func takeShortage() -> String? {
    guard places.refused > 0, !hasToldOfShortage else { return nil }
    hasToldOfShortage = true
    return places.shortage
  }

  // MARK: The server's

  /// Those that health asks for have their place before those of namespaces.
  private mutating func expect(_ catalog: SeriesCatalog) {
    while serverPlaces.count < catalog.count {
      let definition = catalog[SeriesIndex(serverPlaces.count)]
      let key = definition.key
      places.expectServer(key)
      serverPlaces.append(.unknown)
      if Self.vitalKeys.contains(key) {
        _ = places.id(&serverPlaces[serverPlaces.count - 1], key, Self.kind(of: definition), .vital)
      }
    }
  }

  private static let vitalKeys = Set(HistorySeries.connections + HistorySeries.commands)

  private static func kind(of definition: SeriesDefinition) -> SeriesKind {
    definition.family.type == .gauge ? .gauge : .counter
  }

  private mutating func setSeries(of sample: Sample) {
    for position in registered..<max(registered, sample.catalog.count) { place(position, sample.catalog) }
    registered = max(registered, sample.catalog.count)
    sample.forEachPresent { index, value in
      if places.isRetrying { place(index.position, sample.catalog) }
      if case .known(let id) = serverPlaces[index.position] { row.set(id, value) }
    }
  }

  private mutating func place(_ position: Int, _ catalog: SeriesCatalog) {
    let definition = catalog[SeriesIndex(position)]
    _ = places.id(&serverPlaces[position], definition.key, Self.kind(of: definition), .server)
  }

  // MARK: Figures

  private mutating func setFigures(of snapshot: TargetSnapshot) {
    let facts = snapshot.facts
    set(HistorySeries.hits, .counter, snapshot.hits)
    set(HistorySeries.misses, .counter, snapshot.misses)
    set(HistorySeries.evictions, .counter, facts.evictedKeys)
    set(HistorySeries.expirations, .counter, facts.expiredKeys)
    set(HistorySeries.rejectedConnections, .counter, facts.rejectedConnections)
    set(HistorySeries.usedMemory, .gauge, facts.usedMemory)
    set(HistorySeries.keys, .gauge, facts.keys)
    let slow = snapshot.slowOperations.totals.values.reduce(0) { $0 + $1.count }
    set(HistorySeries.slowOperations, .lastingCounter, slow)
    set(HistorySeries.ownHits, .counter, snapshot.ownHits)
    set(HistorySeries.ownMisses, .counter, snapshot.ownMisses)
    if snapshot.target.kind != .redis {
      // A Redis has series of its own for these.
      set(HistorySeries.otherConnections, .counter, facts.connectionsReceived)
      set(HistorySeries.otherCommands, .counter, facts.commandsProcessed)
    }
  }

  private mutating func set(
    _ name: String, _ kind: SeriesKind, _ value: Int64?, _ worth: HistoryPlaces.Worth = .vital
  ) {
    guard let value else { return }
    if let id = places.id(&figurePlaces[name, default: .unknown], name, kind, worth) { row.set(id, value) }
  }
}
