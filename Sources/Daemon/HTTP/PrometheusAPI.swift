import CacheModel
import Exposition
import HTTPServer
import SeriesQuery
import TimeSeries

/// The part of Prometheus' HTTP API that Grafana's data source needs, over history in memory.
///
/// As in Prometheus, parameters come in the query or in a form, and unknown ones are passed over: clients send some of their own.
struct PrometheusAPI: Sendable {
  let history: HistorySources
  /// What is known now; for the families' types and texts.
  let snapshot: @Sendable () -> Snapshot

  /// The routes; all of them compute on ``QueryWorker``.
  var routes: [Route] {
    [
      route("/api/v1/query_range", ["GET", "POST"]) { api, parameters, _, isCancelled throws(PrometheusError) in
        try api.range(parameters, isCancelled)
      },
      route("/api/v1/query", ["GET", "POST"]) { api, parameters, _, isCancelled throws(PrometheusError) in
        try api.instant(parameters, isCancelled)
      },
      route("/api/v1/series", ["GET", "POST"]) { api, parameters, _, _ throws(PrometheusError) in
        guard !parameters.all("match[]").isEmpty else {
          throw PrometheusError(.badData, "no match[] parameter provided")
        }
        return .series(
          try parameters.limited(api.matched(parameters)).map { QuerySeries(name: $0.name, labels: $0.labels) })
      },
      route("/api/v1/labels", ["GET", "POST"]) { api, parameters, _, _ throws(PrometheusError) in
        let names = try api.matched(parameters).flatMap { $0.labels.map(\.name) + ["__name__"] }
        return .names(try parameters.limited(Set(names).sorted()))
      },
      route("/api/v1/label/*/values", ["GET"]) { api, parameters, path, _ throws(PrometheusError) in
        try api.values(of: path, parameters)
      },
      route("/api/v1/metadata", ["GET"]) { api, parameters, _, _ throws(PrometheusError) in
        let metric = parameters["metric"]
        let families = api.snapshot().families.filter { metric == nil || $0.name == metric }
        return .metadata(try parameters.limited(families))
      },
      route("/api/v1/status/buildinfo", ["GET"]) { _, _, _, _ throws(PrometheusError) in
        .build([("version", Build.version), ("application", "cachegauge")])
      },
    ]
  }

  private typealias Handler =
    @Sendable (PrometheusAPI, PrometheusParameters, String, @escaping @Sendable () -> Bool) throws(PrometheusError)
    ->
    QueryData

  private func route(_ path: String, _ methods: [String], _ handler: @escaping Handler) -> Route {
    Route(path: path, methods: methods) { request in
      await QueryWorker.run { isCancelled in
        do throws(PrometheusError) {
          let data = try handler(self, PrometheusParameters(request), request.path, isCancelled)
          return .compressed(request, contentType: "application/json", bytes: queryDocument(data))
        } catch {
          return error.response
        }
      }
    }
  }
}

// MARK: Queries

extension PrometheusAPI {
  private func engine(_ isCancelled: @escaping @Sendable () -> Bool) -> QueryEngine {
    QueryEngine(history.sources(), index: history.index, isCancelled: isCancelled)
  }

  private func range(_ parameters: PrometheusParameters, _ isCancelled: @escaping @Sendable () -> Bool)
    throws(PrometheusError) -> QueryData
  {
    let from = try parameters.time("start")
    let to = try parameters.time("end")
    guard from <= to else { throw PrometheusError(.badData, "invalid parameter \"end\": it lies before \"start\"") }
    let step = try parameters.step()
    guard (to - from) / step < 11_000 else {
      throw PrometheusError(
        .badData,
        "exceeded maximum resolution of 11,000 points per timeseries: ask for a longer step or a shorter range")
    }
    let engine = engine(isCancelled)
    return .matrix(
      try Self.translated(parameters) { expression throws(QueryError) in
        switch expression {
        case .number(let number):
          let points = stride(from: from, through: to, by: Int(step)).map { Point(time: $0, value: number) }
          return [QuerySeries(name: nil, labels: [], points: points)]
        case .selector(let selector):
          return try engine.last(selector, from: from, to: to, step: step).map(QuerySeries.init)
        case .call(let function, let selector, let window):
          return try engine.call(function, selector, window: window, from: from, to: to, step: step)
            .map(QuerySeries.init)
        case .window, .string:
          throw QueryError(.syntax, "a query over a range is of series or of a number, not of a window or a text")
        }
      })
  }

  private func instant(_ parameters: PrometheusParameters, _ isCancelled: @escaping @Sendable () -> Bool)
    throws(PrometheusError) -> QueryData
  {
    let time = parameters["time"] == nil ? WallClock.now.milliseconds : try parameters.time("time")
    let engine = engine(isCancelled)
    return try Self.translated(parameters) { expression throws(QueryError) in
      switch expression {
      case .number(let number): return .scalar(time, number)
      case .string(let text): return .string(time, text)
      case .selector(let selector):
        return .vector(try engine.last(selector, from: time, to: time, step: 1).map(QuerySeries.init))
      case .window(let selector, let window):
        return .matrix(try engine.samples(selector, window: window, to: time).map(QuerySeries.init))
      case .call(let function, let selector, let window):
        let series = try engine.call(function, selector, window: window, from: time, to: time, step: 1)
        return .vector(series.map(QuerySeries.init))
      }
    }
  }

  private static func translated<T>(
    _ parameters: PrometheusParameters, _ body: (Expression) throws(QueryError) -> T
  ) throws(PrometheusError) -> T {
    guard let query = parameters["query"] else { throw PrometheusError(.badData, "parameter \"query\" is missing") }
    do throws(QueryError) {
      return try body(Expression(parsing: query))
    } catch {
      throw PrometheusError(error, in: "query")
    }
  }

  // MARK: Labels

  /// The series that some `match[]` accepts; all without one. Times are passed over: what history knows is answered.
  private func matched(_ parameters: PrometheusParameters) throws(PrometheusError) -> [IndexedSeries] {
    var selectors: [Selector] = []
    for text in parameters.all("match[]") {
      do throws(QueryError) {
        selectors.append(try Selector(parsing: text))
      } catch {
        throw PrometheusError(error, in: "match[]")
      }
    }
    if selectors.isEmpty { selectors = [Selector([])] }
    return history.index.series(of: history.sources(), matching: selectors)
  }

  private func values(of path: String, _ parameters: PrometheusParameters) throws(PrometheusError) -> QueryData {
    let label = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
    let values = try matched(parameters).compactMap { series in
      label == "__name__" ? series.name : series.labels.first { $0.name == label }?.value
    }
    return .names(try parameters.limited(Set(values).sorted()))
  }
}

extension QuerySeries {
  init(_ result: ResultSeries) {
    self.init(name: result.name, labels: result.labels, points: result.points)
  }
}
