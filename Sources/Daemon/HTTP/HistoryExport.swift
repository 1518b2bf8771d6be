import CacheModel
import Exposition
import HTTPServer
import Locked
import SeriesQuery
import TimeSeries

/// A request of `/api/cache/export`: every sample of the matched series in a range, as OpenMetrics text;
/// the last of each rollup row where single samples are gone.
struct ExportRequest: Sendable {
  let target: String?
  let selectors: [Selector]
  let start: Int64
  let end: Int64

  static let known = ["match[]", "target", "last", "start", "end"]
  /// What a client on a slow disk needs for a day of a busy server.
  private static let deadline: Duration = .seconds(1800)

  /// Throws 400 for what can't be read, 404 for a target that is not among `targets`.
  init(_ request: HTTPRequest, targets: [String], now: UnixTime) throws(HistoryRefusal) {
    let matches = request.query.filter { $0.name == "match[]" }.map(\.value)
    let parameters = try HistoryParameters(request, known: Self.known, repeatable: ["match[]"])
    target = parameters["target"]
    if let target, !targets.contains(target) { throw .unknownTarget(configured: targets) }
    var selectors: [Selector] = []
    for text in matches {
      do throws(QueryError) {
        selectors.append(try Selector(parsing: text))
      } catch {
        throw HistoryRefusal(error, in: "match[]")
      }
    }
    self.selectors = selectors.isEmpty ? [Selector([])] : selectors
    if let range = try parameters.range(now: now.milliseconds, defaultLast: nil) {
      (start, end) = range
    } else {
      (start, end) = (0, try parameters.time("end") ?? now.milliseconds)
    }
  }

  /// The answer, made while it is read.
  func answer(from history: HistorySources, families: [MetricFamily], place: ExportPlaces.Place) -> HTTPResponse {
    let series = history.index.series(of: history.sources(of: target), matching: selectors)
    let export = Locked(HistoryExport(series, families: families, start: start, end: end))
    return HTTPResponse(
      contentType: MetricsFormat.openMetrics.contentType, deadline: Self.deadline,
      streaming: { withExtendedLifetime(place) { export.withLock { $0.next() } } })
  }
}

/// What is left to write of an export. Holds no more than one piece of one series.
struct HistoryExport: Sendable {
  /// Sorted by name, so that families come one after another.
  private let series: [IndexedSeries]
  private let text: HistoryText
  private let start: Int64
  private let end: Int64
  private var position = 0
  private var time: Int64
  private var begunFamily = ""
  private var isFinished = false

  /// At most so many samples of a series are decoded at a time: about 40 kB of text.
  private static let pieceSamples: Int64 = 600

  init(_ series: [IndexedSeries], families: [MetricFamily], start: Int64, end: Int64) {
    self.series = series.enumerated().sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }
      .map(\.element)
    text = HistoryText(families: families, names: Set(series.map(\.name)))
    self.start = start
    self.end = end
    time = start
  }

  /// The next piece of text; nil behind the end. Takes some 0.1 ms.
  mutating func next() -> [UInt8]? {
    while position < series.count {
      let current = series[position]
      if let samples = samples(of: current), !samples.isEmpty {
        let lines = HistoryText.lines(samples, prefix: HistoryText.prefix(of: current.name, labels: current.labels))
        if begunFamily == current.name { return lines }
        begunFamily = current.name
        return text.head(of: current.name, isCounter: current.kind == .counter) + lines
      }
    }
    defer { isFinished = true }
    return isFinished ? nil : HistoryText.end
  }

  /// The samples of the next stretch of time; nil when the series is at its end, and then the next series is current.
  private mutating func samples(of series: IndexedSeries) -> [(time: Int64, value: FixedPoint)]? {
    // Where single samples are gone there is one of each rollup row; they may go while the client reads.
    let detail = series.ring.detailBegin ?? .max
    if time < detail {
      let last = min(end, detail - 1)
      defer { time = detail }
      let rollups = series.ring.rollupSamples(of: series.id, from: time, to: last)
      if !rollups.isEmpty { return rollups }
      time = detail
    }
    guard time <= end, let newest = series.ring.span?.newest, time <= newest else {
      position += 1
      time = start
      return nil
    }
    let last = min(end, time + Self.pieceSamples * series.ring.period - 1)
    defer { time = last + 1 }
    return series.ring.samples(of: series.id, from: time, to: last)
  }
}
