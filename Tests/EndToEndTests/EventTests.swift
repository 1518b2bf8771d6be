import Glibc
import RESP
import TestSupport
import Testing

/// What a test of notifications needs: a server, cachegauge beside it, and the means to wait for both.
private struct Scene {
  let server: RedisServer
  let redis: RawRedis
  let gauge: Cachegauge
  let state: TemporaryDirectory

  init(
    _ server: RedisServer, manage: Bool = true, sample: Bool = false, state: TemporaryDirectory? = nil,
    heard: Bool = true
  )
    async throws
  {
    self.server = server
    redis = try server.connect()
    self.state = try state ?? TemporaryDirectory()
    gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - url: \(server.url)
            observe: { events: true, sample: \(sample), manage: \(manage), state_directory: "\(self.state.path)" }
            namespaces:
              - { name: menu, keys: ["menu:*"] }
              - { name: search, keys: ["search:*"], ttl: 60s }
        """)
    let gauge = self.gauge
    if heard {
      guard await eventually({ gauge.metric("cache_events_subscribed") == 1 }) else {
        throw ServerError("nothing is heard: \(gauge.log)")
      }
    }
  }

  /// Waits until the gauge has heard as many misses as the server counts, and one poll more.
  func settle() async throws {
    let polls = gauge.metric("cache_polls_total") ?? 0
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= polls + 3 })
    #expect(await eventually { gauge.metric("cache_events_difference_misses") == 0 })
  }

  /// Misses of a namespace by cause, without those that are 0.
  func causes(_ namespace: String) throws -> [String: Double] {
    let metrics = try gauge.metrics()
    var found: [String: Double] = [:]
    for cause in ["cold", "expired", "evicted", "invalidated", "unknown"] {
      let value = metrics["cache_namespace_misses_total{namespace=\"\(namespace)\",cause=\"\(cause)\"}"]
      if let value, value > 0 { found[cause] = value }
    }
    return found
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Misses from notifications` {
  @Test func `each namespace's misses and their causes are exact`() async throws {
    let scene = try await Scene(RedisServer())
    for number in 0..<50 { try scene.redis.call("GET", "menu:\(number)") }
    for number in 0..<50 { try scene.redis.call("SET", "menu:\(number)", "x", "PX", number < 20 ? "50" : "100000") }
    try scene.redis.call("DEL", "menu:48", "menu:49")
    try scene.redis.call("UNLINK", "menu:47")
    try scene.redis.call("RENAME", "menu:46", "elsewhere")
    #expect(try await eventually { try scene.redis.call("EXISTS", "menu:0", "menu:19").integer == 0 })
    try await scene.settle()
    let polled = try scene.causes("menu")["expired"] ?? 0
    for number in 0..<50 { try scene.redis.call("GET", "menu:\(number)") }
    try scene.redis.call("MGET", "search:1", "search:2", "menu:49", "nobody's")
    try await scene.settle()
    #expect(try scene.causes("menu") == ["cold": 50, "expired": polled + 20, "invalidated": 5])
    #expect(try scene.causes("search") == ["cold": 2])
    #expect(scene.gauge.metric("cache_unclassified_misses_total{cause=\"cold\"}") == 1)
    let report = try scene.gauge.json("/api/cache/report")["targets"][0]
    #expect(report["namespaces"]["menu"]["source"] == .string("events"))
    #expect(report["namespaces"]["menu"]["exact"] == .bool(true))
    #expect(report["events"]["difference_misses"] == .number(0))
  }

  @Test func `a flush of one database invalidates what was there, and nothing else`() async throws {
    let scene = try await Scene(RedisServer())
    func inDatabase(_ database: Int, _ body: (Int) throws -> [[String]]) throws {
      try scene.redis.call("SELECT", "\(database)")
      for number in 0..<20 { try scene.redis.pipeline(try body(number)) }
    }
    for database in [0, 2] {
      try inDatabase(database) {
        [["GET", "menu:\($0)"], ["SET", "menu:\($0)", "x"], ["GET", "menu:absent\($0)"]]
      }
    }
    try inDatabase(2) { [["SET", "menu:short\($0)", "x", "PX", "20"]] }
    #expect(try await eventually { try scene.redis.call("DBSIZE").integer == 20 })
    try await scene.settle()
    try scene.redis.call("FLUSHDB")
    try await scene.settle()
    // Those that were stored in the other database are there still.
    for database in [0, 2] { try inDatabase(database) { [["GET", "menu:\($0)"]] } }
    try inDatabase(0) { [["GET", "menu:absent\($0)"]] }
    try inDatabase(2) { [["GET", "menu:short\($0)"]] }
    try await scene.settle()
    #expect(try scene.causes("menu") == ["cold": 100, "expired": 20, "invalidated": 20])
  }

  @Test func `a lost subscription is a gap whose misses are bridged and said to be`() async throws {
    let scene = try await Scene(RedisServer())
    for number in 0..<30 { try scene.redis.call("GET", "menu:\(number)") }
    for number in 0..<10 { try scene.redis.call("GET", "search:\(number)") }
    try await scene.settle()
    scene.gauge.process.signal(SIGSTOP)
    try scene.redis.call("CLIENT", "KILL", "TYPE", "pubsub")
    for number in 0..<40 { try scene.redis.call("GET", "menu:again\(number)") }
    scene.gauge.process.signal(SIGCONT)
    #expect(
      await eventually { (scene.gauge.metric("cache_events_gaps_total{cause=\"closed_by_peer\"}") ?? 0) == 1 })
    #expect(await eventually { scene.gauge.metric("cache_events_subscribed") == 1 })
    try scene.redis.call("GET", "search:new")
    try await scene.settle()
    let metrics = try scene.gauge.metrics()
    #expect(metrics["cache_events_bridged_misses_total"] == 40)
    #expect((metrics["cache_events_gap_seconds_total"] ?? 0) > 0)
    let total = try scene.causes("menu").values.reduce(0, +) + scene.causes("search").values.reduce(0, +)
    #expect(total == 81)
    #expect(try scene.causes("menu")["unknown"] == 30)
    let report = try scene.gauge.json("/api/cache/report")["targets"][0]["namespaces"]
    #expect(report["menu"]["exact"] == .bool(false))
    #expect(report["menu"]["observed"]["bridged"] == .number(30))
  }

  @Test func `a reader that is too slow is cut off by the server, which is a gap, and figures recover`()
    async throws
  {
    let scene = try await Scene(RedisServer("--client-output-buffer-limit", "pubsub", "256kb", "256kb", "1"))
    for number in 0..<10 { try scene.redis.call("GET", "menu:\(number)") }
    try await scene.settle()
    scene.gauge.process.signal(SIGSTOP)
    let killed = try await eventually(within: 60) {
      try scene.redis.pipeline((0..<2000).map { _ in ["GET", "menu:\(String(repeating: "x", count: 1000))"] })
      let list = try scene.redis.call("CLIENT", "LIST", "TYPE", "pubsub").string ?? ""
      return !list.contains("name=cachegauge-events")
    }
    #expect(killed)
    scene.gauge.process.signal(SIGCONT)
    #expect(
      await eventually { (scene.gauge.metric("cache_events_gaps_total{cause=\"closed_by_peer\"}") ?? 0) >= 1 })
    #expect(await eventually { scene.gauge.metric("cache_events_subscribed") == 1 })
    try scene.redis.call("GET", "menu:after")
    try await scene.settle()
    let misses = try scene.redis.info("keyspace_misses").flatMap(Double.init)
    #expect(try scene.causes("menu").values.reduce(0, +) == misses)
    #expect((scene.gauge.metric("cache_events_bridged_misses_total") ?? 0) > 0)
  }

  @Test func `a server that starts again begins anew, and nothing is counted twice`() async throws {
    let scene = try await Scene(RedisServer("--notify-keyspace-events", "Emxeg"), manage: false)
    for number in 0..<25 { try scene.redis.call("GET", "menu:\(number)") }
    try await scene.settle()
    scene.server.kill()
    try scene.server.restart()
    let again = try scene.server.connect()
    #expect(
      await eventually { (scene.gauge.metric("cache_events_gaps_total{cause=\"closed_by_peer\"}") ?? 0) == 1 })
    #expect(
      await eventually { scene.gauge.metric("cache_events_subscribed") == 1 && scene.gauge.metric("cache_up") == 1 }
    )
    for number in 0..<7 { try again.call("GET", "menu:\(number)") }
    try await scene.settle()
    #expect(try scene.causes("menu") == ["cold": 32])
  }

  /// Either of the connections may live on at the server that had the address before.
  @Test(arguments: ["cachegauge", "cachegauge-events"])
  func `where an address moves, polls and notifications are soon of the same server again`(moves: String)
    async throws
  {
    let servers = try [0, 1].map { _ in try RedisServer("--notify-keyspace-events", "Emxeg") }
    let before = try servers[0].connect()
    let after = try servers[1].connect()
    try after.pipeline((0..<50).map { ["GET", "search:\($0)"] })
    let place = try TemporaryDirectory()
    let address = "\(place.path)/redis.sock"
    #expect(unsafe symlink(servers[0].socketPath, address) == 0)
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - { url: "unix://\(address)", observe: { events: true, sample: true }, namespaces: [{ name: menu, keys: ["menu:*"] }] }
        """)
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
    #expect(unsafe symlink(servers[1].socketPath, address + ".new") == 0 && rename(address + ".new", address) == 0)
    let clients = try before.call("CLIENT", "LIST").string ?? ""
    for line in clients.split(separator: "\n") where line.contains(" name=\(moves) ") {
      let id = try #require(line.split(separator: " ").first).dropFirst(3)
      try before.call("CLIENT", "KILL", "ID", String(id))
    }
    let process = try after.info("run_id")
    let isTogether = try await eventually {
      let target = try gauge.json("/api/cache/report")["targets"][0]
      return target["server"]["run_id"].string == process && target["events"]["difference_misses"].number == 0
    }
    #expect(isTogether, "\(gauge.log)")
    #expect(gauge.metric("cache_events_gaps_total{cause=\"server_error\"}") == 1)
    try after.call("GET", "menu:1")
    let misses = "cache_namespace_misses_total{namespace=\"menu\",cause=\"cold\"}"
    #expect(await eventually { gauge.metric(misses) == 1 })
  }

  @Test func `flags that lack are named, and nothing is changed without permission`() async throws {
    let scene = try await Scene(RedisServer("--notify-keyspace-events", "Ex"), manage: false, heard: false)
    #expect(await eventually { scene.gauge.metric("cache_events_missing_flags_info{flags=\"meg\"}") == 1 })
    #expect(scene.gauge.metric("cache_events_subscribed") == 0)
    // It looks again and again, and says so once.
    let calls = /config\|get:calls=([0-9]+)/
    func looks() throws -> Int {
      let text = try scene.redis.call("INFO", "commandstats").string ?? ""
      return text.firstMatch(of: calls).flatMap { Int($0.1) } ?? 0
    }
    let before = try looks()
    #expect(try await eventually { try looks() >= before + 4 })
    let lines = scene.gauge.log.split(separator: "\n")
    #expect(lines.count { $0.contains("notify-keyspace-events lacks the flags meg: set them") } == 1)
    #expect(lines.count { $0.contains("keyspace notifications are not heard") } == 1)
    #expect(try scene.redis.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string == "xE")
  }

  @Test func `flags are added with permission, kept while others add theirs, and taken back at the end`()
    async throws
  {
    let scene = try await Scene(RedisServer("--notify-keyspace-events", "Ex"))
    func flags() throws -> Set<Character> {
      Set(try scene.redis.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string ?? "?")
    }
    #expect(try flags() == Set("Exmeg"))
    #expect(scene.gauge.metric("cache_events_missing_flags_info{flags=\"meg\"}") == nil)
    try scene.redis.call("CONFIG", "SET", "notify-keyspace-events", "Exmegl")
    scene.gauge.process.signal(SIGTERM)
    #expect(try await eventually { try flags() == Set("Exl") })
  }

  @Test func `flags stay while another cachegauge listens, and the last takes them back`() async throws {
    let first = try await Scene(RedisServer("--notify-keyspace-events", "Ex"))
    let second = try await Scene(first.server, state: first.state)
    func flags() throws -> Set<Character> {
      Set(try first.redis.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string ?? "?")
    }
    first.gauge.process.signal(SIGTERM)
    #expect(await eventually { first.gauge.log.contains("left the flags egm in notify-keyspace-events") })
    #expect(try flags() == Set("Exmeg"))
    #expect(second.gauge.metric("cache_events_subscribed") == 1)
    second.gauge.process.signal(SIGTERM)
    #expect(try await eventually { try flags() == Set("Ex") })
  }

  @Test(arguments: [
    ["PSUBSCRIBE", "__keyevent@*__:expired"], ["SUBSCRIBE", "__keyevent@3__:expired"],
    ["SUBSCRIBE", "__keyevent@0__:set"], ["SUBSCRIBE", "__keyevent@0__:keymiss"],
    ["SUBSCRIBE", "__keyspace@0__:menu"],
  ])
  func `flags stay while an application listens to any notifications, and are taken back later`(
    subscription: [String]
  ) async throws {
    let scene = try await Scene(RedisServer(), sample: true)
    func flags() throws -> Set<Character> {
      Set(try scene.redis.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string ?? "?")
    }
    let application = try scene.server.connect()
    try application.pipeline([subscription])
    scene.gauge.process.signal(SIGTERM)
    #expect(await eventually { scene.gauge.log.contains("left the flags Eegmx in notify-keyspace-events") })
    #expect(try flags() == Set("Emxeg"))
    try application.call("QUIT")
    let next = try await Scene(scene.server, state: scene.state)
    #expect(try flags() == Set("Emxeg"))
    // Other messages are no notifications.
    let other = try scene.server.connect()
    try other.call("SUBSCRIBE", "news")
    next.gauge.process.signal(SIGTERM)
    #expect(try await eventually { try flags() == [] })
    try other.call("QUIT")
  }

  @Test(arguments: [true, false])
  func `flags are taken back only by a user who may ask whether anybody else listens`(mayAsk: Bool) async throws {
    let server = try RedisServer()
    let admin = try server.connect()
    func flags() throws -> Set<Character> {
      Set(try admin.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string ?? "?")
    }
    let rights = "+subscribe +ping +info +config|get +config|set" + (mayAsk ? " +pubsub" : "")
    try admin.call("ACL", "SETUSER", "watch", "on", ">secret", "resetchannels", "&__keyevent@*", "-@all")
    try admin.pipeline([["ACL", "SETUSER", "watch"] + rights.split(separator: " ").map(String.init)])
    let state = try TemporaryDirectory()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - url: "\(server.url)"
            username: watch
            password: secret
            observe: { events: true, manage: true, state_directory: "\(state.path)" }
        """)
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
    gauge.process.signal(SIGTERM)
    if mayAsk {
      #expect(try await eventually { try flags() == [] })
    } else {
      #expect(await eventually { gauge.log.contains("PUBSUB is refused (NOPERM)") })
      #expect(try flags() == Set("Emxeg"))
    }
  }

  @Test(arguments: [true, false])
  func `flags that a crash left are taken back later, whether the next run may add some or none`(
    manages: Bool
  ) async throws {
    let scene = try await Scene(RedisServer("--notify-keyspace-events", "K$"))
    func flags() throws -> Set<Character> {
      Set(try scene.redis.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string ?? "?")
    }
    scene.gauge.process.end()
    #expect(try flags() == Set("K$Emxeg"))
    let next = try await Scene(scene.server, manage: manages, state: scene.state, heard: manages)
    if manages {
      #expect(try flags() == Set("K$Emxeg"))
      next.gauge.process.signal(SIGTERM)
    }
    #expect(try await eventually { try flags() == Set("K$") })
  }

  @Test func `sampling gives hits that sum to the server's, and MONITOR is off whenever cachegauge is gone`()
    async throws
  {
    let scene = try await Scene(RedisServer(), sample: true)
    for number in 0..<20 { try scene.redis.call("SET", "menu:\(number)", "x") }
    func told() throws -> JSON { try scene.gauge.json("/api/cache/report")["targets"][0] }
    let hits = try await eventually(within: 120) {
      for _ in 0..<20 {
        try scene.redis.pipeline(
          (0..<40).map { ["GET", "menu:\($0 % 25)"] } + [["GET", "search:1"], ["SET", "menu:0", "x", "EX", "77"]])
      }
      let metrics = try scene.gauge.metrics()
      let menu = try told()["namespaces"]["menu"]
      return (metrics["cache_namespace_hits_total{namespace=\"menu\"}"] ?? 0) > 1000
        && (metrics["cache_sample_bursts_total"] ?? 0) >= 10 && menu["observed"]["ttl"] == .number(77)
        && menu["sampled"]["1m"] != .null
    }
    #expect(hits)
    let report = try told()
    #expect(report["namespaces"]["search"]["observed"]["ttl"] == .number(60))
    let menu = report["namespaces"]["menu"]
    #expect(menu["source"] == .string("sampled"))
    #expect(menu["exact"] == .bool(false))
    let (low, high) = (menu["sampled"]["1m"]["interval"][0].number, menu["sampled"]["1m"]["interval"][1].number)
    #expect((low ?? 1) <= 0.875 && (high ?? 0) >= 0.875)
    #expect((report["sampling"]["bursts"].number ?? 0) > 1)
    // A crash in the middle of a burst: the server closes what is left of it.
    let caught = try await eventually(within: 60) {
      try scene.redis.call("CLIENT", "LIST").string?.contains("cmd=monitor") == true
        || scene.redis.call("CLIENT", "LIST").string?.contains("flags=O") == true
    }
    scene.gauge.process.signal(SIGKILL)
    #expect(caught)
    #expect(
      try await eventually {
        try scene.redis.call("CLIENT", "LIST").string?.contains("cachegauge") == false
      })
  }

  @Test func `the documented user is enough, and one right less is named`() async throws {
    let server = try RedisServer("--notify-keyspace-events", "Emxeg")
    let admin = try server.connect()
    let rights = "+subscribe +ping +info +config|get +monitor +client|setname"
    try admin.call("ACL", "SETUSER", "watch", "on", ">secret", "resetchannels", "&__keyevent@*", "-@all")
    try admin.pipeline([["ACL", "SETUSER", "watch"] + rights.split(separator: " ").map(String.init)])
    let configuration = """
      poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
      targets:
        - { url: "\(server.url)", username: watch, password: secret, observe: { events: true, sample: true }, namespaces: [{ name: menu, keys: ["menu:*"] }] }
      """
    let gauge = try await Cachegauge([], configuration: configuration)
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 1 })
    #expect(await eventually { (gauge.metric("cache_sample_bursts_total") ?? 0) >= 1 })
    try admin.call("ACL", "SETUSER", "watch", "resetchannels")
    #expect(await eventually { gauge.metric("cache_events_subscribed") == 0 })
    #expect(await eventually { gauge.log.contains("SUBSCRIBE is refused (NOPERM)") })
  }

  @Test func `watching leaves hits, idle times and keys as they are`() async throws {
    let scene = try await Scene(RedisServer(), sample: true)
    let alone = try RedisServer()
    let other = try alone.connect()
    for redis in [scene.redis, other] {
      for number in 0..<20 { try redis.call("SET", "menu:\(number)", "x") }
      for number in 0..<30 { try redis.call("GET", "menu:\(number)") }
    }
    #expect(await eventually { (scene.gauge.metric("cache_sample_bursts_total") ?? 0) >= 6 })
    for field in ["keyspace_hits", "keyspace_misses", "db0", "evicted_keys", "expired_keys"] {
      #expect(try scene.redis.info(field) == other.info(field), "\(field)")
    }
    // Redis' clock for idle times has a resolution of a second.
    #expect(try await eventually { (try other.call("OBJECT", "IDLETIME", "menu:15").integer ?? 0) >= 3 })
    try expectSameIdleTimes(scene.redis, other, atLeast: 2)
    // A read that is the application's own begins them anew in both, and watching does not hide it.
    for redis in [scene.redis, other] { for number in 0..<10 { try redis.call("GET", "menu:\(number)") } }
    try expectSameIdleTimes(scene.redis, other, atLeast: 0)
    let bursts = scene.gauge.metric("cache_sample_bursts_total") ?? 0
    #expect(await eventually { (scene.gauge.metric("cache_sample_bursts_total") ?? 0) >= bursts + 4 })
    try expectSameIdleTimes(scene.redis, other, atLeast: 0)
    for number in 10..<20 {
      #expect(try scene.redis.call("OBJECT", "IDLETIME", "menu:\(number)").integer ?? 0 >= 2)
    }
  }

  /// The second server is asked before and after the first, so that no pause of the machine's makes a difference.
  private func expectSameIdleTimes(_ watched: RawRedis, _ other: RawRedis, atLeast least: Int64) throws {
    for number in 0..<20 {
      let idle = try [other, watched, other].map { redis in
        try redis.call("OBJECT", "IDLETIME", "menu:\(number)").integer ?? -9
      }
      #expect(idle[1] >= max(least, idle[0] - 1) && idle[1] <= idle[2] + 1, "\(number): \(idle)")
    }
  }

  /// Both get the same reads, of which some are asked for much more often; what evictions leave shows in how many hit.
  @Test func `watching leaves the order of evictions as it is`() async throws {
    let limits = ["--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru"]
    let scene = try await Scene(RedisServer(limits), sample: true)
    let alone = try RedisServer(limits)
    let servers = [scene.redis, try alone.connect()]
    var hits = [0, 0]
    let value = String(repeating: "v", count: 400)
    for round in 0..<120 {
      // A few hundred keys that every round asks for, and as many that come once.
      let keys = (0..<150).map { "menu:\($0)" } + (0..<150).map { "menu:once\(round):\($0)" }
      for (index, redis) in servers.enumerated() {
        let replies = try redis.pipeline(keys.map { ["GET", $0] })
        hits[index] += replies.count { $0 != .null }
        let missed = zip(keys, replies).filter { $1 == .null }.map(\.0)
        if !missed.isEmpty { try redis.pipeline(missed.map { ["SET", $0, value] }) }
      }
      try await Task.sleep(for: .milliseconds(25))
    }
    let evicted = try servers.map { Double(try $0.info("evicted_keys") ?? "") ?? 0 }
    #expect(await eventually(within: 30) { (scene.gauge.metric("cache_sample_bursts_total") ?? 0) >= 1 })
    // How many are evicted tells of the memory that connections take, which is much of 4 MB; which ones, of the order.
    #expect(evicted.allSatisfy { $0 > 5000 })
    #expect(abs(Double(hits[0]) / Double(hits[1]) - 1) < 0.05, "\(hits)")
  }
}
