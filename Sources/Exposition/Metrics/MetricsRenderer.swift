public import CacheModel
import Locked

/// Renders snapshots for Prometheus. Two renders of one snapshot are byte-identical.
///
/// It keeps, for each target and format, the names and labels of the catalog as rendered text: about 60 bytes a
/// series. The kept text never changes what is rendered, only what it costs. Safe to call from any thread.
public final class MetricsRenderer: Sendable {
  private struct Key: Hashable {
    var target: String
    var format: MetricsFormat
  }

  private struct State {
    var plans: [Key: SamplePlan] = [:]
    /// The most targets that a snapshot had so far.
    var mostTargets = 32
    var lastSize = 16 * 1024
  }

  private let state = Locked(State())

  /// A renderer that has kept nothing yet.
  public init() {}

  /// All families sorted by name, each with its series of all targets together, in the configuration's order.
  ///
  /// With `target`, only the series about that target, and none about cachegauge's own process; no series at all
  /// when there is no such target. `withExporter` may leave those about the process out of an answer of all targets, too. Takes linear time in the number of series, some 0.1 µs each once their catalog is known.
  public func render(
    _ snapshot: Snapshot, format: MetricsFormat, target: String? = nil, withExporter: Bool = true
  ) -> [UInt8] {
    let targets = snapshot.targets.filter { target == nil || $0.target.name == target }
    forgetOthers(than: snapshot.targets)
    var writer = SeriesWriter(format: format, capacity: state.withLock(\.lastSize))
    let sources = targets.map { Source($0, plan: plan($0, format), $0.sample) }
    let all = sources + targets.compactMap { Self.passing($0, format) }
    let exporter = target == nil && withExporter ? snapshot.exporter : nil
    for own in OwnFamily.sorted {
      Self.writeSamples(before: own.name, all, to: &writer)
      own.write(sources, exporter, to: &writer)
    }
    Self.writeSamples(before: nil, all, to: &writer)
    let bytes = writer.finish()
    state.withLock { $0.lastSize = bytes.count + 1024 }
    return bytes
  }

  /// Writes the families of all samples that come before `name`, and passes over the one of that name: what is
  /// ours is written from typed figures.
  private static func writeSamples(before name: String?, _ sources: [Source], to writer: inout SeriesWriter) {
    while let next = sources.lazy.compactMap(\.next?.name).min() {
      if let name, next > name { return }
      var hasBegun = next == name
      for source in sources {
        guard let group = source.take(next), next != name else { continue }
        if !hasBegun { writer.begin(group.head) }
        hasBegun = true
        source.write(group, to: &writer)
      }
    }
  }

  /// What comes and goes is planned anew each time.
  private static func passing(_ target: TargetSnapshot, _ format: MetricsFormat) -> Source? {
    guard target.isUp, let sample = target.passing else { return nil }
    let plan = SamplePlan(sample.catalog, target: target.target, format: format)
    return Source(target, plan: plan, sample)
  }

  private func plan(_ target: TargetSnapshot, _ format: MetricsFormat) -> SamplePlan? {
    guard target.isUp, let catalog = target.sample?.catalog else { return nil }
    let key = Key(target: target.target.name, format: format)
    let label = target.target.labelText
    if let known = state.withLock({ $0.plans[key] }), known.isPlan(of: catalog, targetLabel: label) { return known }
    let plan = SamplePlan(catalog, target: target.target, format: format)
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

/// One target in the course of a render: its snapshot, and how far its sample's families are written.
final class Source {
  let target: TargetSnapshot
  let labels: [Label]
  let label: [UInt8]
  private let plan: SamplePlan?
  private let sample: Sample?
  private var position = 0

  init(_ target: TargetSnapshot, plan: SamplePlan?, _ sample: Sample?) {
    self.target = target
    self.plan = plan
    self.sample = sample
    labels = target.target.shownLabels
    label = target.target.labelText
  }

  /// The sample's next family.
  var next: SamplePlan.Group? {
    guard let plan, position < plan.groups.count else { return nil }
    return plan.groups[position]
  }

  /// Goes past the next family if it has this name.
  func take(_ name: String) -> SamplePlan.Group? {
    guard let next, next.name == name else { return nil }
    position += 1
    return next
  }

  func write(_ group: SamplePlan.Group, to writer: inout SeriesWriter) {
    guard let plan, let sample else { return }
    writer.group(group, of: plan, sample)
  }
}

extension Target {
  /// `target` and what other labels it has; none for a target without a name and labels. A cluster's own series say
  /// `cluster`, as those of its nodes do.
  var shownLabels: [Label] { part == .cluster ? [Label("cluster", name)] + labels : seriesLabels }

  /// ``shownLabels`` as text, `target="name"`.
  var labelText: [UInt8] {
    var text = ByteText()
    for (position, label) in shownLabels.enumerated() {
      if position > 0 { text.append(UInt8(ascii: ",")) }
      text.append(label: label.name, label.value)
    }
    return text.bytes
  }
}
