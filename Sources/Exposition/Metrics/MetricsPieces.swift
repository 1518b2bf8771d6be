import CacheModel

/// What is left to write of a rendered snapshot, or of a part of it, a piece at a time: however many targets there are, no more
/// than a piece is held.
public struct MetricsPieces: Sendable {
  private let sources: [Source]
  /// The place of each source's outline in the order; 0 without a plan.
  private let outlines: [Int]
  private let order: FamilyOrder
  private let places: FamilyOrder.Places
  private let exporter: ExporterFigures?
  private let pieceSize: Int
  private let end: Int
  private var writer: SeriesWriter
  private var step: Int
  /// The next source of the family of ``step``.
  private var source = 0
  /// Whether that family has begun.
  private var isBegun = false
  private var isFinished = false

  /// The families of `steps`; all others before and behind are in other parts.
  init(
    _ sources: [Source], outlines: [Int], _ order: FamilyOrder, _ exporter: ExporterFigures?, format: MetricsFormat,
    steps: Range<Int>, pieceSize: Int, capacity: Int
  ) {
    self.sources = sources
    self.outlines = outlines
    self.order = order
    places = order.places
    self.exporter = exporter
    self.pieceSize = pieceSize
    (step, end) = (steps.lowerBound, steps.upperBound)
    let taken = format == .openMetrics ? order.openMetricsNames(before: step) : []
    writer = SeriesWriter(format: format, capacity: capacity, takenNames: taken)
  }

  /// The next piece of text, some 64 KB and never empty; nil behind the end. Takes some 0.2 ms.
  public mutating func next() -> [UInt8]? {
    while step < end, writer.text.bytes.count < pieceSize { write(order.steps[step]) }
    if step == end, !isFinished {
      isFinished = true
      if end == order.steps.count { writer.finish() }
    }
    let piece = writer.take(reserving: isFinished ? 0 : pieceSize + 4096)
    return piece.isEmpty ? nil : piece
  }

  /// Writes a family, or as much of it as makes a piece.
  private mutating func write(_ step: FamilyOrder.Step) {
    if !isBegun, case .own(let family) = step {
      family.begin(to: &writer, exporter)
      isBegun = true
    }
    while source < sources.count, writer.text.bytes.count < pieceSize {
      switch step {
      case .own(let family): if sources[source].isWhole { family.write(sources[source], to: &writer) }
      case .served(let place): writeSource(place)
      }
      source += 1
    }
    guard source == sources.count else { return }
    source = 0
    isBegun = false
    self.step += 1
  }

  /// Writes the family at this place of the order, where the source has it.
  private mutating func writeSource(_ place: Int) {
    guard let plan = sources[source].plan, let sample = sources[source].sample,
      let (position, start) = places.family(place, of: outlines[source])
    else { return }
    if !isBegun { writer.begin(plan.outline.value.heads[position]) }
    isBegun = true
    writer.write(plan.families[position].value, plan.indices[start...], plan.targetLabel, sample)
  }
}

/// One target in the course of a render. A class, so that passing one on is one retain: a snapshot is two dozen.
final class Source: Sendable {
  let target: TargetSnapshot
  let plan: SamplePlan?
  let sample: Sample?
  /// Whether our own families tell of the target here: not where the sample is of what comes and goes.
  let isWhole: Bool
  let labels: [Label]
  let label: [UInt8]

  init(_ target: TargetSnapshot, plan: SamplePlan?, _ sample: Sample?, isWhole: Bool) {
    self.target = target
    self.plan = plan
    self.sample = sample
    self.isWhole = isWhole
    labels = target.target.shownLabels
    label = target.target.labelText
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
