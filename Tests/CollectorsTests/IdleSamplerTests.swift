import CacheModel
import Randomness
import RESP
import TestSupport
import Testing

@testable import Collectors

@Suite struct `Asking for idle times` {
  private static func key(_ name: String, in database: Int = 0, memory: Int64? = 100) -> WalkedKey {
    WalkedKey(database: database, key: Array(name.utf8), memory: memory)
  }

  private static func idle(_ seconds: Int, references: Int = 1) -> RESPValue {
    .simpleString(
      "Value at:0x7f9e99508600 refcount:\(references) encoding:quicklist serializedlength:16 lru:184967 "
        + "lru_seconds_idle:\(seconds) ql_nodes:1 ql_avg_node:3.00")
  }

  private static func sampler(selected: Int? = 0) -> IdleSampler {
    IdleSampler(expected: 10, pause: 15, selected: selected)
  }

  @Test func `one key is asked until the server answers, then all, and each again after the pause`() throws {
    var sampler = Self.sampler()
    sampler.offer(["a", "b", "c"].map { Self.key($0) })
    #expect(sampler.due == 0)
    let first = sampler.commands(at: 100).map(\.text)
    #expect(first == ["DEBUG OBJECT a"])
    try sampler.receive([Self.idle(50)], at: 100)
    let others = sampler.commands(at: 101).map(\.text)
    #expect(others == ["DEBUG OBJECT b", "DEBUG OBJECT c"])
    try sampler.receive([Self.idle(60), .failure("ERR no such key")], at: 101)
    #expect(sampler.due == 115 && !sampler.isDone)
    let early = sampler.commands(at: 114)
    #expect(early.isEmpty)
    let again = sampler.commands(at: 116).map(\.text)
    #expect(again == ["DEBUG OBJECT a", "DEBUG OBJECT b"])
    try sampler.receive([Self.idle(66), Self.idle(4)], at: 116)
    #expect(sampler.isDone && sampler.due == nil)
    let times = sampler.finished(at: UnixTime(seconds: 7))
    #expect(times.sampled == 2 && times.askedAgain == 2 && times.meanPause == 15.5)
    #expect(times.touched.map(\.seconds) == [71], "it was idle for 71 s when it was touched")
    #expect(times.all.keys == 3 && times.known.keys == 3 && times.obstacle == nil)
    #expect(times.ended == UnixTime(seconds: 7))
  }

