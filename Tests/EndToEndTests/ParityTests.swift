import Foundation
import RESP
import TestSupport
import Testing

/// What Debian's redis_exporter serves by default, cachegauge serves with legacy names: the same families, types, labels
/// and, where a value does not move by itself, values.
@Suite(.enabled(if: isInstalled("redis-server") && isInstalled("prometheus-redis-exporter")))
struct `Beside redis_exporter` {
  // MARK: The exceptions, with the reason of each

  /// Families of the peer that are not served.
  static let absent: [String: String] = [
    "redis_exporter_build_info": "about the peer itself; cachegauge_build_info",
    "redis_exporter_last_scrape_connect_time_seconds":
      "about the peer itself; a connection is kept, not made for a scrape",
    "redis_exporter_last_scrape_duration_seconds": "about the peer itself; cache_poll_duration_seconds",
    "redis_exporter_last_scrape_error": "free text in a label; cache_failure_info has a closed list of causes",
    "redis_exporter_scrape_duration_seconds": "about the peer itself; cache_poll_duration_seconds",
    "redis_exporter_scrapes_total": "about the peer itself; cache_polls_total",
    "redis_target_scrape_request_errors_total": "about the peer itself; cachegauge_http_requests_total",
  ]

  /// Families that the peer serves where a flag asks for them, and cachegauge does not for the same flag.
  static let absentWithFlags: [String: String] = [
    "redis_connected_clients_details": "the old version's; redis_connected_client_info, as later ones have it",
    "redis_key_size": "counts as hits, so it needs checks.lookups, too", "redis_key_value": "likewise",
  ]

  /// Families that the peer serves as 0 for databases without keys, of which there is nothing to tell here.
  static let emptyDatabases: Set<String> = ["redis_number_of_distinct_key_groups"]

  /// Families of another type.
  static let retyped: [String: String] = [
    "redis_expired_time_cap_reached_total":
      "a gauge in the peer's old version of Debian, a counter in its later ones"
  ]

  /// Families that have labels which the peer's version does not have.
  static let relabelled: [String: String] = [
    "redis_instance_info": "master_replid, which later versions of the peer have"
  ]

  /// Beginnings of the names of families whose values move while nobody does anything but watch.
  static let moving: [String: String] = [
    "redis_allocator_": "memory of the watchers' connections", "redis_mem_": "likewise",
    "redis_memory_": "likewise",
    "redis_client_": "buffers of the watchers", "redis_connected_clients": "each watcher sees its own connection",
    "redis_connections_received_total": "likewise", "redis_commands_": "the watchers' own commands",
    "redis_errors_total": "likewise, of those that are refused", "redis_total_error_replies": "likewise",
    "redis_latency_": "likewise", "redis_cpu_": "time", "redis_uptime": "time",
    "redis_net_": "the watchers' own bytes", "redis_total_reads_processed": "likewise",
    "redis_total_writes_processed": "likewise", "redis_db_avg_ttl_seconds": "time",
    "redis_connected_slave_": "replication goes on by itself", "redis_master_repl_offset": "likewise",
    "redis_repl_backlog_": "likewise", "redis_master_last_io": "likewise", "redis_slave_repl_offset": "likewise",
    "redis_sentinel_master_last_ok_ping": "time", "redis_cluster_stats_": "gossip",
    "redis_cluster_messages_": "gossip",
    "redis_start_time_seconds": "now less whole seconds of uptime: each rounds another way",
    "redis_expire_": "time", "redis_active_": "time",
    "redis_stream_group_consumer_idle_seconds": "time",
    "redis_last_key_groups_scrape_duration_milliseconds": "groups are counted apart from scrapes",
    "redis_slowlog_": "a slow machine logs the watchers' own commands",
    "redis_last_slow_": "likewise",
  ]

  // MARK: The comparison

  /// All that differs, with a line each; and how much was compared.
  private static func differences(
    peer: Exposed, own: Exposed
  ) -> (lines: [String], families: Int, values: Int) {
    var lines: [String] = []
    var compared = 0
    let families = peer.types.filter {
      $0.key.hasPrefix("redis_") && absent[$0.key] == nil && absentWithFlags[$0.key] == nil
    }
    for (family, type) in families {
      if own.types[family] == nil {
        lines.append("\(family) is not served")
      } else if own.types[family] != type,
        retyped[family] == nil
      {
        lines.append("\(family) is a \(own.types[family] ?? ""), not a \(type)")
      }
    }
    for (series, value) in peer.values where families[peer.family(of: series)] != nil {
      let family = peer.family(of: series)
      guard let found = own.value(of: series, mayHaveMore: relabelled[family] != nil) else {
        // A watcher's own commands are known from their first call on.
        let isCommand = series.labels["cmd"] != nil || series.labels["err"] != nil
        let isEmpty = value == 0 && emptyDatabases.contains(family)
        if !isCommand, !isEmpty { lines.append("\(series) is not served") }
        continue
      }
      guard !moving.keys.contains(where: { family.hasPrefix($0) }) else { continue }
      compared += 1
      if found != value { lines.append("\(series) is \(found), not \(value)") }
    }
    return (lines.sorted(), families.count, compared)
  }

