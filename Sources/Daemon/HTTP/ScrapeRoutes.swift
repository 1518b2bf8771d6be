import CacheModel
import Exposition
import HTTPServer

/// `/scrape?target=` and `/probe?target=`: the metrics of one target, without the label `target`, for Prometheus to
/// relabel as it does with multi-target exporters.
struct ScrapeRoutes: Sendable {
  let asked: AskedTargets
  let snapshots: SnapshotStore
  /// When cachegauge started.
  let started: UnixTime
  private let renderer = MetricsRenderer()

  /// The routes; none where scrapes are switched off.
  var routes: [Route] {
    guard asked.isEnabled else { return [] }
    return ["/scrape", "/probe"].map { path in Route(path: path, asyncHandler: scrape) }
  }

  /// How long a scrape waits for a target's first poll when the request does not say how long it has, and at most.
  private static let patience = (usual: 10.0, most: 25.0)

  /// Parameters of redis_exporter's `/scrape` that would change what is collected.
  private static let settings = [
    "check-keys", "check-single-keys", "check-streams", "check-single-streams", "count-keys", "tls_server_name",
    "tls-server-name",
  ]

  private func scrape(_ request: HTTPRequest) async -> HTTPResponse {
    guard let text = request.query("target"), !text.isEmpty else {
      return .text(400, "'target' is missing: /scrape?target=host:6379, or a target's name")
    }
    if let setting = Self.settings.first(where: { request.query($0) != nil }) {
      return .text(400, "'\(setting)' can't be asked for by a scrape; write it in the configuration")
    }
    let (format, refusal) = Routes.format(of: request)
    guard let format else { return refusal ?? .text(406, "406 Not Acceptable") }
    do throws(AskedTargets.Refusal) {
      let deadline = ContinuousClock.now.advanced(by: .milliseconds(Int64(Self.seconds(request) * 1000)))
      let name = try await asked.name(of: text)
      let snapshot = try await asked.snapshot(of: name, until: deadline)
      return answer(snapshot, format, request)
    } catch {
      return .text(error.status, error.sentence)
    }
  }

  /// Seconds that there are for an answer: what Prometheus says that it waits, less a tenth, for the way.
  private static func seconds(_ request: HTTPRequest) -> Double {
    guard let text = request.header("X-Prometheus-Scrape-Timeout-Seconds"), let seconds = Double(text),
      seconds.isFinite, seconds > 0
    else { return patience.usual }
    return min(patience.most, seconds - min(0.5, seconds / 10))
  }

  private func answer(_ target: TargetSnapshot, _ format: MetricsFormat, _ request: HTTPRequest) -> HTTPResponse {
    var targets = [target]
    if target.target.part == .cluster {
      // A cluster by its name: all of its nodes, told apart by their labels.
      targets += snapshots.current.targets.filter { $0.target.part == .node(of: target.target.name) }
    } else {
      targets[0].target = target.target.unlabelled
    }
    // What is known of cachegauge itself is not part of the answer.
    let exporter = ExporterFigures(version: Build.version, started: started)
    let snapshot = Snapshot(generation: 0, targets: targets, exporter: exporter)
    let bytes = renderer.render(snapshot, format: format, withExporter: false)
    return .compressed(request, contentType: format.contentType, bytes: bytes)
  }
}
