public import CacheModel
import Locked

/// Renders snapshots for Prometheus. Two renders of one snapshot are byte-identical.
///
/// It keeps the names and labels of catalogs as rendered text, about 60 bytes a series, which targets share where a family has the
/// same series, and 8 bytes for each series and each family of each target and format. What is kept never changes what is rendered, only what it costs. Safe to
/// call from any thread.
public final class MetricsRenderer: Sendable {
  private struct Key: Hashable {
    var target: String
    var format: MetricsFormat
  }

  private struct State {
    var plans: [Key: SamplePlan] = [:]
    /// The last of each format.
    var orders: [MetricsFormat: FamilyOrder] = [:]
    /// The most targets that a snapshot had so far.
    var mostTargets = 32
    var lastSize = 16 * 1024
  }

  private let state = Locked(State())
  private let table = FamilyTexts()

  /// A renderer that has kept nothing yet.
  public init() {}

  /// All families sorted by name, each with its series of all targets together, in the configuration's order.
  ///
  /// With `target`, only the series about that target, and none about cachegauge's own process; no series at all
  /// when there is no such target. `withExporter` may leave those about the process out of an answer of all targets, too. Takes linear time in the number of series, some 0.1 µs each once their catalog is known.
  public func render(
    _ snapshot: Snapshot, format: MetricsFormat, target: String? = nil, withExporter: Bool = true
  ) -> [UInt8] {
    let sources = sources(snapshot, format, target)
    var pieces = MetricsPieces(
      sources.all, outlines: sources.outlines, sources.order,
      target == nil && withExporter ? snapshot.exporter : nil,
      format: format,
      steps: sources.order.steps.indices, pieceSize: .max, capacity: state.withLock(\.lastSize))
    let bytes = pieces.next() ?? []
    state.withLock { $0.lastSize = bytes.count + 1024 }
    return bytes
  }

  /// The same in `count` parts at most, which may be made at the same time; put together they are the whole.
  public func parts(_ count: Int, of snapshot: Snapshot, format: MetricsFormat) -> [MetricsPieces] {
    let sources = sources(snapshot, format, nil)
    return sources.order.cuts(count, sources: sources.outlines).map { steps in
      MetricsPieces(
        sources.all, outlines: sources.outlines, sources.order, snapshot.exporter, format: format, steps: steps,
        pieceSize: 64 * 1024,
        capacity: 68 * 1024)
    }
  }

  private func sources(_ snapshot: Snapshot, _ format: MetricsFormat, _ target: String?) -> (
    all: [Source], outlines: [Int], order: FamilyOrder
  ) {
    let targets = snapshot.targets.filter { target == nil || $0.target.name == target }
    forgetOthers(than: snapshot.targets)
    var sources = targets.map { Source($0, plan: plan($0, format), $0.sample, isWhole: true) }
    sources += targets.compactMap { passing($0, format) }
    let (outlines, order) = order(of: sources, format)
    return (sources, outlines, order)
  }

  /// The order of all families, and the place of each source's outline in it.
  private func order(of sources: [Source], _ format: MetricsFormat) -> ([Int], FamilyOrder) {
    var outlines: [Shared<CatalogOutline>] = []
    var known: [Shared<CatalogOutline>: Int] = [:]
    let places = sources.map { source in
      guard let outline = source.plan?.outline else { return 0 }
      let place = known[outline, default: outlines.count]
      if place == outlines.count {
        known[outline] = place
        outlines.append(outline)
      }
      return place
    }
    if let last = state.withLock({ $0.orders[format] }), last.isOrder(of: outlines) { return (places, last) }
    let order = FamilyOrder(outlines)
    state.withLock { $0.orders[format] = order }
    return (places, order)
  }

  /// What comes and goes is planned anew each time.
  private func passing(_ target: TargetSnapshot, _ format: MetricsFormat) -> Source? {
    guard target.isUp, let sample = target.passing else { return nil }
    let plan = SamplePlan(sample.catalog, target: target.target, format: format, table: table)
    return Source(target, plan: plan, sample, isWhole: false)
  }

  private func plan(_ target: TargetSnapshot, _ format: MetricsFormat) -> SamplePlan? {
    guard target.isUp, let catalog = target.sample?.catalog else { return nil }
    let key = Key(target: target.target.name, format: format)
    let label = target.target.labelText
    if let known = state.withLock({ $0.plans[key] }), known.isPlan(of: catalog, targetLabel: label) { return known }
    let plan = SamplePlan(catalog, target: target.target, format: format, table: table)
    state.withLock { $0.plans[key] = plan }
    return plan
  }

  /// Drops what is kept for targets that are gone, once there is more than two formats of all targets need.
  private func forgetOthers(than targets: [TargetSnapshot]) {
    state.withLock { state in
      state.mostTargets = max(state.mostTargets, targets.count)
      guard state.plans.count > MetricsFormat.allCases.count * state.mostTargets else { return }
      let names = Set(targets.map(\.target.name))
      state.plans = state.plans.filter { names.contains($0.key.target) }
    }
  }
}
