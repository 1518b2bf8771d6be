import CacheModel
import HTTPServer
import SeriesQuery
import TimeSeries

/// A request of `/api/cache/series`: one metric, narrowed by label matchers, over a range.
///
/// `metric` is `hit_rate`, computed over each step, or the name of any series that history has, each with matchers in braces
/// if need be. A step at t looks at (t − step, t].
struct SeriesRequest: Sendable {
  let metric: String
  let namespace: String?
  let target: String?
  let function: String
  let selector: Selector
  /// The first step's end, the last one's, and their distance, milliseconds.
  let from: Int64
  let to: Int64
  let step: Int64

  static let known = ["metric", "namespace", "target", "last", "start", "end", "step", "function"]
  private static let maximumSteps: Int64 = 11_000

  /// Throws 400 for what can't be read, 404 for a target that is not among `targets`.
  init(_ request: HTTPRequest, targets: [String], now: UnixTime) throws(HistoryRefusal) {
    let parameters = try HistoryParameters(request, known: Self.known)
    guard let metric = parameters["metric"], !metric.isEmpty else {
      throw HistoryRefusal(400, "'metric' is missing: hit_rate, or the name of a series of /metrics")
    }
    self.metric = metric
    namespace = parameters["namespace"]
    target = parameters["target"]
    if let target, !targets.contains(target) { throw .unknownTarget(configured: targets) }
    let selector: Selector
    do throws(QueryError) {
      let written = try Selector(parsing: metric)
      selector = Selector(
        written.matchers
          + (try namespace.map { name throws(QueryError) in [try LabelMatcher("namespace", .equal, name)] } ?? []))
    } catch {
      throw HistoryRefusal(error, in: "metric")
    }
    self.selector = selector
    function = try Self.function(parameters["function"], of: selector.name)
    (from, to, step) = try Self.steps(parameters, now: now.milliseconds)
  }

  private static func steps(_ parameters: HistoryParameters, now: Int64) throws(HistoryRefusal) -> (
    Int64, Int64, Int64
  ) {
    guard let (start, end) = try parameters.range(now: now, defaultLast: 3_600_000) else {
      preconditionFailure("there is a default")
    }
    let length = end - start
    let step = try parameters.duration("step") ?? max(1000, (length / 300 + 999) / 1000 * 1000)
    guard step <= length else {
      throw HistoryRefusal(400, "'step' is longer than the range: not one step fits into it")
    }
    guard length / step <= maximumSteps else {
      throw HistoryRefusal(
        400, "the range over 'step' is \(length / step) points; at most \(maximumSteps) are answered")
    }
    // Steps end on whole multiples, so that two requests see the same points.
    let to = end - ((end % step) + step) % step
    return (to - (length / step - 1) * step, to, step)
  }

  // MARK: Functions

  private static let functions: [String: Function] = [
    "last": .last, "min": .min, "max": .max, "avg": .avg, "sum": .sum, "increase": .increase, "rate": .rate,
  ]

  /// The ring's function; nil for `ratio`, which is hit_rate's.
  var ringFunction: Function? { Self.functions[function] ?? Self.percentile(function) }

  /// `p50`, `p99.9`.
  private static func percentile(_ name: String) -> Function? {
    guard name.first == "p", let percent = Double(name.dropFirst()), (0...100).contains(percent) else { return nil }
    return .quantile(percent / 100)
  }

  private static func function(_ name: String?, of metric: String?) throws(HistoryRefusal) -> String {
    if metric == "hit_rate" {
      guard name == nil || name == "ratio" else {
        throw HistoryRefusal(400, "'function' is '\(name ?? "")'; hit_rate has ratio only")
      }
      return "ratio"
    }
    let name = name ?? (metric?.hasSuffix("_total") == true ? "rate" : "avg")
    guard functions[name] != nil || percentile(name) != nil else {
      let known = functions.keys.sorted().joined(separator: ", ")
      throw HistoryRefusal(400, "'function' is '\(name)'; known are \(known), and percentiles such as p50 or p99.9")
    }
    return name
  }
}
