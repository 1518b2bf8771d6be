import CacheModel
import Exposition
import HTTPServer

/// Every target as Prometheus' `http_sd_configs` wants it, for those who scrape them one by one over `/scrape`.
struct DiscoveryRoutes: Sendable {
  let snapshots: SnapshotStore

  /// The routes; both answer from what is known.
  var routes: [Route] {
    [
      Route(path: "/api/cache/discovery") { request in
        .compressed(request, contentType: "application/json", bytes: discoveryDocument(listed))
      },
      Route(path: "/discover-cluster-nodes", handler: nodes),
    ]
  }

  private var listed: [TargetSnapshot] {
    snapshots.current.targets.filter { $0.target.part != .asked && $0.target.part != .cluster }
  }

  /// redis_exporter's path: only nodes, in one group without labels.
  private func nodes(_ request: HTTPRequest) -> HTTPResponse {
    let targets = snapshots.current.targets
    guard targets.contains(where: { $0.target.part == .cluster }) else {
      return .text(400, "no cluster is configured: write cluster: true at its target, or start with --is-cluster")
    }
    let nodes = listed.filter { if case .node = $0.target.part { true } else { false } }
    return .compressed(request, contentType: "application/json", bytes: discoveryDocument(plain: nodes))
  }
}
