import CacheModel
import Health
import TimeSeries

/// Writes one target's snapshots to its ring: every series of the sample, and the typed figures that health asks for
/// under the names that `/metrics` has for them.
///
/// Used by one poller only; readers go to the ring.
struct TargetHistory {
  let ring: Ring
  private var sampleIDs: [SeriesID?] = []
  private var figureIDs: [String: SeriesID] = [:]
  private var row = Row()
  private var epoch: HistoryEpoch

  init(ring: Ring) {
    self.ring = ring
    epoch = HistoryEpoch(ring)
  }

  /// Appends what `snapshot` says of `tick`. A target that is down adds `cache_up 0`, its warnings and nothing else: its other
  /// series have a gap. Warnings are those of the judgement before this row, which needs it.
  mutating func append(_ snapshot: TargetSnapshot, at tick: UnixTime) {
    row.clear()
    set(HistorySeries.isUp, .gauge, snapshot.isUp ? 1 : 0)
    for warning in snapshot.health.warnings { set(HistorySeries.warning(warning), .gauge, 1) }
    if snapshot.isUp {
      // First what health asks for: where the memory is too small for all series, the later ones have no history.
      setFigures(of: snapshot)
      if let sample = snapshot.sample { setSeries(of: sample) }
    }
    let epoch = snapshot.isUp ? epoch.of(snapshot.sample, uptime: snapshot.facts.uptime, at: tick) : 0
    // Ticks only rise, so that no row is ever refused; should the share of memory be too small for a single row,
    // there is no history, and health says that it has no evidence.
    try? ring.append(at: tick.milliseconds, epoch: epoch, row: row)
  }

  /// How far back history reaches; nil while it is empty.
  var oldest: UnixTime? { ring.span.map { UnixTime(milliseconds: $0.oldest) } }

  private mutating func setSeries(of sample: Sample) {
    register(upTo: sample.catalog)
    sample.forEachPresent { index, value in
      if let id = sampleIDs[index.position] { row.set(id, value) }
    }
  }

  private mutating func register(upTo catalog: SeriesCatalog) {
    while sampleIDs.count < catalog.count {
      let definition = catalog[SeriesIndex(sampleIDs.count)]
      let kind: SeriesKind = definition.family.type == .gauge ? .gauge : .counter
      sampleIDs.append(ring.register(definition.key, kind: kind))
    }
  }

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
    for namespace in snapshot.namespaces { setFigures(of: namespace) }
  }

  /// Counters of a namespace are an application's or cachegauge's own, which don't begin again with the server; but for those
  /// that the server keeps itself.
  private mutating func setFigures(of namespace: NamespaceCounts) {
    let name = namespace.definition.name
    let kind: SeriesKind = namespace.origin == .memcached ? .counter : .lastingCounter
    set(HistorySeries.keys(of: name), .gauge, namespace.census?.keys)
    set(HistorySeries.memory(of: name), .gauge, namespace.census?.memoryBytes)
    set(HistorySeries.hits(of: name), kind, namespace.hits)
    set(HistorySeries.misses(of: name), kind, namespace.misses)
    // Where the application's own counts can't be read, there are no causes of them.
    guard namespace.definition.counters == nil || namespace.misses != nil else { return }
    guard let observed = namespace.observed else {
      set(HistorySeries.misses(of: name, .unknown), kind, namespace.misses)
      return
    }
    for cause in MissCause.allCases { set(HistorySeries.misses(of: name, cause), .lastingCounter, observed[cause]) }
  }

  private mutating func set(_ name: String, _ kind: SeriesKind, _ value: Int64?) {
    guard let value else { return }
    if figureIDs[name] == nil { figureIDs[name] = ring.register(name, kind: kind) }
    if let id = figureIDs[name] { row.set(id, value) }
  }
}
