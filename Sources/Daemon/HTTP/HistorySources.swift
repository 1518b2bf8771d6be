import CacheModel
import SeriesQuery
import TimeSeries

/// The rings of all targets that have history, former ones among them, with the labels that tell their series apart.
struct HistorySources: Sendable {
  let snapshots: SnapshotStore
  let store: TimeSeriesStore
  let index = LabelIndex()

  /// All targets' rings, or that of one, in the targets' order. A target that has recorded nothing has none.
  func sources(of target: String? = nil) -> [SeriesSource] {
    let rings = Dictionary(store.allRings.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    return snapshots.withHistory.filter { target == nil || $0.name == target }
      .compactMap { target in rings[target.name].map { SeriesSource($0, labels: target.seriesLabels) } }
  }
}
