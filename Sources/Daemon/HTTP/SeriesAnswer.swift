import CacheModel
import Exposition
import HTTPServer
import SeriesQuery
import TimeSeries

extension SeriesRequest {
  private typealias Found = (series: IndexedSeries, name: String, points: [Int64: Double])

  /// More would be a long wait and an answer of 10 MB.
  private static let maximumPoints = 200_000

  /// The JSON answer. Throws 404 when no series matches, and 422 when too many do.
  func answer(from history: HistorySources, isCancelled: () -> Bool) throws(HistoryRefusal) -> HTTPResponse {
    let sources = history.sources(of: target)
    let isRatio = selector.name == "hit_rate"
    let series = history.index.series(of: sources, matching: [isRatio ? hits : selector])
    guard !series.isEmpty else {
      throw HistoryRefusal(
        404, "no series of history matches '\(metric)'\(target.map { " of target '\($0)'" } ?? "")")
    }
    guard times.count * series.count <= Self.maximumPoints else {
      throw HistoryRefusal(
        422,
        "\(series.count) series match, which makes \(times.count * series.count) points; at most \(Self.maximumPoints) are "
          + "answered: match fewer series, or ask for a longer step")
    }
    var found: [Found] = []
    var lookups: [Int64: (hits: Double, all: Double)] = [:]
    for one in series {
      if isCancelled() { throw HistoryRefusal(QueryError(.cancelled, "the query was given up"), in: "metric") }
      if isRatio {
        found.append((one, "hit_rate", ratios(one, sources, history.index, total: &lookups)))
      } else if let ringFunction {
        found.append((one, one.name, points(of: one, ringFunction)))
      }
    }
    let total: (Int64) -> Double? = { time in
      if isRatio { return lookups[time].map { $0.hits / $0.all } }
      let values = found.compactMap { $0.points[time] }
      return values.isEmpty ? nil : values.reduce(0, +)
    }
    let bytes = seriesDocument(
      metric: metric, namespace: namespace, target: target ?? (sources.count == 1 ? sources[0].ring.name : nil),
      function: function, from: UnixTime(milliseconds: from), to: UnixTime(milliseconds: to),
      step: Double(step) / 1000,
      points: times.map { (UnixTime(milliseconds: $0), total($0)) },
      series: found.map { found in
        (found.name, found.series.labels, times.map { (UnixTime(milliseconds: $0), found.points[$0]) })
      })
    return HTTPResponse(contentType: "application/json", bytes: bytes)
  }

  private var times: [Int64] { Array(stride(from: from, through: to, by: Int(step))) }

  private func points(of series: IndexedSeries, _ function: Function) -> [Int64: Double] {
    let points = series.ring.query(series.id, from: from, to: to, step: step, function)
    return Dictionary(points.map { ($0.time, $0.value) }, uniquingKeysWith: { $1 })
  }

  // MARK: Hit rate

  /// What `hit_rate` is made of: the hits of namespaces where it speaks of them, else those of targets.
  private var hits: Selector { lookups("hits", matchers: selector.matchers.filter { $0.name != "__name__" }) }

  private func lookups(
    _ kind: String, of family: String = "cache_namespace", matchers: [LabelMatcher]
  ) -> Selector {
    let isNamespace = matchers.contains { $0.name == "namespace" }
    let name = isNamespace ? "\(family)_\(kind)_total" : "cache_\(kind)_total"
    guard let matcher = try? LabelMatcher("__name__", .equal, name) else {
      preconditionFailure("only regular expressions can be refused")
    }
    return Selector([matcher] + matchers)
  }

  /// The share of hits in each step, of the series of hits and the misses beside it: those of all causes together, or, where history
  /// has no such sum, of every cause.
  private func ratios(
    _ hits: IndexedSeries, _ sources: [SeriesSource], _ index: LabelIndex,
    total: inout [Int64: (hits: Double, all: Double)]
  ) -> [Int64: Double] {
    let same = hits.labels.compactMap { try? LabelMatcher($0.name, .equal, $0.value) }
    let ring = sources.filter { $0.ring === hits.ring }
    let sum = index.series(of: ring, matching: [lookups("misses", of: "cachegauge_namespace", matchers: same)])
    let misses = sum.isEmpty ? index.series(of: ring, matching: [lookups("misses", matchers: same)]) : sum
    let missPoints = misses.map { points(of: $0, .increase) }
    var ratios: [Int64: Double] = [:]
    for (time, hits) in points(of: hits, .increase) {
      let values = missPoints.compactMap { $0[time] }
      let all = hits + values.reduce(0, +)
      guard !values.isEmpty, all > 0 else { continue }
      ratios[time] = hits / all
      let sum = total[time] ?? (0, 0)
      total[time] = (sum.hits + hits, sum.all + all)
    }
    return ratios
  }
}
