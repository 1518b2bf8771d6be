import CacheModel
import RESP
import TimeSeries

/// CLUSTER SLOT-STATS, which Valkey has from 8.0 on and Redis from 8.2 on: the slots of this shard with the most keys, and those
/// that take the most processor time where the server counts it (`cluster-slot-stats-enabled yes`).
///
/// Which slots these are changes, so they pass by history.
struct SlotStatsCollector: RedisCollector {
  let name = "slot_stats"
  let tier = CollectorTier.slow

  /// The most slots by either order; a cluster has 16384.
  static let limit = 10

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    guard context.isCluster, Self.isOffered(context) else { return [] }
    return ["KEY-COUNT", "CPU-USEC"].map {
      RESPCommand("CLUSTER", "SLOT-STATS", "ORDERBY", $0, "LIMIT", "\(Self.limit)", "DESC")
    }
  }

  private static func isOffered(_ context: CollectorContext) -> Bool {
    switch context.software {
    case "valkey": context.isOwnAtLeast(8)
    case "redis": context.isOwnAtLeast(8, 2)
    default: false
    }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard replies.count == 2 else { throw CollectorFailure(.malformedReply, "CLUSTER SLOT-STATS: no reply") }
    var seen: Set<Int64> = []
    let byKeys = try replies[0].elements(of: "CLUSTER SLOT-STATS")
    // The order by time is refused where it is not counted.
    for element in byKeys.prefix(Self.limit) + (replies[1].array ?? []).prefix(Self.limit) {
      guard let parts = element.array, parts.count == 2, let slot = parts[0].integer, (0..<16_384).contains(slot),
        let figures = parts[1].pairs
      else { throw CollectorFailure(.malformedReply, "CLUSTER SLOT-STATS: no slot with its figures") }
      guard seen.insert(slot).inserted else { continue }
      for (name, value) in figures {
        guard let row = SlotFamilies.fields[name], let number = value.integer else { continue }
        poll.pass(row.family, [Label("slot", "\(slot)")], FixedPoint(number, digits: row.digits))
      }
    }
  }
}

/// Families of single slots of a cluster.
enum SlotFamilies {
  /// By the name in the reply; `digits` are those behind the point.
  static let fields: [String: (family: MetricFamily, digits: UInt8)] = [
    "key-count": (family("keys", .gauge, "Keys of a slot"), 0),
    "memory-bytes": (family("memory_bytes", .gauge, "Bytes that a slot takes"), 0),
    "cpu-usec": (family("cpu_seconds_total", .counter, "Processor time spent on a slot, in seconds"), 6),
    "network-bytes-in": (family("network_input_bytes_total", .counter, "Bytes received for a slot"), 0),
    "network-bytes-out": (family("network_output_bytes_total", .counter, "Bytes sent for a slot"), 0),
  ]

  static let all = fields.values.map(\.family)

  private static func family(_ name: String, _ type: MetricType, _ help: String) -> MetricFamily {
    MetricFamily("redis_cluster_slot_\(name)", type, "\(help), by CLUSTER SLOT-STATS: the ten largest of a node")
  }
}
