import CacheModel
import RESP
import TimeSeries

/// CLUSTER INFO, where INFO says that the server is part of a cluster: every field that begins
/// so passes as `redis_cluster_*`.
struct ClusterCollector: RedisCollector {
  let name = "cluster"
  let tier = CollectorTier.slow
  let legacyNames: Bool

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    context.isCluster ? [RESPCommand("CLUSTER", "INFO")] : []
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "CLUSTER INFO: no reply") }
    let info = InfoReply(try reply.bytes(of: "CLUSTER INFO"))
    for line in info.lines {
      let key = info.key(line)
      if key == "cluster_state" {
        poll.set(RedisFamilies.clusterState, [], FixedPoint(info.value(line) == "ok" ? 1 : 0))
      } else if let value = decimal(info.bytes, line.value) {
        set(key, value, in: &poll)
      }
    }
  }

  /// Counters that redis_exporter types as gauges.
  private static let legacy = [
    "cluster_stats_messages_sent": "cluster_messages_sent_total",
    "cluster_stats_messages_received": "cluster_messages_received_total",
  ]

  private func set(_ key: String, _ value: FixedPoint, in poll: inout RedisPoll) {
    if let name = Self.legacy[key], legacyNames {
      poll.set(MetricFamily("redis_\(name)", .gauge, "\(key) of CLUSTER INFO"), [], value)
    } else if Self.legacy[key] == nil, let family = RedisFamilies.cluster(key) {
      poll.set(family, [], value)
    } else {
      poll.set(RedisFamilies.infoField, [Label("section", "cluster"), Label("field", key)], value)
    }
  }
}
