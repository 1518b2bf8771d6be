import CacheModel
import Exposition
import HTTPServer
import Locked
import TimeSeries

/// Which path answers what. Every answer comes from the current snapshot or from history; none talks to a cache.
final class Routes: Sendable {
  /// The paths that the landing page names, with what they are for.
  static func listed(metricsPath: String) -> [(path: String, about: String)] {
    [(metricsPath, "Prometheus metrics, as text or OpenMetrics")] + others
  }

  private static let others: [(path: String, about: String)] = [
    ("/api/cache/health", "status, warnings and hit rates; 503 when unhealthy"),
    ("/api/cache/stats", "hits, misses, memory and keys, in total and by namespace"),
    ("/api/cache/report", "everything that is known"),
    ("/api/cache/report?last=1h&format=text", "what history says of a period, for people; also markdown and json"),
    ("/api/cache/events", "the report whenever it changes, as server-sent events"),
    ("/api/cache/series?metric=hit_rate&last=5m", "history of one metric"),
    ("/api/cache/export?last=1h", "history as OpenMetrics text, for other engines"),
    ("/api/cache/discovery", "every target, for Prometheus' http_sd_configs with /scrape"),
    ("/api/v1/status/buildinfo", "the base for Grafana's Prometheus data source is this server's root"),
    ("/-/healthy", "whether this process serves"),
    ("/-/ready", "whether every target was polled once"),
  ]

  /// The paths for whoever may ask for metrics alone: what a Prometheus asks, and whether this process is there.
  static func metricsPaths(_ metricsPath: String) -> Set<String> {
    [
      metricsPath, "/scrape", "/probe", "/api/cache/discovery", "/discover-cluster-nodes", "/-/healthy", "/-/ready",
      "/health",
    ]
  }

  private let snapshots: SnapshotStore
  private let store: TimeSeriesStore
  private let history: HistorySources
  private let started: UnixTime
  private let exposeKeys: Bool
  private let metricsPath: String
  private let asked: AskedTargets?
  private let historyFiles: HistoryService?
  private let reload: ConfigurationReload?
  private let access: WebAccess?
  private let punctuality: Locked<PollPunctuality>?
  private let remoteWriters = Locked<[RemoteWriter]>([])
  private let pages = PageCache()
  private let exports = ExportPlaces()
  private let renderer = MetricsRenderer()
  /// The server, and what those before it have answered.
  private let server = Locked<(now: HTTPServer?, before: [RequestKey: Int64])>((nil, [:]))
  private let feed = Locked<EventFeed?>(nil)

  init(
    snapshots: SnapshotStore, store: TimeSeriesStore, started: UnixTime, exposeKeys: Bool,
    metricsPath: String = "/metrics", asked: AskedTargets? = nil, historyFiles: HistoryService? = nil,
    reload: ConfigurationReload? = nil, access: WebAccess? = nil, punctuality: Locked<PollPunctuality>? = nil
  ) {
    self.metricsPath = metricsPath
    self.asked = asked
    self.historyFiles = historyFiles
    self.reload = reload
    self.access = access
    self.punctuality = punctuality
    self.snapshots = snapshots
    self.store = store
    history = HistorySources(snapshots: snapshots, store: store)
    self.started = started
    self.exposeKeys = exposeKeys
  }

  /// From now on `/metrics` tells this server's request counts, beside those of the one before it. Called after the server was
  /// made from `router`.
  func serve(statisticsOf server: HTTPServer) {
    self.server.withLock { known in
      known.before.merge(Self.counts(of: known.now), uniquingKeysWith: +)
      known.now = server
    }
  }

  /// From now on `/metrics` tells of these.
  func tell(of writers: [RemoteWriter]) { remoteWriters.withLock { $0 = writers } }

  /// The routes.
  var router: Router {
    Router(
      pageRoutes + WebFiles.routes + PrometheusAPI(history: history, snapshot: { self.snapshot(.metrics) }).routes
        + DiscoveryRoutes(snapshots: snapshots).routes + scrapeRoutes)
  }

  private var scrapeRoutes: [Route] {
    guard let asked else { return [] }
    return ScrapeRoutes(asked: asked, snapshots: snapshots, started: started).routes
  }

  private var pageRoutes: [Route] {
    [
      Route(path: metricsPath, handler: metrics),
      Route(path: "/api/cache/health", handler: health),
      Route(path: "/api/cache/stats") { self.document($0) { statsDocument($0) } },
      Route(path: "/api/cache/report", asyncHandler: report),
      Route(path: "/api/cache/events", handler: events),
      Route(path: "/api/cache/series", asyncHandler: series),
      Route(path: "/api/cache/export", asyncHandler: export),
      Route(path: "/-/healthy") { _ in .text(200, "cachegauge is healthy") },
      Route(path: "/-/ready") { _ in self.readiness },
      // Where probes of redis_exporter look, which says ok whatever its server does.
      Route(path: "/health") { _ in .text(200, "ok") },
      Route(path: "/", handler: landing),
    ]
  }

