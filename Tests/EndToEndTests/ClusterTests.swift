import RESP
import TestSupport
import Testing

/// Three masters with a replica each, on free ports.
private struct Cluster {
  var masters: [RedisServer]
  var replicas: [RedisServer]

  init() async throws {
    let servers = try (0..<6).map { _ in
      try RedisServer(
        "--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-port", "\(freePort())")
    }
    let ids = try servers.map { try $0.connect().call("CLUSTER", "MYID").string ?? "" }
    for (index, server) in servers.prefix(3).enumerated() {
      let range = (index * 5461, index == 2 ? 16_383 : (index + 1) * 5461 - 1)
      try server.connect().call("CLUSTER", "ADDSLOTSRANGE", "\(range.0)", "\(range.1)")
      try server.connect().call("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
    }
    let first = try servers[0].connect()
    for server in servers.dropFirst() {
      let bus = try server.connect().call("CONFIG", "GET", "cluster-port").array?[1].string ?? ""
      try first.call("CLUSTER", "MEET", "127.0.0.1", "\(server.port)", bus)
    }
    guard
      try await eventually(
        within: 60,
        {
          try servers.allSatisfy {
            try $0.connect().call("CLUSTER", "NODES").string?.split(separator: "\n").count == 6
          }
        }
      )
    else { throw ServerError("the nodes do not meet") }
    for index in 0..<3 { try await Self.replicate(servers[index + 3], ids[index]) }
    masters = Array(servers.prefix(3))
    replicas = Array(servers.suffix(3))
    let all = servers
    guard
      try await eventually(
        within: 60,
        {
          try all.allSatisfy { server in
            let redis = try server.connect()
            return try redis.info("role") == "master"
              ? redis.info("connected_slaves") == "1"
              : redis.info("master_link_status") == "up"
          }
            && all.allSatisfy {
              try $0.connect().call("CLUSTER", "INFO").string?.contains("cluster_state:ok") == true
            }
        })
    else { throw ServerError("the cluster does not come about") }
  }

  private static func replicate(_ server: RedisServer, _ master: String) async throws {
    guard
      try await eventually(
        within: 60, { try server.connect().call("CLUSTER", "REPLICATE", master).string == "OK" })
    else { throw ServerError("a node does not know its master") }
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Clusters and Sentinels` {
  @Test func `a cluster is discovered from a seed, and a failover is followed without a restart`() async throws {
    let cluster = try await Cluster()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 500ms, timeout: 400ms }
        targets:
          - name: shop
            url: "redis://127.0.0.1:1"
            cluster: { seeds: ["\(cluster.masters[0].url)"] }
        """)
    let names = { (server: RedisServer) in "shop/127.0.0.1:\(server.port)" }
    #expect(
      await eventually(within: 30) {
        gauge.metric("cache_cluster_nodes{cluster=\"shop\",role=\"master\"}") == 3
          && gauge.metric("cache_cluster_nodes{cluster=\"shop\",role=\"replica\"}") == 3
          && gauge.metric("cache_cluster_up{cluster=\"shop\"}") == 1
      })
    // Each node has been polled, and says itself what it is.
    let expected = (cluster.masters + cluster.replicas).enumerated().flatMap { index, server in
      let role = index < 3 ? "master" : "replica"
      return [
        "redis_up{target=\"\(names(server))\",cluster=\"shop\"}",
        "cache_cluster_node_info{cluster=\"shop\",target=\"\(names(server))\",address=\"127.0.0.1:\(server.port)\","
          + "role=\"\(role)\",shard=\"\(index % 3)\"}",
      ]
    }
    #expect(
      await eventually(within: 30) {
        let metrics = (try? gauge.metrics()) ?? [:]
        return expected.allSatisfy { metrics[$0] == 1 }
      })
    let first = try gauge.metrics()
    #expect(first["cache_cluster_slots_served{cluster=\"shop\"}"] == 16_384)
    // No series of the cluster as a whole stands beside those of its nodes.
    #expect(first["cache_hits_total{target=\"shop\"}"] == nil)
    try await Self.lookedAtAnew(gauge)

    // Ten hits on each master; misses on the replica of the first, which are its own affair.
    let keys = try cluster.masters.map { try Self.key(on: $0) }
    for (server, key) in zip(cluster.masters, keys) {
      let redis = try server.connect()
      try redis.call("SET", key, "1")
      for _ in 0..<10 { try redis.call("GET", key) }
    }
    let reader = try cluster.replicas[0].connect()
    try reader.call("READONLY")
    #expect(await eventually(within: 30) { (try? reader.call("GET", keys[0]).string) == "1" })
    func hits(_ role: String) -> Double {
      gauge.metric("cache_cluster_hits_total{cluster=\"shop\",role=\"\(role)\"}") ?? -1
    }
    #expect(await eventually(within: 30) { hits("master") == 30 && hits("replica") == 1 })

    cluster.masters[0].kill()
    #expect(
      try await eventually(within: 60) { try cluster.replicas[0].connect().info("role") == "master" })
    let promoted =
      "cache_cluster_node_info{cluster=\"shop\",target=\"\(names(cluster.replicas[0]))\","
      + "address=\"127.0.0.1:\(cluster.replicas[0].port)\",role=\"master\",shard=\"0\"}"
    #expect(await eventually(within: 30) { gauge.metric(promoted) == 1 })
    #expect(await eventually(within: 30) { gauge.metric("cache_cluster_up{cluster=\"shop\"}") == 1 })
    #expect(gauge.metric("redis_up{target=\"\(names(cluster.masters[0]))\",cluster=\"shop\"}") == 0)
    #expect(gauge.metric("cache_cluster_promotions_total{cluster=\"shop\"}") == 1)
    // What the dead master had counted is not lost, and what its replica had counted is not counted again.
    #expect(hits("master") == 30)
    let redis = try cluster.replicas[0].connect()
    #expect(await eventually(within: 30) { (try? redis.call("GET", keys[0]).string) == "1" })
    #expect(await eventually(within: 30) { hits("master") == 31 })
    #expect(hits("replica") == 1)

    let stats = try gauge.json("/api/cache/stats")
    #expect(stats["targets"].items.map { $0["name"].string } == ["shop"])
    #expect(stats["targets"][0]["stats"]["total_keys"].number == 3)
    let nodes = try gauge.json("/discover-cluster-nodes")
    #expect(nodes[0]["targets"].items.count == 6)
    let one = try gauge.get("/scrape?target=redis://127.0.0.1:\(cluster.masters[1].port)")
    #expect(one.body.contains("\nredis_up 1\n"))
  }

  @Test func `a master behind Sentinels is followed over a failover`() async throws {
    let master = try RedisServer()
    let replica = try RedisServer("--replicaof", "127.0.0.1", "\(master.port)")
    let sentinels = try (0..<3).map { _ in try Sentinel(of: master) }
    #expect(try await eventually(within: 60) { try replica.connect().info("master_link_status") == "up" })
    #expect(
      await eventually(within: 60) { sentinels.allSatisfy { $0.knows(replicas: 1, sentinels: 2) } })
    let list = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    let gauge = try await Cachegauge([
      "sentinel://127.0.0.1:1,\(list)/shop", "--poll-interval", "500ms", "--poll-timeout", "400ms",
    ])
    let group = "127.0.0.1:1,\(list)/shop"
    func role(_ server: RedisServer, _ role: String) -> Bool {
      gauge.metric(
        "cache_cluster_node_info{cluster=\"\(group)\",target=\"\(group)/127.0.0.1:\(server.port)\","
          + "address=\"127.0.0.1:\(server.port)\",role=\"\(role)\",shard=\"\"}") == 1
    }
    #expect(await eventually(within: 30) { role(master, "master") && role(replica, "replica") })
    // Each has been polled: what came before its first poll is nobody's.
    func isUp(_ server: RedisServer) -> Bool {
      let name = "\(group)/127.0.0.1:\(server.port)"
      return gauge.metric("redis_up{target=\"\(name)\",cluster=\"\(group)\"}") == 1
    }
    #expect(await eventually(within: 30) { isUp(master) && isUp(replica) })
    try await Self.lookedAtAnew(gauge)
    let redis = try master.connect()
    try redis.call("SET", "a", "1")
    for _ in 0..<5 { try redis.call("GET", "a") }
    func hits() -> Double { gauge.metric("cache_cluster_hits_total{cluster=\"\(group)\",role=\"master\"}") ?? -1 }
    #expect(await eventually(within: 30) { hits() == 5 })
    #expect(await eventually(within: 30) { gauge.metric("cache_cluster_up{cluster=\"\(group)\"}") == 1 })
    master.kill()
    #expect(try await eventually(within: 60) { try replica.connect().info("role") == "master" })
    #expect(await eventually(within: 30) { role(replica, "master") })
    let promoted = try replica.connect()
    try promoted.call("GET", "a")
    #expect(await eventually(within: 30) { hits() == 6 })
    #expect(await eventually(within: 30) { gauge.metric("cache_cluster_up{cluster=\"\(group)\"}") == 1 })
  }

  /// Waits until the group's sums were made of its nodes' figures of now: what came before is nobody's.
  private static func lookedAtAnew(_ gauge: Cachegauge) async throws {
    func polls() throws -> Double {
      try #require(try gauge.json("/api/cache/report")["targets"][0]["polls"]["count"].number)
    }
    let before = try polls()
    #expect(try await eventually(within: 30) { try polls() >= before + 2 })
  }

  /// A key whose slot this master serves.
  private static func key(on server: RedisServer) throws -> String {
    let redis = try server.connect()
    for number in 0..<1000 where try redis.call("GET", "k\(number)").error == nil {
      // The search itself has missed, once; hits are what is counted here.
      return "k\(number)"
    }
    throw ServerError("no key for this master")
  }
}

/// A real Sentinel that watches one master as `shop`.
private final class Sentinel {
  let port: UInt16
  private let directory: TemporaryDirectory
  private let process: ServerProcess

  init(of master: RedisServer) throws {
    port = try freePort()
    directory = try TemporaryDirectory()
    let file = try directory.write(
      """
      port \(port)
      bind 127.0.0.1
      dir \(directory.path)
      sentinel monitor shop 127.0.0.1 \(master.port) 2
      sentinel down-after-milliseconds shop 1000
      sentinel failover-timeout shop 5000
      """, to: "sentinel.conf")
    process = try ServerProcess(["redis-server", file, "--sentinel"], log: "\(directory.path)/log")
  }

  func knows(replicas: Int, sentinels: Int) -> Bool {
    guard let redis = try? RawRedis(port: port),
      let known = try? redis.call("SENTINEL", "REPLICAS", "shop").array,
      let others = try? redis.call("SENTINEL", "SENTINELS", "shop").array
    else { return false }
    return known.count == replicas && others.count == sentinels
  }
}
