import Foundation
import RESP
import TestSupport
import Testing

/// What people have built on redis_exporter: the queries of its own dashboard for Grafana (763), and those of the sixteen
/// rules for Redis in the most widely used collection of alerts, without their comparisons, which would be empty on a good
/// day. `%` stands for the selector.
private enum PeerQueries {
  static let dashboard = [
    "max(max_over_time(redis_uptime_in_seconds{%}[1m]))", "redis_connected_clients{%}",
    "100 * (redis_memory_used_bytes{%} / redis_memory_max_bytes{%})", "rate(redis_commands_processed_total{%}[1m])",
    "irate(redis_keyspace_hits_total{%}[5m])", "irate(redis_keyspace_misses_total{%}[5m])",
    "redis_memory_used_bytes{%}", "redis_memory_max_bytes{%}", "rate(redis_net_input_bytes_total{%}[5m])",
    "rate(redis_net_output_bytes_total{%}[5m])", "sum (redis_db_keys{%}) by (db)",
    "sum (redis_db_keys{%}) - sum (redis_db_keys_expiring{%})", "sum (redis_db_keys_expiring{%})",
    "sum(rate(redis_expired_keys_total{%}[5m])) by (node)", "sum(rate(redis_evicted_keys_total{%}[5m])) by (node)",
  ]

  /// Which commands are called most depends on who watches: that there are some is what matters.
  static let ofCommands = [
    "topk(5, irate(redis_commands_total{%} [1m]))",
    "topk(5, irate(redis_commands_duration_seconds_total{%} [1m]) / irate(redis_commands_total{%} [1m]))",
  ]

  static let alerts = [
    "RedisDown": "redis_up{%}",
    "RedisMissingMaster": "count(redis_instance_info{role=\"master\",%}) or vector(0)",
    "RedisTooManyMasters": "count(redis_instance_info{role=\"master\",%})",
    "RedisDisconnectedSlaves":
      "count without (node) (redis_connected_slaves{%}) - sum without (node) (redis_connected_slaves{%}) - 1",
    "RedisReplicationBroken": "delta(redis_connected_slaves{%}[1m])",
    "RedisClusterStateNotOk": "redis_cluster_state{%}",
    "RedisMasterLinkDown": "redis_master_link_up{%}",
    "RedisClusterSlotFail": "redis_cluster_slots_fail{%}",
    "RedisOutOfSystemMemory": "redis_memory_used_bytes{%} / redis_total_system_memory_bytes{%} * 100",
    "RedisOutOfConfiguredMaxmemory": "redis_memory_used_bytes{%} / redis_memory_max_bytes{%} * 100",
    "RedisClusterFlapping": "changes(redis_connected_slaves{%}[1m])",
    "RedisTooManyConnections": "redis_connected_clients{%} / redis_config_maxclients{%} * 100",
    "RedisNotEnoughConnections": "redis_connected_clients{%}",
    "RedisRejectedConnections": "increase(redis_rejected_connections_total{%}[1m])",
    "RedisClusterSlotPfail": "redis_cluster_slots_pfail{%}",
    "RedisMissingBackup": "time() - redis_rdb_last_save_timestamp_seconds{%}",
  ]
}

@Suite(
  .enabled(
    if: isInstalled("redis-server") && isInstalled("prometheus-redis-exporter") && isInstalled("prometheus")))
struct `Queries made for redis_exporter` {
  /// A cluster of one master and its replica, so that every query has something to find.
  private static func cluster() async throws -> [RedisServer] {
    let nodes = try (0..<2).map { _ in
      let bus = try freePort()
      return (
        server: try RedisServer(
          "--cluster-enabled", "yes", "--cluster-config-file", "nodes-\(bus).conf", "--cluster-port", "\(bus)",
          "--maxmemory", "100mb", "--repl-diskless-sync-delay", "0"),
        bus: bus
      )
    }
    let (master, replica) = (try nodes[0].server.connect(), try nodes[1].server.connect())
    try master.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    try replica.call("CLUSTER", "MEET", "127.0.0.1", "\(nodes[0].server.port)", "\(nodes[0].bus)")
    let id = try master.call("CLUSTER", "MYID").string ?? ""
    let isJoined = await eventually(within: 40) { (try? replica.call("CLUSTER", "REPLICATE", id).string) == "OK" }
    #expect(isJoined)
    let isLinked = await eventually(within: 40) {
      (try? replica.info("master_link_status")) == "up"
        && (try? replica.call("CLUSTER", "INFO").string)?.contains("cluster_state:ok") == true
    }
    #expect(isLinked)
    try master.pipeline(
      (0..<50).map { ["SET", "k\($0)", "v", "EX", "\(1000 + $0)"] } + [["GET", "k1"], ["GET", "none"]])
    return nodes.map(\.server)
  }

  @Test func `find the same series here`() async throws {
    let servers = try await Self.cluster()
    let directory = try TemporaryDirectory()
    var jobs = ""
    var running: [Any] = []
    for (node, server) in zip(["master", "replica"], servers) {
      let port = try freePort()
      running.append(
        try ServerProcess(
          [
            "prometheus-redis-exporter", "-redis.addr", server.url, "-include-system-metrics",
            "-web.listen-address",
            "127.0.0.1:\(port)",
          ], log: "\(directory.path)/\(node).log"))
      let gauge = try await Cachegauge([server.url, "--legacy-names", "--poll-slow-interval", "1s"])
      running.append(gauge)
      for (job, port) in [("peer", port), ("own", gauge.port)] {
        jobs +=
          "  - { job_name: \(job)-\(node), static_configs: [ { targets: [\"127.0.0.1:\(port)\"], labels: { side: \(job), node: \(node) } } ] }\n"
      }
    }
    let prometheus = try await Prometheus(
      configuration: "global: { scrape_interval: 1s }\nscrape_configs:\n\(jobs)", directory: directory)
    let api = QueryAPI(port: prometheus.port)
    var differences = ["nothing was compared"]
    let agree = await eventually(within: 60) {
      differences = Self.differences(api)
      return differences.isEmpty
    }
    #expect(agree, "\(differences.joined(separator: "\n"))")
    withExtendedLifetime(running) {}
  }

  private static func differences(_ api: QueryAPI) -> [String] {
    var lines: [String] = []
    for query in PeerQueries.dashboard + PeerQueries.alerts.sorted(by: { $0.key < $1.key }).map(\.value) {
      let (theirs, ours) = (series(query, "peer", api), series(query, "own", api))
      if theirs.isEmpty || theirs != ours { lines.append("\(query): \(theirs.sorted()) and \(ours.sorted())") }
    }
    for query in PeerQueries.ofCommands where series(query, "peer", api).count != series(query, "own", api).count {
      lines.append("\(query): another number of series")
    }
    return lines
  }

  /// The labels of a query's series, without those that say who was scraped.
  private static func series(_ query: String, _ side: String, _ api: QueryAPI) -> Set<String> {
    let selected = query.replacingOccurrences(of: "%", with: "side=\"\(side)\"")
    guard let samples = try? api.samples("query", ["query": selected]) else { return [] }
    return Set(
      samples.keys.map { labels in
        labels.split(separator: ",").filter { !$0.hasPrefix("side=") && !$0.hasPrefix("master_replid=") }
          .joined(separator: ",")
      })
  }
}