  /// Which targets an answer about all of them is of.
  enum Audience {
    /// Nodes one by one, and clusters by families of their own.
    case metrics
    /// Caches: a cluster is one.
    case people

    func takes(_ target: Target) -> Bool {
      switch target.part {
      case .whole, .cluster: true
      case .node: self == .metrics
      case .asked: false
      }
    }
  }

  /// What is known now, of all targets or of one.
  func snapshot(_ audience: Audience = .people, of name: String? = nil) -> Snapshot {
    let (generation, targets) = snapshots.current
    let shown = targets.filter { target in
      name.map { $0 == target.target.name } ?? audience.takes(target.target)
    }
    return Snapshot(generation: generation, targets: shown, exporter: exporterFigures)
  }

  private var exporterFigures: ExporterFigures {
    var exporter = ExporterFigures(
      version: Build.version, started: started, historyBytes: Int64(store.bytesUsed),
      historyBudget: Int64(store.budget), requests: requestCounts)
    exporter.process = ProcessFigures.current
    exporter.historyFiles = historyFiles?.figures
    exporter.punctuality = punctuality?.withLock { $0 }
    exporter.remoteWrite = remoteWriters.withLock { $0 }.map(\.figures)
    exporter.targetFiles = snapshots.targetFiles
    exporter.configuration = reload?.figures
    exporter.areWebFilesCurrent = access?.isCurrent
    exporter.requestsRefused = access?.isCurrent == nil ? nil : access?.gate.refused
    return exporter
  }

  /// What is known now of all targets.
  var snapshot: Snapshot { snapshot(.people) }

  private var requestCounts: [RequestKey: Int64] {
    let (now, before) = server.withLock { $0 }
    return Self.counts(of: now).merging(before, uniquingKeysWith: +)
  }

  private static func counts(of server: HTTPServer?) -> [RequestKey: Int64] {
    let counts = (server?.statistics.requests ?? []).map {
      (RequestKey(route: $0.route, statusClass: $0.statusClass), Int64(clamping: $0.count))
    }
    return Dictionary(counts, uniquingKeysWith: +)
  }

  private var readiness: HTTPResponse {
    let targets = snapshots.current.targets.filter { $0.polls == 0 && $0.target.part != .asked }.map(\.target.name)
    let waiting = targets + snapshots.awaited
    return waiting.isEmpty
      ? .text(200, "cachegauge is ready")
      : .text(503, "not polled yet: \(waiting.joined(separator: ", "))")
  }
}

// MARK: Metrics

extension Routes {
  private static let formats: [(type: MediaType, format: MetricsFormat)] = MetricsFormat.allCases.compactMap {
    format in
    MediaType(format.contentType).map { ($0, format) }
  }

  private func metrics(_ request: HTTPRequest) -> HTTPResponse {
    let (format, refusal) = Self.format(of: request)
    return format.map { metrics(request, $0) } ?? refusal ?? .text(406, "406 Not Acceptable")
  }

  /// What the request is to be answered in, or why it can't be. `?format=prometheus` or `?format=openmetrics` goes
  /// before what it accepts.
  static func format(of request: HTTPRequest) -> (MetricsFormat?, refusal: HTTPResponse?) {
    if let name = request.query("format") {
      return (named[name], named[name] == nil ? .text(400, "'format' is prometheus or openmetrics") : nil)
    }
    let offered = formats.map(\.type)
    let type = preferred(from: offered, accept: request.header("Accept"))
    let format = formats.first { $0.type == type }?.format
    return (format, format == nil ? .notAcceptable(offered: offered) : nil)
  }

  private static let named: [String: MetricsFormat] = ["prometheus": .prometheusText, "openmetrics": .openMetrics]

  private func metrics(_ request: HTTPRequest, _ format: MetricsFormat) -> HTTPResponse {
    if request.query("target") == nil, snapshots.count >= MetricsStream.leastTargets {
      return stream(request, format)
    }
    return wholeMetrics(request, format)
  }

  /// Of many targets, made while it is sent.
  private func stream(_ request: HTTPRequest, _ format: MetricsFormat) -> HTTPResponse {
    guard let encoding = preferred(from: [.gzip, .identity], acceptEncoding: request.header("Accept-Encoding"))
    else {
      return .text(406, "406 Not Acceptable; offered are gzip and identity")
    }
    return MetricsStream.answer(contentType: format.contentType, encoding) {
      [renderer, snapshot = snapshot(.metrics)] count in renderer.parts(count, of: snapshot, format: format)
    }
  }

  private func wholeMetrics(_ request: HTTPRequest, _ format: MetricsFormat) -> HTTPResponse {
    page(request, .metrics, type: format.contentType, accept: nil) { [renderer] in
      renderer.render($0, format: format)
    }
  }
}

// MARK: The page for people

