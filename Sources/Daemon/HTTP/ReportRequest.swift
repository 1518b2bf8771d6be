import CacheModel
import Exposition
import HTTPServer

/// A request of `/api/cache/report`: all that is known now and, where a period is named, what history says of it.
struct ReportRequest: Sendable {
  let target: String?
  let format: ReportFormat
  /// Unix milliseconds; nil when no period is asked for.
  let range: (start: Int64, end: Int64)?
  /// What the client takes; nil where it has named the format.
  let accept: String?

  static let known = ["target", "format", "last", "start", "end"]

  /// Throws 400 for what can't be read, 404 for a target that is not among `targets`.
  init(_ request: HTTPRequest, targets: [String], now: UnixTime) throws(HistoryRefusal) {
    let parameters = try HistoryParameters(request, known: Self.known)
    target = parameters["target"]
    if let target, !targets.contains(target) { throw .unknownTarget(configured: targets) }
    guard let format = ReportFormat(rawValue: parameters["format"] ?? "json") else {
      throw HistoryRefusal(400, "'format' is json, text or markdown")
    }
    self.format = format
    accept = parameters["format"] == nil ? request.header("Accept") : nil
    range = try parameters.range(now: now.milliseconds, defaultLast: nil)
    if range == nil, parameters["end"] != nil {
      throw HistoryRefusal(400, "'end' alone is no period: give 'last' or 'start' as well")
    }
  }

  var contentType: String {
    switch format {
    case .json: "application/json"
    case .text: "text/plain; charset=utf-8"
    case .markdown: "text/markdown; charset=utf-8"
    }
  }

  func document(_ snapshot: Snapshot, _ period: ReportPeriod?, exposeKeys: Bool) -> [UInt8] {
    report(snapshot, format, period: period, width: 100, exposeKeys: exposeKeys)
  }
}
