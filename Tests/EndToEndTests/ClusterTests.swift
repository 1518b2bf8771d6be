import RESP
import TestSupport
import Testing

/// Three masters on free ports, with a replica each or without.
private struct Cluster {
  var masters: [RedisServer]
  var replicas: [RedisServer]

  init(hasReplicas: Bool = true) async throws {
    let count = hasReplicas ? 6 : 3
    let servers = try (0..<count).map { _ in
      try RedisServer(
        "--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-port", "\(freePort())",
        "--notify-keyspace-events", "Emxeg")
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
            try $0.connect().call("CLUSTER", "NODES").string?.split(separator: "\n").count == count
          }
        }
      )
    else { throw ServerError("the nodes do not meet") }
    for index in 0..<count - 3 { try await Self.replicate(servers[index + 3], ids[index]) }
    masters = Array(servers.prefix(3))
    replicas = Array(servers.suffix(count - 3))
    let all = servers
    guard
      try await eventually(
        within: 60,
        {
          try all.allSatisfy { server in
            let redis = try server.connect()
            return try redis.info("role") == "master"
              ? redis.info("connected_slaves") == "\(count / 3 - 1)"
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
        poll: { interval: 500ms, timeout: 30s }
        targets:
          - name: shop
            url: "redis://127.0.0.1:1"
            cluster: { seeds: ["\(cluster.masters[0].url)"] }
            observe: { events: true }
            namespaces: [{ name: probe, keys: ["probe:*"] }]
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
    #expect(
      await eventually(within: 30) {
        (cluster.masters + cluster.replicas).allSatisfy {
          gauge.metric("cache_events_subscribed{target=\"\(names($0))\",cluster=\"shop\"}") == 1
        }
      })

    // Ten hits on each master; misses on the replica of the first, which are its own affair.
    let keys = try cluster.masters.map { try Self.key(on: $0) }
    for (server, key) in zip(cluster.masters, keys) {
      let redis = try server.connect()
      try redis.call("SET", key, "1")
      for _ in 0..<10 { try redis.call("GET", key) }
      for _ in 0..<2 { try redis.call("GET", "probe:{\(key)}") }
    }
    let reader = try cluster.replicas[0].connect()
    try reader.call("READONLY")
    #expect(await eventually(within: 30) { (try? reader.call("GET", keys[0]).string) == "1" })
    func hits(_ role: String) -> Double {
      gauge.metric("cache_cluster_hits_total{cluster=\"shop\",role=\"\(role)\"}") ?? -1
    }
    #expect(await eventually(within: 30) { hits("master") == 30 && hits("replica") == 1 })
    func probeMisses() -> Double {
      let metrics = (try? gauge.metrics()) ?? [:]
      return metrics.filter {
        $0.key.hasPrefix("cache_cluster_namespace_misses_total{cluster=\"shop\",namespace=\"probe\"")
      }
      .values.reduce(0, +)
    }
    #expect(await eventually(within: 30) { probeMisses() == 6 })

    cluster.masters[0].kill()
    #expect(
      await eventually(within: 60) { (try? cluster.replicas[0].connect().info("role")) == "master" })
    let failover = try Self.looks(gauge)
    let promoted =
      "cache_cluster_node_info{cluster=\"shop\",target=\"\(names(cluster.replicas[0]))\","
      + "address=\"127.0.0.1:\(cluster.replicas[0].port)\",role=\"master\",shard=\"0\"}"
    #expect(await eventually(within: 30) { gauge.metric(promoted) == 1 })
    // At two looks a second: within five seconds, however slow the machine is.
    #expect(try Self.looks(gauge) - failover <= 10)
    #expect(await eventually(within: 30) { gauge.metric("cache_cluster_up{cluster=\"shop\"}") == 1 })
    #expect(gauge.metric("redis_up{target=\"\(names(cluster.masters[0]))\",cluster=\"shop\"}") == 0)
    #expect(gauge.metric("cache_cluster_promotions_total{cluster=\"shop\"}") == 1)
    // What the dead master had counted is not lost, and what its replica had counted is not counted again.
    #expect(hits("master") == 30)
    let redis = try cluster.replicas[0].connect()
    #expect(await eventually(within: 30) { (try? redis.call("GET", keys[0]).string) == "1" })
    #expect(await eventually(within: 30) { hits("master") == 31 })
    #expect(hits("replica") == 1)
    #expect(probeMisses() == 6)
    try redis.call("GET", "probe:{\(keys[0])}")
    #expect(await eventually(within: 30) { probeMisses() == 7 })
    let report = try gauge.json("/api/cache/report")["targets"][0]["namespaces"]["probe"]["observed"]
    #expect(report["misses"].number == 7)

    // What becomes of the sums in history is told as of any target.
    #expect(gauge.metric("cachegauge_series_refused_total{cluster=\"shop\"}") == 0)
    #expect(gauge.metric("cachegauge_history_oldest_timestamp_seconds{cluster=\"shop\"}") ?? 0 > 1_600_000_000)
    let whole = try gauge.json("/api/cache/report")["targets"][0]
    #expect(whole["history_from"].string != nil && whole["series_without_history"].number == 0)

    let stats = try gauge.json("/api/cache/stats")
    #expect(stats["targets"].items.map { $0["name"].string } == ["shop"])
    #expect(stats["targets"][0]["stats"]["total_keys"].number == 3)
    let nodes = try gauge.json("/discover-cluster-nodes")
    #expect(nodes[0]["targets"].items.count == 6)
    let one = try gauge.get("/scrape?target=redis://127.0.0.1:\(cluster.masters[1].port)")
    #expect(one.body.contains("\nredis_up 1\n"))
  }

  @Test func `slots that move with their keys are followed, and nothing is counted twice or lost`() async throws {
    let cluster = try await Cluster(hasReplicas: false)
    let nodes = try cluster.masters.map { try $0.connect() }
    // The slot of {m} belongs to one of them; the next one gets it.
    let slot = try #require(nodes[0].call("CLUSTER", "KEYSLOT", "{m}").integer)
    let from = min(2, Int(slot) / 5461)
    let to = (from + 1) % 3
    let (source, target) = (nodes[from], nodes[to])
    let ids = try nodes.map { try $0.call("CLUSTER", "MYID").string ?? "" }
    for number in 0..<20 { try source.call("SET", "menu:\(number):{m}", "v") }
    try source.call("HSET", "stats:{m}", "hits", "100", "misses", "10")
    let directory = try TemporaryDirectory()
    let list = try directory.write("[{\"targets\": [\"localhost:\(cluster.masters[2].port)\"]}]", to: "t.json")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets:
          - name: shop
            url: "\(cluster.masters[0].url)"
            cluster: true
            census: { share: 20%, interval: 1s }
            namespaces:
              - name: menu
                keys: ["menu:*"]
                counters: { hash: "stats:{m}", hits: hits, misses: misses }
          - { name: twin, url: "\(cluster.masters[1].url)", cluster: true }
        target_files: [{ paths: ["\(list)"] }]
        """)
    func metric(_ name: String, _ labels: String = "") -> Double? {
      gauge.metric("\(name){cluster=\"shop\"\(labels)}")
    }
    func hits() -> Double { metric("cache_cluster_hits_total", ",role=\"master\"") ?? -1 }
    func menu() throws -> Double? {
      try gauge.json("/api/cache/report")["targets"][0]["namespaces"]["menu"]["hits"].number
    }
    let isUp = { (server: RedisServer) in
      gauge.metric("redis_up{target=\"shop/127.0.0.1:\(server.port)\",cluster=\"shop\"}") == 1
    }
    #expect(await eventually(within: 30) { cluster.masters.allSatisfy(isUp) && hits() == 0 })
    for number in 0..<20 { try source.call("GET", "menu:\(number):{m}") }
    #expect(await eventually(within: 30) { hits() == 20 })
    #expect(try await eventually(within: 30) { try menu() == 100 })
    var last = hits()
    func goesOn() {
      let now = hits()
      #expect(now >= last, "the sum fell")
      last = now
    }
    // As redis-cli --cluster reshard does it.
    try target.call("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", ids[from])
    try source.call("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", ids[to])
    while let keys = try source.call("CLUSTER", "GETKEYSINSLOT", "\(slot)", "5").array, !keys.isEmpty {
      let words = ["MIGRATE", "127.0.0.1", "\(cluster.masters[to].port)", "", "0", "5000", "KEYS"]
      #expect(try source.pipeline([words + keys.compactMap(\.string)])[0].string == "OK")
      goesOn()
    }
    for node in [target, source, nodes[3 - from - to]] {
      try node.call("CLUSTER", "SETSLOT", "\(slot)", "NODE", ids[to])
      goesOn()
    }
    for number in 0..<20 { #expect(try target.call("GET", "menu:\(number):{m}").string == "v") }
    try target.call("HINCRBY", "stats:{m}", "hits", "5")
    #expect(try await eventually(within: 30) { try menu() == 105 })
    #expect(await eventually(within: 30) { metric("cache_cluster_keys") == 21 })
    #expect(metric("cache_cluster_namespace_hits_total", ",namespace=\"menu\"") == 105)
    #expect(metric("cache_cluster_namespace_misses_total", ",namespace=\"menu\",cause=\"unknown\"") == 10)
    let keys = { (name: String) in metric("cache_cluster_namespace_keys", ",namespace=\"\(name)\"") }
    #expect(await eventually(within: 30) { keys("menu") == 20 && keys("other") == 1 })
    #expect(
      await eventually(within: 30) {
        metric("cache_cluster_namespace_memory_bytes", ",namespace=\"menu\"") ?? 0 > 20 * 40
      })
    // What another group or a file names again is watched once.
    #expect(
      await eventually(within: 30) { gauge.metric("cachegauge_targets_left_out{reason=\"same_server\"}") == 4 })
    let targets = Set(try gauge.metrics().keys.filter { $0.hasPrefix("redis_up{") })
    #expect(
      targets == Set(cluster.masters.map { "redis_up{target=\"shop/127.0.0.1:\($0.port)\",cluster=\"shop\"}" }))
    #expect(
      await eventually { gauge.log.contains("is the same server as shop/127.0.0.1:\(cluster.masters[0].port)") })
    #expect(await eventually(within: 30) { metric("cache_cluster_slots_served") == 16_384 })
    // What all servers counted, MIGRATE's own reads among it, without cachegauge's: one HMGET a poll, which always hits.
    let counted = try nodes.reduce(0) { sum, node in
      let info = try node.call("INFO", "all").string ?? ""
      func number(_ before: String) -> Int {
        guard let start = info.firstRange(of: before) else { return 0 }
        return Int(info[start.upperBound...].prefix { $0.isNumber }) ?? 0
      }
      return sum + number("keyspace_hits:") - number("cmdstat_hmget:calls=")
    }
    #expect(counted >= 40)
    #expect(await eventually(within: 30) { hits() == Double(counted) }, "\(hits()) of \(counted)")
    #expect(try gauge.json("/api/cache/stats")["targets"].items.map { $0["name"].string } == ["shop", "twin"])
    #expect(metric("cache_cluster_nodes", ",role=\"master\"") == 3)
    #expect(metric("cache_cluster_promotions_total") == 0)
  }

  @Test func `a master behind Sentinels is followed over a failover`() async throws {
    let master = try RedisServer()
    let replica = try RedisServer("--replicaof", "127.0.0.1", "\(master.port)")
    let sentinels = try (0..<3).map { _ in try Sentinel(of: master) }
    // Sentinel ends all clients of a replica that it sets right.
    #expect(await eventually(within: 60) { (try? replica.connect().info("master_link_status")) == "up" })
    #expect(
      await eventually(within: 60) { sentinels.allSatisfy { $0.knows(replicas: 1, sentinels: 2) } })
    let list = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    let gauge = try await Cachegauge([
      "sentinel://127.0.0.1:1,\(list)/shop", "--poll-interval", "500ms", "--poll-timeout", "30s",
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
    let redis = try master.connect()
    try redis.call("SET", "a", "1")
    for _ in 0..<5 { try redis.call("GET", "a") }
    func hits() -> Double { gauge.metric("cache_cluster_hits_total{cluster=\"\(group)\",role=\"master\"}") ?? -1 }
    #expect(await eventually(within: 30) { hits() == 5 })
    #expect(await eventually(within: 30) { gauge.metric("cache_cluster_up{cluster=\"\(group)\"}") == 1 })
    master.kill()
    #expect(await eventually(within: 60) { (try? replica.connect().info("role")) == "master" })
    let failover = try Self.looks(gauge)
    #expect(await eventually(within: 30) { role(replica, "master") })
    #expect(try Self.looks(gauge) - failover <= 10)
    #expect(hits() == 5)
    let promoted = try replica.connect()
    try promoted.call("GET", "a")
    #expect(await eventually(within: 30) { hits() == 6 })
    #expect(await eventually(within: 30) { gauge.metric("cache_cluster_up{cluster=\"\(group)\"}") == 1 })
  }

  /// The password is the server's: a Sentinel that has none refuses every login.
  @Test func `namespaces of a master behind Sentinels are found in its own keys`() async throws {
    let master = try RedisServer("--requirepass", "secret", "--notify-keyspace-events", "Emxeg")
    let redis = try master.connect()
    try redis.call("AUTH", "secret")
    try redis.pipeline((0..<100).map { ["SET", "menu:\($0)", "x"] })
    let sentinel = try Sentinel(of: master)
    #expect(await eventually { (try? RawRedis(port: sentinel.port).call("PING").string) == "PONG" })
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets:
          - name: shop
            url: "sentinel://127.0.0.1:1,127.0.0.1:\(sentinel.port)/shop"
            password: secret
            observe: { events: true }
        """)
    let node = "target=\"shop/127.0.0.1:\(master.port)\",cluster=\"shop\""
    let misses = "cache_namespace_misses_total{\(node),namespace=\"menu\",cause=\"cold\"}"
    #expect(await eventually { gauge.metric(misses) == 0 }, "\(gauge.log)")
    let file = "\(gauge.directory.path)/cachegauge.yml"
    let suggestion = try run([Cachegauge.executable, "namespaces", "suggest", "--config", file])
    #expect(suggestion.output.contains("- name: menu"), "\(suggestion.output)")
    sentinel.end()
    let refusal = try run([Cachegauge.executable, "namespaces", "suggest", "--config", file])
    #expect(refusal.exitCode == 64)
    #expect(refusal.output.contains("shop (refused)"), "\(refusal.output)")
  }

  /// How often the only group was looked at until now.
  private static func looks(_ gauge: Cachegauge) throws -> Double {
    try #require(try gauge.json("/api/cache/report")["targets"][0]["polls"]["count"].number)
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

  func end() { process.end() }

  func knows(replicas: Int, sentinels: Int) -> Bool {
    guard let redis = try? RawRedis(port: port),
      let known = try? redis.call("SENTINEL", "REPLICAS", "shop").array,
      let others = try? redis.call("SENTINEL", "SENTINELS", "shop").array
    else { return false }
    return known.count == replicas && others.count == sentinels
  }
}
