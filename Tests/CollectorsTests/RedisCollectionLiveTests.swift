import CacheModel
import Glibc
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// The collectors and a real server.
@Suite(.enabled(if: isInstalled("redis-server"))) struct RedisCollectionLiveTests {
  private var now: Int64 { Int64(time(nil)) }

  @Test func `the first poll brings every collector's result`() throws {
    let server = try RedisServer()
    let connection = try server.connect()
    try connection.call("SET", "a", "1")
    var options = RedisCollectionOptions()
    options.choices = [.latency, .modules]
    var collection = RedisCollection(options: options)
    let collected = try collection.poll(connection, at: now)
    #expect(
      Set(collected.collectors.filter(\.succeeded).map(\.name)) == [
        "info", "commandstats", "slowlog", "latencystats", "latency", "latency_histogram", "config", "modules",
      ])
    #expect(collected["redis_db_keys{db=\"db0\"}"] == FixedPoint(1))
    #expect(collected["redis_db_keys{db=\"db15\"}"] == FixedPoint(0))
    #expect(collected["redis_commands_total{cmd=\"set\"}"] == FixedPoint(1))
    #expect(collected["redis_commands_latencies_usec_count{cmd=\"set\"}"] == FixedPoint(1))
    #expect(collected["redis_latency_percentiles_usec_count{cmd=\"set\"}"] == FixedPoint(1))
    #expect(collected.facts.software == "redis")
    #expect(collected.notices.isEmpty)
  }

  @Test(arguments: [false, true]) func `every number of INFO is there, and equals it`(_ legacyNames: Bool) throws {
    let server = try RedisServer("--maxmemory", "100mb", "--appendonly", "yes")
    let connection = try server.connect()
    for number in 0..<200 { try connection.pipeline([["SET", "k\(number)", "v"], ["GET", "k\(number * 2)"]]) }
    try connection.call("EXPIRE", "k1", "1000")
    try connection.call("NOSUCHCOMMAND")
    var options = RedisCollectionOptions()
    options.legacyNames = legacyNames
    var collection = RedisCollection(options: options)
    var info = ""
    let collected = try collection.poll(at: now) { commands in
      let replies = try connection.pipeline(commands.map { $0.text.split(separator: " ").map(String.init) })
      for (command, reply) in zip(commands, replies) where command.text.hasPrefix("INFO") {
        info += reply.string ?? ""
      }
      return replies
    }
    let expected = Reference.series(of: info, legacyNames: legacyNames)
    #expect(expected.count > 180)
    let series = collected.series
    for (key, value) in expected {
      let found = try #require(series[key]?.double, "\(key) is missing")
      #expect(abs(found - value) <= abs(value) * 1e-12, "\(key)")
    }
  }

  @Test func `of 300 slow operations 128 are read and 173 are lost, exactly`() throws {
    let server = try RedisServer("--slowlog-max-len", "128", "--slowlog-log-slower-than", "-1")
    let app = try server.connect()
    let connection = try server.connect()
    var collection = RedisCollection()
    _ = try collection.poll(connection, at: now)
    // Setting the threshold is the first entry itself.
    try app.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
    for number in 0..<300 { try app.call("SET", "k\(number)", "v") }
    try app.call("CONFIG", "SET", "slowlog-log-slower-than", "-1")
    let collected = try collection.poll(connection, at: now + 1)
    #expect(collected.slowOperations.map(\.id) == Array(173...300))
    #expect(collected.slowOperations.last?.arguments == ["SET", "k299", "v"])
    #expect(collected.slowOperationsLost == 173)
    let next = try collection.poll(connection, at: now + 2)
    #expect(next.slowOperations.isEmpty && next.slowOperationsLost == 0)
  }

  @Test func `the slow log is followed over a reset and a restart`() throws {
    let server = try RedisServer("--slowlog-log-slower-than", "0")
    var collection = RedisCollection()
    var connection = try server.connect()
    try connection.call("CLIENT", "SETNAME", "cachegauge")
    _ = try collection.poll(connection, at: now)
    var app = try server.connect()
    for _ in 0..<20 { try app.call("PING") }
    let before = try collection.poll(connection, at: now)
    #expect(before.slowOperations.map(\.command) == Array(repeating: "ping", count: 20))
    #expect(before.slowOperationsLost == 0)
    try app.call("GET", "before")
    try app.call("SLOWLOG", "RESET")
    try app.call("GET", "after")
    let reset = try collection.poll(connection, at: now)
    // SLOWLOG RESET is logged after it emptied the log.
    #expect(reset.slowOperations.map(\.command) == ["slowlog|reset", "get"])
    #expect(reset.slowOperationsLost > 0)
    try server.restart()
    app = try server.connect()
    connection = try server.connect()
    try connection.call("CLIENT", "SETNAME", "cachegauge")
    for _ in 0..<20 { try app.call("ECHO", "x") }
    let restarted = try collection.poll(connection, at: now)
    #expect(restarted.serverChanged)
    #expect(restarted.slowOperations.count { $0.command == "echo" } == 20)
    #expect(restarted.slowOperationsLost == 0)
  }

  @Test func `hits and misses less own look-ups are what the application did, whatever the counters hold`() throws {
    let server = try RedisServer()
    let app = try server.connect()
    let connection = try server.connect()
    var options = RedisCollectionOptions()
    options.counterSources = [
      .hash(key: "stats:a", hits: "h", misses: "m"), .hash(key: "stats:b", hits: "h", misses: "m"),
      .keys(hits: "c:h", misses: "c:m"),
    ]
    var collection = RedisCollection(options: options)
    var (hits, misses): (Int64, Int64) = (0, 0)
    var (ownHits, ownMisses): (Int64, Int64) = (0, 0)
    // What the application does to its counters before each poll.
    let changes: [[String]] = [
      ["PING"], ["HSET", "stats:a", "other", "1"], ["HINCRBY", "stats:a", "h", "5"], ["SET", "stats:b", "no hash"],
      ["LPUSH", "c:h", "no string"], ["SET", "c:m", "3"], ["DEL", "c:h", "stats:b"], ["INCR", "c:h"], ["FLUSHALL"],
    ]
    for (round, change) in changes.enumerated() {
      try app.call("SET", "key", "value")
      for _ in 0..<(round + 3) { try app.call("GET", "key") }
      for _ in 0..<(2 * round) { try app.call("GET", "nothing") }
      hits += Int64(round + 3)
      misses += Int64(2 * round)
      try app.pipeline([change])
      let collected = try collection.poll(connection, at: now + Int64(round))
      #expect(collected.facts.hits.map { $0 - ownHits } == hits)
      #expect(collected.facts.misses.map { $0 - ownMisses } == misses)
      #expect(collected.ownHits + collected.ownMisses == 4)
      ownHits += collected.ownHits
      ownMisses += collected.ownMisses
      if round == 2 {
        #expect(
          collected.counters[0]
            == CounterReading(source: options.counterSources[0], hits: 5, misses: 0, failure: nil))
      }
      if round == 4 { #expect(collected.counters.map(\.failure) == [nil, .malformedReply, .malformedReply]) }
    }
  }

  @Test func `a user who may not read the slow log loses that alone`() throws {
    let server = try RedisServer()
    let admin = try server.connect()
    try admin.call("ACL", "SETUSER", "monitor", "on", ">secret", "allkeys", "+@all", "-slowlog")
    let connection = try server.connect()
    try connection.call("AUTH", "monitor", "secret")
    var collection = RedisCollection()
    let collected = try collection.poll(connection, at: now)
    #expect(collected.notices.map(\.collector) == ["slowlog"])
    #expect(collected.collectors.filter { !$0.succeeded }.map(\.name) == ["slowlog"])
    #expect(collected.status("slowlog")?.failure == .permissionDenied)
    try admin.call("ACL", "SETUSER", "monitor", "+slowlog")
    let later = try collection.poll(connection, at: now + 300)
    #expect(later.notices.map(\.message) == ["collector slowlog works again"])
  }

  @Test func `a reset of the statistics is noticed`() throws {
    let server = try RedisServer()
    let connection = try server.connect()
    var collection = RedisCollection()
    for round in 0..<3 {
      let collected = try collection.poll(connection, at: now + Int64(round))
      #expect(collected.statsReset == false)
    }
    try connection.call("CONFIG", "RESETSTAT")
    let reset = try collection.poll(connection, at: now + 3)
    #expect(reset.statsReset)
    let next = try collection.poll(connection, at: now + 4)
    #expect(!next.statsReset)
  }

  @Test func `master and replica tell of each other`() async throws {
    let master = try RedisServer("--repl-diskless-sync-delay", "0")
    let replica = try RedisServer("--replicaof", "127.0.0.1 \(master.port)")
    let (atMaster, atReplica) = (try master.connect(), try replica.connect())
    let isLinked = try await eventually {
      try atReplica.info("master_link_status") == "up" && atMaster.info("slave0")?.contains("state=online") == true
    }
    try #require(isLinked)
    var collection = RedisCollection()
    let ofMaster = try collection.poll(atMaster, at: now)
    #expect(ofMaster.facts.onlineReplicas == 1)
    let labels = "{slave_ip=\"127.0.0.1\",slave_port=\"\(replica.port)\",slave_state=\"online\"}"
    #expect(ofMaster["redis_connected_slave_offset_bytes\(labels)"] != nil)
    var other = RedisCollection()
    let ofReplica = try other.poll(atReplica, at: now)
    let masterLabels = "{master_host=\"127.0.0.1\",master_port=\"\(master.port)\"}"
    #expect(ofReplica["redis_master_link_up\(masterLabels)"] == FixedPoint(1))
    #expect(ofReplica.facts.masterLinkUp == true)
    #expect(ofReplica.facts.masterLinkDownSeconds == nil)
    master.kill()
    let isBroken = try await eventually { try atReplica.info("master_link_status") == "down" }
    try #require(isBroken)
    let broken = try other.poll(atReplica, at: now + 1)
    #expect(broken["redis_master_link_up\(masterLabels)"] == FixedPoint(0))
    #expect(broken.facts.masterLinkUp == false)
    #expect(broken.facts.masterLinkDownSeconds != nil)
  }

  @Test func `a cluster's node is asked about its cluster`() throws {
    let server = try RedisServer("--cluster-enabled", "yes", "--cluster-port", "\(freePort())")
    var collection = RedisCollection()
    let collected = try collection.poll(server.connect(), at: now)
    #expect(collected["redis_cluster_enabled"] == FixedPoint(1))
    #expect(collected["redis_cluster_state"] == FixedPoint(0))
    #expect(collected["redis_cluster_known_nodes"] == FixedPoint(1))
    #expect(collected["redis_db_keys{db=\"db0\"}"] == FixedPoint(0))
    #expect(collected["redis_db_keys{db=\"db1\"}"] == nil)
  }

  @Test func `latency spikes are told in seconds`() throws {
    let server = try RedisServer("--latency-monitor-threshold", "1", "--enable-debug-command", "local")
    let connection = try server.connect()
    try connection.call("DEBUG", "SLEEP", "0.02")
    var collection = RedisCollection()
    let collected = try collection.poll(connection, at: now)
    let duration = try #require(collected["redis_latency_spike_duration_seconds{event_name=\"command\"}"]?.double)
    #expect(duration >= 0.02 && duration < 5)
    #expect(collected["redis_latency_spike_last{event_name=\"command\"}"] != nil)
  }

  @Test func `a server that is busy with a script fails the poll as busy`() async throws {
    let server = try RedisServer("--busy-reply-threshold", "10")
    let connection = try server.connect()
    var collection = RedisCollection()
    _ = try collection.poll(connection, at: now)
    let script = Task.detached { [port = server.port] in
      _ = try RawRedis(port: port).call("EVAL", "while true do end", "0")
    }
    let isBusy = try await eventually { try connection.call("PING").error?.code == "BUSY" }
    try #require(isBusy)
    let busy = try collection.poll(connection, at: now + 1)
    #expect(busy.serverFailure == .busy)
    let isFree = try await eventually {
      try connection.call("SCRIPT", "KILL")
      return try connection.call("PING").error == nil
    }
    try #require(isFree)
    let after = try collection.poll(connection, at: now + 2)
    #expect(after.serverFailure == nil)
    #expect(after.status("info")?.succeeded == true)
    try await script.value
  }
}