  /// Compares both until they agree, which they must within half a minute: each has its own moment.
  private static func compare(_ url: String, families: Int, flags: [String] = []) async throws {
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let peer = try ServerProcess(
      ["prometheus-redis-exporter", "-redis.addr", url, "-web.listen-address", "127.0.0.1:\(port)"] + flags,
      log: "\(directory.path)/peer.log")
    let gauge = try await Cachegauge(["-redis.addr", url, "--poll-slow-interval", "1s"] + flags)
    var last = (lines: ["nothing was compared"], families: 0, values: 0)
    let agree = await eventually(within: 40) {
      guard let theirs = try? Exposed(port: port), let ours = try? Exposed(port: gauge.port),
        theirs.values[Exposed.Series(name: "redis_up", labels: [:])] == 1
      else { return false }
      last = differences(peer: theirs, own: ours)
      return last.lines.isEmpty
    }
    #expect(agree, "\(last.lines.joined(separator: "\n"))")
    #expect(
      last.families >= families && last.values >= families / 3, "\(last.families) families, \(last.values) values")
    #expect(peer.isRunning)
  }

  @Test func `a master and its replica are told of alike`() async throws {
    let master = try RedisServer("--repl-diskless-sync-delay", "0")
    let replica = try RedisServer("--replicaof", "127.0.0.1", "\(master.port)")
    let redis = try master.connect()
    for words in ["SET a 1 EX 1000", "GET a", "GET none", "LPUSH l 1", "HSET h f v", "NOSUCHCOMMAND", "INCR l"] {
      try redis.pipeline([words.split(separator: " ").map(String.init)])
    }
    let follower = try replica.connect()
    #expect(await eventually(within: 30) { (try? follower.info("master_link_status")) == "up" })
    try await Self.compare(master.url, families: 100)
    try await Self.compare(replica.url, families: 100)
  }

  @Test func `what flags ask for is told of alike by the same flags`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.pipeline((0..<20).map { ["SET", "user:\($0)", "\($0)"] })
    for words in [
      "SET plain 12", "LPUSH list a", "XADD jobs 1-1 a b", "XGROUP CREATE jobs g 0",
      "XREADGROUP GROUP g c COUNT 1 STREAMS jobs >",
    ] {
      try redis.pipeline([words.split(separator: " ").map(String.init)])
    }
    try await Self.compare(
      server.url, families: 120,
      flags: [
        "-export-client-list", "-include-config-metrics", "-include-system-metrics", "-count-keys=db0=user:*",
        "-check-single-keys=db0=plain,db0=list", "-check-keys=db0=user:1?", "-check-single-streams=db0=jobs",
        "-check-key-groups=^(.*):[^:]*$",
      ])
  }

  @Test func `a node of a cluster is told of alike`() async throws {
    let nodes = try (0..<3).map { _ in
      let bus = try freePort()
      return (
        server: try RedisServer(
          "--cluster-enabled", "yes", "--cluster-config-file", "nodes-\(bus).conf", "--cluster-port", "\(bus)"),
        bus: bus
      )
    }
    let connections = try nodes.map { try $0.server.connect() }
    for (index, connection) in connections.enumerated() {
      let slots = [(0, 5460), (5461, 10922), (10923, 16383)][index]
      try connection.call("CLUSTER", "ADDSLOTSRANGE", "\(slots.0)", "\(slots.1)")
      try connection.call("CLUSTER", "MEET", "127.0.0.1", "\(nodes[0].server.port)", "\(nodes[0].bus)")
    }
    #expect(
      await eventually(within: 30) {
        connections.allSatisfy { connection in
          let text = (try? connection.call("CLUSTER", "INFO").string) ?? ""
          return text.contains("cluster_state:ok") && text.contains("cluster_known_nodes:3")
        }
      })
    try await Self.compare(nodes[0].server.url, families: 100)
  }

  @Test func `a Sentinel is told of alike`() async throws {
    let master = try RedisServer("--repl-diskless-sync-delay", "0")
    let replica = try RedisServer("--replicaof", "127.0.0.1", "\(master.port)")
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let file = try directory.write(
      "port \(port)\nbind 127.0.0.1\ndir \(directory.path)\nsentinel monitor shop 127.0.0.1 \(master.port) 1\n",
      to: "sentinel.conf")
    let sentinel = try ServerProcess(["redis-server", file, "--sentinel"], log: "\(directory.path)/log")
    #expect(
      await eventually(within: 40) {
        guard let connection = try? RawRedis(port: port) else { return false }
        return (try? connection.info("master0"))?.contains("slaves=1") == true
      })
    try await Self.compare("redis://127.0.0.1:\(port)", families: 50)
    #expect(sentinel.isRunning)
    withExtendedLifetime(replica) {}
  }

  @Test func `each exception has its reason, and few are more than a moment's difference`() {
    let reasons = [Self.absent, Self.absentWithFlags, Self.retyped, Self.relabelled, Self.moving].flatMap(\.values)
    #expect(reasons.allSatisfy { !$0.isEmpty })
    #expect(Self.absent.count + Self.absentWithFlags.count + Self.retyped.count + Self.relabelled.count < 15)
  }
}

extension Exposed {
  /// The value of a series of these labels, or of one that has them and more.
  fileprivate func value(of series: Series, mayHaveMore: Bool) -> Double? {
    if let value = values[series] { return value }
    guard mayHaveMore else { return nil }
    return values.first { other in
      other.key.name == series.name && series.labels.allSatisfy { other.key.labels[$0.key] == $0.value }
    }?.value
  }
}
