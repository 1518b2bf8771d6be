import CacheModel
import Exposition
import Health
import HTTPServer
import TimeSeries

/// Why a request for history can't be answered: which parameter, and what it takes.
struct SeriesRefusal: Error, CustomStringConvertible {
  let description: String
}

/// A request of `/api/cache/series`: one metric of one target over the last so many seconds.
///
/// `metric` is `hit_rate`, computed over each step, or the name of any series that `/metrics` has; `namespace` and any
/// other label narrow it down. Series that remain are summed where that means something (counters).
struct SeriesRequest {
  private let metric: String
  private let namespace: String?
  private let labels: [(name: String, value: String)]
  private let target: Target
  private let function: String
  private let from: UnixTime
  private let to: UnixTime
  private let step: Double

  private static let reserved: Set = ["metric", "namespace", "target", "last", "step", "function"]
  private static let maximumPoints = 11_000.0

  static func parse(_ request: HTTPRequest, targets: [TargetSnapshot], now: UnixTime)
    -> Result<SeriesRequest, SeriesRefusal>
  {
    Result { () throws(SeriesRefusal) in try SeriesRequest(request, targets: targets, now: now) }
  }

  private init(_ request: HTTPRequest, targets: [TargetSnapshot], now: UnixTime) throws(SeriesRefusal) {
    guard let metric = request.query("metric"), !metric.isEmpty else {
      throw SeriesRefusal(description: "'metric' is missing: hit_rate, or the name of a series of /metrics")
    }
    let last = try Self.seconds("last", request.query("last") ?? "1h")
    step =
      try request.query("step").map { text throws(SeriesRefusal) in try Self.seconds("step", text) }
      ?? max(1, (last / 300).rounded(.up))
    guard last / step <= Self.maximumPoints else {
      throw SeriesRefusal(
        description: "'last' over 'step' is \(Int(last / step)) points; at most 11000 are answered")
    }
    target = try Self.target(request.query("target"), among: targets)
    function = request.query("function") ?? Self.defaultFunction(of: metric)
    guard Self.functions[function] != nil || metric == "hit_rate" else {
      let known = Self.functions.keys.sorted().joined(separator: ", ")
      throw SeriesRefusal(description: "'function' is '\(function)'; known are \(known)")
    }
    self.metric = metric
    namespace = request.query("namespace")
    labels = request.query.filter { !Self.reserved.contains($0.name) }
    // Steps end on whole multiples, so that two requests see the same points.
    let stepMilliseconds = Int64(step * 1000)
    to = UnixTime(milliseconds: now.milliseconds / stepMilliseconds * stepMilliseconds)
    from = to.adding(seconds: -last + step)
  }

  private static let functions: [String: Function] = [
    "last": .last, "min": .min, "max": .max, "avg": .avg, "sum": .sum, "increase": .increase, "rate": .rate,
    "p50": .quantile(0.5), "p90": .quantile(0.9), "p99": .quantile(0.99),
  ]

  private static func defaultFunction(of metric: String) -> String {
    if metric == "hit_rate" { return "ratio" }
    return metric.hasSuffix("_total") ? "rate" : "avg"
  }

  private static func seconds(_ name: String, _ text: String) throws(SeriesRefusal) -> Double {
    do throws(ValueError) {
      let seconds = try parseDuration(text).inSeconds
      guard seconds >= 0.1, seconds <= 400 * 86400 else { throw ValueError("out of range") }
      return seconds
    } catch {
      throw SeriesRefusal(description: "'\(name)' is '\(text)': write a duration from 100ms to 400d, such as 5m")
    }
  }

  private static func target(_ name: String?, among targets: [TargetSnapshot]) throws(SeriesRefusal) -> Target {
    let names = targets.map(\.target.name).joined(separator: ", ")
    if let name {
      guard let target = targets.first(where: { $0.target.name == name }) else {
        throw SeriesRefusal(description: "there is no such target; the configured targets are: \(names)")
      }
      return target.target
    }
    guard let only = targets.first, targets.count == 1 else {
      throw SeriesRefusal(description: "'target' is missing: one of \(names)")
    }
    return only.target
  }
}

// MARK: Answer

extension SeriesRequest {
  /// The JSON answer; 404 when no series matches.
  func answer(from store: TimeSeriesStore) -> HTTPResponse {
    guard let ring = store.allRings.first(where: { $0.name == target.name }) else { return notFound }
    guard let points = metric == "hit_rate" ? hitRates(in: ring) : values(in: ring) else { return notFound }
    let bytes = seriesDocument(
      metric: metric, namespace: namespace, target: target.name, function: function, from: from, to: to, step: step,
      points: points.map { (UnixTime(milliseconds: $0.time), $0.value) })
    return HTTPResponse(contentType: "application/json", bytes: bytes)
  }

  private var notFound: HTTPResponse {
    .text(404, "target '\(target.name)' has no series '\(metric)' with these labels")
  }

  private func hitRates(in ring: Ring) -> [(time: Int64, value: Double?)]? {
    let names =
      namespace.map { (HistorySeries.hits(of: $0), HistorySeries.misses(of: $0)) }
      ?? (HistorySeries.hits, HistorySeries.misses)
    guard let hits = ring.id(named: names.0), let misses = ring.id(named: names.1) else { return nil }
    let hitPoints = points(of: hits, in: ring, .increase)
    let missPoints = points(of: misses, in: ring, .increase)
    return times.map { time in
      guard let hits = hitPoints[time], let misses = missPoints[time], hits + misses > 0 else { return (time, nil) }
      return (time, hits / (hits + misses))
    }
  }

  private func values(in ring: Ring) -> [(time: Int64, value: Double?)]? {
    guard let function = Self.functions[function] else { return nil }
    let series = ring.series { matches($0) }
    guard !series.isEmpty else { return nil }
    let points = series.map { self.points(of: $0.id, in: ring, function) }
    return times.map { time in
      let values = points.compactMap { $0[time] }
      return (time, values.isEmpty ? nil : values.reduce(0, +))
    }
  }

  private var times: [Int64] {
    Array(stride(from: from.milliseconds, through: to.milliseconds, by: Int(step * 1000)))
  }

  private func points(of id: SeriesID, in ring: Ring, _ function: Function) -> [Int64: Double] {
    let points = ring.query(
      id, from: from.milliseconds, to: to.milliseconds, step: Int64(step * 1000), function)
    return Dictionary(points.map { ($0.time, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// Whether a series, by the name it has in PromQL, is the one that is asked for.
  private func matches(_ key: String) -> Bool {
    guard key.hasPrefix(metric) else { return false }
    let rest = key.dropFirst(metric.count)
    guard rest.isEmpty || rest.hasPrefix("{") else { return false }
    let wanted = labels + (namespace.map { [(name: "namespace", value: $0)] } ?? [])
    return wanted.allSatisfy { label in
      let pair = "\(label.name)=\"\(Label(label.name, label.value).escapedValue)\""
      return rest.contains("{\(pair)") || rest.contains(",\(pair)")
    }
  }
}
