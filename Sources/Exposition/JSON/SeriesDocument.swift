public import CacheModel

/// The JSON of `/api/cache/series`: the history of one metric as pairs of Unix time in seconds and value.
///
/// - Parameters:
///   - metric: what was asked for.
///   - namespace: the namespace asked for; nil for the target as a whole.
///   - target: the target's name.
///   - function: what a point says of its step, such as `avg` or `rate`.
///   - unit: of the values, such as `seconds` or `bytes`; nil for plain numbers.
///   - from: the first step's time.
///   - to: the last step's time.
///   - step: seconds between points.
///   - points: of all series together, oldest first; a value is nil, and null in JSON, where nothing was recorded.
///   - series: each series by itself.
public func seriesDocument(
  metric: String, namespace: String?, target: String?, function: String, unit: String? = nil, from: UnixTime,
  to: UnixTime, step: Double, points: [(time: UnixTime, value: Double?)],
  series: [(name: String, labels: [Label], points: [(time: UnixTime, value: Double?)])] = []
) -> [UInt8] {
  let document: JSONValue = [
    "metric": .text(metric),
    "namespace": .text(namespace),
    "target": .text(target),
    "function": .text(function),
    "unit": .text(unit),
    "from": .time(from),
    "to": .time(to),
    "step": .number(step),
    "points": json(points),
    "series": .array(
      series.map { series in
        [
          "name": .text(series.name),
          "labels": .object(series.labels.map { ($0.name, .text($0.value)) }),
          "points": json(series.points),
        ]
      }),
  ]
  return document.bytes
}

private func json(_ points: [(time: UnixTime, value: Double?)]) -> JSONValue {
  .array(points.map { .array([.number($0.time.seconds), .number($0.value)]) })
}