  @Test func `keys of several databases are asked where they are`() throws {
    var sampler = Self.sampler(selected: nil)
    sampler.offer([Self.key("a"), Self.key("b", in: 3), Self.key("c", in: 3)])
    let first = sampler.commands(at: 0).map(\.text)
    #expect(first == ["SELECT 0", "DEBUG OBJECT a"])
    try sampler.receive([.simpleString("OK"), Self.idle(1)], at: 0)
    let rest = sampler.commands(at: 0).map(\.text)
    #expect(rest == ["SELECT 3", "DEBUG OBJECT b", "DEBUG OBJECT c"])
    #expect(throws: CollectorFailure.self) {
      var copy = sampler
      try copy.receive([.failure("NOPERM select"), Self.idle(1), Self.idle(1)], at: 0)
    }
  }

  @Test func `a failed pipeline is asked for again, and what comes too late is left out`() throws {
    var sampler = Self.sampler()
    sampler.offer([Self.key("a")])
    let (once, again) = (sampler.commands(at: 0), sampler.commands(at: 1))
    #expect(once == again && once.count == 1)
    try sampler.receive([Self.idle(9)], at: 1)
    let late = sampler.commands(at: 60)
    #expect(late.isEmpty && sampler.isDone && sampler.times.askedAgain == 0)
  }

  @Test func `what costs the server much is not asked, and numbers that keys share tell nothing`() throws {
    var sampler = Self.sampler()
    sampler.offer([Self.key("n"), Self.key("large", memory: IdleTimes.largest + 1), Self.key("a"), Self.key("b")])
    _ = sampler.commands(at: 0)
    try sampler.receive([Self.idle(5, references: 2_147_483_647)], at: 0)
    let commands = sampler.commands(at: 0).map(\.text)
    #expect(commands == ["DEBUG OBJECT a", "DEBUG OBJECT b"])
    try sampler.receive([Self.idle(5), Self.idle(6)], at: 0)
    let times = sampler.times
    #expect(times.sampled == 2 && times.all.keys == 4 && times.known.keys == 2)
    #expect(times.all.bytes == 16_685 && times.known.bytes == 200)
    // 16 values of 16 KiB are 256 KiB.
    var heavy = Self.sampler()
    heavy.offer([Self.key("first")] + (0..<40).map { Self.key("\($0)", memory: IdleTimes.largest) })
    _ = heavy.commands(at: 0)
    try heavy.receive([Self.idle(5)], at: 0)
    let batch = heavy.commands(at: 0).count
    #expect(batch == 16)
  }

  @Test(
    arguments: [
      (
        "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it",
        .debugRefused
      ), ("NOPERM this user has no permissions to run the 'debug' command", .debugRefused),
      ("ERR unknown command 'DEBUG'", .unsupported),
    ] as [(String, IdleObstacle)])
  func `a refusal is asked for once`(error: String, obstacle: IdleObstacle) throws {
    var sampler = Self.sampler()
    sampler.offer(["a", "b"].map { Self.key($0) })
    _ = sampler.commands(at: 0)
    try sampler.receive([.failure(error)], at: 0)
    sampler.offer([Self.key("c")])
    let commands = sampler.commands(at: 1)
    #expect(commands.isEmpty && sampler.isDone && sampler.times.obstacle == obstacle)
  }

  @Test func `a server that does not tell what keys take is not asked`() {
    var sampler = Self.sampler()
    sampler.offer([Self.key("a", memory: nil)])
    let commands = sampler.commands(at: 0)
    #expect(commands.isEmpty && sampler.times.obstacle == .sizesUnknown)
  }

  @Test func `of many keys a part is asked`() throws {
    var sampler = IdleSampler(expected: 160_000, pause: 5, selected: 0)
    var asked = 0
    for _ in 0..<160 {
      sampler.offer((0..<1000).map { Self.key("\($0)") })
      while case let commands = sampler.commands(at: 0), !commands.isEmpty {
        #expect(commands.count <= 256)
        asked += commands.count
        try sampler.receive(commands.map { _ in Self.idle(1) }, at: 0)
      }
    }
    #expect((15_000...18_000).contains(asked))
    #expect(sampler.times.all.keys == 160_000 && sampler.times.known.keys == 160_000)
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func `replies of any shape are taken or refused`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var sampler = Self.sampler(selected: nil)
    for time in 0..<6 {
      sampler.offer([Self.key("a", in: Int(seed % 3)), Self.key("b")])
      let replies = sampler.commands(at: Double(time) * 10).map { command in
        command.name == "SELECT" ? .simpleString("OK") : Self.idle(5).mutated(by: &random)
      }
      try? sampler.receive(replies, at: Double(time) * 10)
    }
    #expect(sampler.times.sampled <= 12)
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Idle times of a real server` {
  private static let names = ["text", "number", "list", "hash", "set", "sorted", "stream"]

  private static func filled(_ server: RedisServer) throws -> RawRedis {
    let redis = try server.connect()
    try redis.pipeline([
      ["SET", "text", "hello"], ["SET", "number", "123456789"], ["RPUSH", "list", "1", "2"],
      ["HSET", "hash", "a", "b"], ["SADD", "set", "x", "y"], ["ZADD", "sorted", "1", "x"],
      ["XADD", "stream", "1-1", "a", "b"], ["SET", "gone", "x", "PX", "1"],
    ])
    return redis
  }

  /// What keys.md and namespaces.md promise.
  @Test func `are told of each type of value, and neither counted nor refreshed`() async throws {
    let server = try RedisServer("--enable-debug-command", "local")
    let redis = try Self.filled(server)
    func hits() throws -> [String?] { try [redis.info("keyspace_hits"), redis.info("keyspace_misses")] }
    #expect(await eventually { (try? redis.call("OBJECT", "IDLETIME", "text").integer) ?? 0 >= 3 })
    let before = try hits()
    var sampler = IdleSampler(expected: 8, pause: 0, selected: 0)
    sampler.offer((Self.names + ["gone"]).map { WalkedKey(database: 0, key: Array($0.utf8), memory: 50) })
    for round in 0..<3 {
      try sampler.receive(redis.pipeline(sampler.commands(at: Double(round))), at: Double(round))
    }
    #expect(sampler.times.obstacle == nil && sampler.times.sampled == 7)
    #expect(sampler.times.classes.allSatisfy { $0.seconds >= 3 })
    #expect(sampler.times.touched.isEmpty)
    #expect(try hits() == before)
    for name in Self.names { #expect(try redis.call("OBJECT", "IDLETIME", name).integer ?? 0 >= 3, "\(name)") }
  }

  @Test func `are refused by default, and where the user may not use DEBUG`() throws {
    let closed = try RedisServer()
    let open = try RedisServer("--enable-debug-command", "local")
    let users = try [closed.connect(), open.connect(), open.connect()]
    try users[0].call("SET", "text", "x")
    try users[1].call("SET", "text", "x")
    for (name, rule) in [("none", "-debug"), ("some", "+debug|object")] {
      let words = ["ACL", "SETUSER", name, "on", ">secret", "~*", "-@all", "+auth", rule]
      #expect(try users[1].pipeline([words])[0].string == "OK")
    }
    try users[1].call("AUTH", "none", "secret")
    try users[2].call("AUTH", "some", "secret")
    for (redis, obstacle) in zip(users, [IdleObstacle.debugRefused, .debugRefused, nil]) {
      var sampler = IdleSampler(expected: 1, pause: 0, selected: 0)
      sampler.offer([WalkedKey(database: 0, key: Array("text".utf8), memory: 50)])
      try sampler.receive(redis.pipeline(sampler.commands(at: 0)), at: 0)
      #expect(sampler.times.obstacle == obstacle)
    }
  }
}