extension Routes {
  private func landing(_ request: HTTPRequest) -> HTTPResponse {
    page(request, type: "text/html; charset=utf-8", accept: request.header("Accept"), headers: WebFiles.headers) {
      Array(LandingPage.html($0, metricsPath: metricsPath).utf8)
    }.unlessKnown(to: request)
  }
}

// MARK: JSON

extension Routes {
  private func health(_ request: HTTPRequest) -> HTTPResponse {
    page(request, type: "application/json", accept: request.header("Accept"), status: { healthStatusCode($0) }) {
      healthDocument($0)
    }
  }

  private func document(_ request: HTTPRequest, _ render: @escaping (Snapshot) -> [UInt8]) -> HTTPResponse {
    page(request, type: "application/json", accept: request.header("Accept"), render)
  }

}

// MARK: The report

extension Routes {
  /// All that is known now, from the snapshot's rendered page; with a period, also what history says of it.
  private func report(_ request: HTTPRequest) async -> HTTPResponse {
    let reads: ReportRequest
    do throws(HistoryRefusal) {
      reads = try ReportRequest(request, targets: targetNames, now: WallClock.now)
    } catch {
      return error.response
    }
    guard let range = reads.range else {
      return page(request, type: reads.contentType, accept: reads.accept) { [exposeKeys] in
        reads.document($0, nil, exposeKeys: exposeKeys)
      }
    }
    return await QueryWorker.run { [history, exposeKeys, snapshot = snapshot(of: reads.target)] _ in
      let period = PeriodReader(history, range).period(of: snapshot)
      return HTTPResponse(
        contentType: reads.contentType, bytes: reads.document(snapshot, period, exposeKeys: exposeKeys))
    }
  }

  private func events(_ request: HTTPRequest) -> HTTPResponse {
    let target = request.query("target")
    if let target, !targetNames.contains(target) {
      return HistoryRefusal.unknownTarget(configured: targetNames).response
    }
    let feed = feed.withLock { feed in
      if let feed { return feed }
      let made = EventFeed(generation: { [snapshots] in snapshots.current.generation }) { [weak self] target in
        guard let self else { return [] }
        return reportDocument(snapshot(of: target), exposeKeys: exposeKeys, isOneLine: true)
      }
      feed = made
      return made
    }
    return feed.answer(target: target)
  }
}

// MARK: History

extension Routes {
  private var targetNames: [String] { snapshots.withHistory.map(\.name) }

  private func series(_ request: HTTPRequest) async -> HTTPResponse {
    await QueryWorker.run { [history, targetNames] isCancelled in
      do throws(HistoryRefusal) {
        let series = try SeriesRequest(request, targets: targetNames, now: WallClock.now)
        return try series.answer(from: history, isCancelled: isCancelled)
      } catch {
        return error.response
      }
    }
  }

  private func export(_ request: HTTPRequest) async -> HTTPResponse {
    await QueryWorker.run { [history, targetNames, exports, snapshot = snapshot(.metrics)] _ in
      do throws(HistoryRefusal) {
        let export = try ExportRequest(request, targets: targetNames, now: WallClock.now)
        guard let place = exports.take() else { return exports.refusal }
        return export.answer(from: history, families: snapshot.families, place: place)
      } catch {
        return error.response
      }
    }
  }
}

// MARK: Pages

extension Routes {
  /// The answer of `render`, once per snapshot, target and encoding; 406 when `accept` does not take its type.
  private func page(
    _ request: HTTPRequest, _ audience: Audience = .people, type: String, accept: String?,
    status: (Snapshot) -> Int = { _ in 200 },
    headers: ([UInt8]) -> [(String, String)] = { _ in [HTTPResponse.vary] },
    _ render: (Snapshot) -> [UInt8]
  ) -> HTTPResponse {
    if let offered = MediaType(type), preferred(from: [offered], accept: accept) == nil {
      return .notAcceptable(offered: [offered])
    }
    let target = request.query("target")
    let (generation, targets) = snapshots.current
    let known = targets.lazy.map(\.target).filter { $0.part != .asked }.map(\.name)
    if let target, !known.contains(target) {
      return HistoryRefusal.unknownTarget(configured: Array(known)).response
    }
    let encoding = preferred(from: [.gzip, .identity], acceptEncoding: request.header("Accept-Encoding"))
    guard let encoding else { return .text(406, "406 Not Acceptable; offered are gzip and identity") }
    let key = PageCache.Key(route: request.path, format: type, encoding: encoding, target: target)
    let isKept = target != nil || targets.count < MetricsStream.leastTargets
    return pages.response(for: key, generation: generation, isKept: isKept) {
      let snapshot = self.snapshot(audience, of: target)
      let plain = render(snapshot)
      let bytes = encoding == .gzip ? gzip(plain, level: 1) : plain
      let coding = encoding == .gzip ? [("Content-Encoding", "gzip")] : []
      return HTTPResponse(
        status: status(snapshot), contentType: type, bytes: bytes, headers: headers(bytes) + coding)
    }
  }
}
