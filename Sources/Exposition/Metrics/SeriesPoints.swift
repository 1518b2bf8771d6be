public import CacheModel
import TimeSeries

extension TargetSnapshot {
  /// Every series that `/metrics` has of this target, with the same names, labels and values; of one that is down, as there, what
  /// is known of it while it is. Some 0.5 µs each.
  public var points: [SeriesPoint] {
    var writer = SeriesWriter.collecting
    let source = Source(self, plan: nil, nil, isWhole: true)
    for family in OwnFamily.sorted {
      writer.begin(family.head)
      family.write(source, to: &writer)
    }
    var points = writer.points
    guard isUp else { return points }
    for sample in [sample, passing].compactMap(\.self) {
      sample.forEachPresent { index, value in
        if let point = Self.point(sample.catalog[index], value.double, beside: source.labels) {
          points.append(point)
        }
      }
    }
    return points
  }

  /// Nil where the name or a label would not be valid, or the family is ours and written from typed figures.
  private static func point(_ series: SeriesDefinition, _ value: Double, beside target: [Label]) -> SeriesPoint? {
    let name = series.family.name + series.suffix
    let names = series.labels.map(\.name)
    guard MetricName.isValid(metric: name), !OwnFamily.names.contains(series.family.name),
      names.allSatisfy(MetricName.isValid(label:)), Set(names).count == names.count
    else { return nil }
    let free = Label.names(names, beside: target)
    let own = free == names ? series.labels : zip(free, series.labels).map { Label($0, $1.value) }
    return SeriesPoint(name: name, labels: target + own, value: value)
  }
}

extension ExporterFigures {
  /// Every series that `/metrics` has of cachegauge's own process.
  public var points: [SeriesPoint] {
    var writer = SeriesWriter.collecting
    for family in OwnFamily.sorted { family.begin(to: &writer, self) }
    return writer.points
  }
}
