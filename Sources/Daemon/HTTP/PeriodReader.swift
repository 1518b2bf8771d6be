import CacheModel
import Exposition
import SeriesQuery
import TimeSeries

/// Reads out of history what a report says of a period.
struct PeriodReader {
  private let history: HistorySources
  /// Unix milliseconds.
  private let (from, to): (Int64, Int64)

  /// A reader of (start, end], Unix milliseconds.
  init(_ history: HistorySources, _ range: (start: Int64, end: Int64)) {
    self.history = history
    (from, to) = range
  }

  /// The targets of `snapshot` in the period. Milliseconds for each day of each namespace; not for the server's thread.
  func period(of snapshot: Snapshot) -> ReportPeriod {
    var period = ReportPeriod(
      from: UnixTime(milliseconds: from), to: UnixTime(milliseconds: to),
      step: Double(PeriodSteps.shortest(from: from, to: to)) / 1000)
    period.targets = snapshot.targets.map(target)
    return period
  }

  private func target(_ snapshot: TargetSnapshot) -> ReportPeriod.Target {
    // Without the target's own labels, which may hide those of its series.
    let sources = history.sources(of: snapshot.target.name).map { SeriesSource($0.ring) }
    let lookups = Lookups(hits: series("cache_hits_total", sources), misses: series("cache_misses_total", sources))
    let ring = sources.first?.ring
    let covered = ring?.span.map { max(0, min(to, $0.newest) - max(from, $0.oldest)) } ?? 0
    let rollups = ring?.rollups(from: from, to: to) ?? []
    let steps = ring.flatMap { PeriodSteps($0, from: from, to: to, rollups: rollups) }
    var target = ReportPeriod.Target(
      name: snapshot.target.name, coveredSeconds: Double(covered) / 1000, whole: part(nil, lookups, steps))
    target.step = steps?.seconds
    target.downSeconds = downSeconds(series("cache_up", sources), steps)
    target.evicted = growth(series("cache_evictions_total", sources))
    target.expired = growth(series("cache_expirations_total", sources))
    target.rejected = growth(series("cache_rejected_connections_total", sources))
    target.slow = growth(series("cache_slow_operations_total", sources))
    target.mostMemory = series("cache_memory_used_bytes", sources).flatMap { points($0, .max, steps) }.map(\.value)
      .max()
    target.namespaces = snapshot.namespaces.map { counts in
      let name = counts.definition.name
      return part(
        counts.definition,
        Lookups(
          hits: series("cache_namespace_hits_total", namespace: name, sources),
          misses: misses(of: name, sources)), steps)
    }
    target.episodes = WarningEpisodes(from: from, to: to, rollups: rollups)
      .all(of: series("cache_warning_active", sources))
    return target
  }

  /// By cause, or, where history has no room for causes, all together.
  private func misses(of namespace: String, _ sources: [SeriesSource]) -> [IndexedSeries] {
    let causes = series("cache_namespace_misses_total", namespace: namespace, sources)
    return causes.isEmpty ? series("cachegauge_namespace_misses_total", namespace: namespace, sources) : causes
  }

  private struct Lookups {
    var hits: [IndexedSeries]
    /// One for each cause, where causes are kept apart.
    var misses: [IndexedSeries]
  }

  private func part(_ definition: NamespaceDefinition?, _ lookups: Lookups, _ steps: PeriodSteps?)
    -> ReportPeriod.Part
  {
    var part = ReportPeriod.Part(
      definition: definition, hits: growth(lookups.hits), misses: growth(lookups.misses) ?? 0)
    part.causes = lookups.misses.compactMap { series in
      let cause = series.labels.first { $0.name == "cause" }?.value
      return cause.flatMap { cause in growth([series]).map { (cause: cause, misses: $0) } }
    }.filter { $0.cause != "unknown" && $0.misses > 0 }.sorted { $0.misses > $1.misses }
    // Misses without hits are no ratio of 0: hits are not known then.
    guard let steps, let hits = part.hits else { return part }
    // A few lookups in a quiet step say nothing: one in ten of the usual count, and 20, are asked for.
    let ratios = ratios(lookups, steps, atLeast: max(20, (hits + part.misses) / Double(steps.count) / 10))
    part.lowest = ratios.min { $0.ratio < $1.ratio }
      .map { (time: UnixTime(milliseconds: $0.time), ratio: $0.ratio) }
    if let aim = definition?.target?.hitRate, !ratios.isEmpty {
      part.belowSeconds = Double(ratios.count { $0.ratio < aim }) * steps.seconds
    }
    return part
  }

  private func ratios(_ lookups: Lookups, _ steps: PeriodSteps, atLeast evidence: Double)
    -> [(time: Int64, ratio: Double)]
  {
    var counts: [Int64: (hits: Double, misses: Double)] = [:]
    for point in lookups.hits.flatMap({ points($0, .increase, steps) }) {
      counts[point.time, default: (0, 0)].hits += point.value
    }
    for point in lookups.misses.flatMap({ points($0, .increase, steps) }) {
      counts[point.time, default: (0, 0)].misses += point.value
    }
    return counts.filter { $0.value.hits + $0.value.misses >= evidence }
      .map { (time: $0.key, ratio: $0.value.hits / ($0.value.hits + $0.value.misses)) }.sorted { $0.time < $1.time }
  }

  private func downSeconds(_ series: [IndexedSeries], _ steps: PeriodSteps?) -> Double? {
    guard let steps else { return nil }
    let known = series.flatMap { points($0, .avg, steps) }
    return known.isEmpty ? nil : known.reduce(0) { $0 + (1 - $1.value) } * steps.seconds
  }

  // MARK: Series

  private func series(_ name: String, namespace: String? = nil, _ sources: [SeriesSource]) -> [IndexedSeries] {
    let wanted = [("__name__", name)] + (namespace.map { [("namespace", $0)] } ?? [])
    return history.index.series(
      of: sources, matching: [Selector(wanted.compactMap { try? LabelMatcher($0, .equal, $1) })])
  }

  /// The growth of all together over the period, as far as history reaches; nil where none is known.
  private func growth(_ series: [IndexedSeries]) -> Double? {
    series.compactMap { one -> Double? in
      guard let span = one.ring.span else { return nil }
      return one.ring.increase(of: one.id, from: max(from, span.oldest), to: to)
    }.reduce(nil) { ($0 ?? 0) + $1 }
  }

  private func points(_ series: IndexedSeries, _ function: Function, _ steps: PeriodSteps?) -> [Point] {
    guard let steps else { return [] }
    return series.ring.query(
      series.id, from: steps.from + steps.length, to: steps.to, step: steps.length, function,
      maximumGap: steps.maximumGap)
  }
}
