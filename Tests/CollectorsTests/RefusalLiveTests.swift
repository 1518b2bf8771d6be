import CacheModel
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// What a server refuses costs only the collector that asks for it.
@Suite(.enabled(if: isInstalled("redis-server"))) struct RefusalLiveTests {
  private static let source = CounterSource.hash(key: "stats", hits: "h", misses: "m")
  private static let everything: Set<String> = [
    "info", "commandstats", "slowlog", "counters", "latencystats", "latency", "latency_histogram", "config",
  ]

  private static func collection() -> RedisCollection {
    var options = RedisCollectionOptions()
    options.counterSources = [source]
    options.retryInterval = 60
    return RedisCollection(options: options)
  }

  /// A connection of a user with these permissions beside `+@all ~*`.
  private static func connect(_ server: RedisServer, without rules: [String]) throws -> RawRedis {
    try server.connect().pipeline([["ACL", "SETUSER", "monitor", "on", "nopass", "~*", "+@all"] + rules])
    let connection = try server.connect()
    try connection.call("AUTH", "monitor", "")
    return connection
  }

  private static func works(_ collected: CollectedPoll) -> Set<String> {
    Set(collected.collectors.filter(\.succeeded).map(\.name))
  }

  @Test(arguments: [
    (["-slowlog"], ["slowlog"]),
    (["-slowlog|get"], ["slowlog"]),
    (["-config"], ["config"]),
    (["-config|get"], ["config"]),
    (["-latency"], ["latency", "latency_histogram"]),
    (["-latency|histogram"], ["latency_histogram"]),
    (["-hmget"], ["counters"]),
    (["resetkeys"], ["counters"]),
    (["-@dangerous", "+info"], ["slowlog", "latency", "latency_histogram", "config"]),
  ])
  func `a refused command disables its own collector, says so once, and is tried again after the interval`(
    rules: [String], names: [String]
  ) throws {
    let server = try RedisServer()
    let connection = try Self.connect(server, without: rules)
    try server.connect().call("HSET", "stats", "h", "1", "m", "1")
    var collection = Self.collection()
    for second in 0..<180 {
      // Permission is given after two refusals.
      if second == 100 {
        _ = try Self.connect(server, without: []).call("ACL", "SETUSER", "monitor", "+@all", "~*")
      }
      var asked: [String] = []
      let collected = try collection.poll(connection, at: 1_000_000 + Int64(second)) { asked += $0.map(\.text) }
      let isRefused = second < 120
      #expect(Self.works(collected) == (isRefused ? Self.everything.subtracting(names) : Self.everything))
      for name in names {
        let status = try #require(collected.status(name))
        #expect(status.isDisabled == isRefused)
        #expect(status.failure == (isRefused ? .permissionDenied : nil))
        #expect(status.failures == (second < 60 ? 1 : 2))
      }
      let expected = [0, 120].contains(second) ? Set(names) : []
      #expect(Set(collected.notices.map(\.collector)) == expected)
      #expect(collected.notices.count == expected.count)
      let isTried = second % 60 == 0 || second > 120
      if names == ["slowlog"] { #expect(asked.contains { $0.hasPrefix("SLOWLOG") } == isTried) }
      if names == ["counters"] {
        #expect(asked.contains { $0.hasPrefix("HMGET") } == isTried)
        #expect(collected.counters.map(\.failure) == [isRefused ? .permissionDenied : nil])
        #expect(collected.counters.map(\.hits) == [isRefused ? nil : 1])
      }
      #expect(collected.serverFailure == nil)
      #expect(collected["redis_uptime_in_seconds"] != nil)
    }
  }

  @Test(arguments: [("SLOWLOG", "slowlog"), ("CONFIG", "config"), ("HMGET", "counters")])
  func `a command that was renamed away is unknown, and disables its own collector`(
    command: String, name: String
  ) throws {
    let server = try RedisServer("--rename-command", command, "")
    let connection = try server.connect()
    var collection = Self.collection()
    for second in 0..<5 {
      let collected = try collection.poll(connection, at: 1_000_000 + Int64(second))
      #expect(Self.works(collected) == Self.everything.subtracting([name]))
      let status = try #require(collected.status(name))
      #expect(status.isDisabled && status.failure == .unknownCommand && status.failures == 1)
      #expect(collected.notices.map(\.collector) == (second == 0 ? [name] : []))
    }
  }

  @Test func `without INFO everything else goes on`() throws {
    let server = try RedisServer("--slowlog-log-slower-than", "0")
    let connection = try Self.connect(server, without: ["-info"])
    try connection.call("CLIENT", "SETNAME", "cachegauge")
    let application = try server.connect()
    try application.call("HSET", "stats", "h", "4", "m", "2")
    var collection = Self.collection()
    for second in 0..<5 {
      try application.call("ECHO", "hello")
      let collected = try collection.poll(connection, at: 1_000_000 + Int64(second))
      let works = Self.works(collected)
      #expect(works.isSuperset(of: ["slowlog", "counters", "config", "latency"]))
      #expect(works.isDisjoint(with: ["info", "commandstats", "latencystats"]))
      #expect(collected.status("info")?.failure == .permissionDenied)
      #expect(collected.status("info")?.failures == 1)
      #expect(collected.serverFailure == nil)
      #expect(collected.counters.map(\.hits) == [4])
      #expect(collected.facts.hits == nil && collected.facts.keys == nil)
      #expect(collected["redis_db_keys{db=\"db0\"}"] == nil)
      #expect(collected["redis_config_maxmemory"] == FixedPoint(0))
      if second > 0 { #expect(collected.slowOperations.map(\.command) == ["echo"]) }
    }
  }

  @Test func `a hash that may be read without MEMORY USAGE still counts`() throws {
    let server = try RedisServer()
    let connection = try Self.connect(server, without: ["-memory"])
    try server.connect().call("HSET", "stats", "h", "1")
    var collection = Self.collection()
    let collected = try collection.poll(connection, at: 1_000_000)
    #expect(collected.counters.map(\.hits) == [1])
    #expect(collected.ownHits == 1)
    #expect(collected.status("counters")?.succeeded == true)
    #expect(collected.notices.isEmpty)
  }

  @Test(arguments: [
    ("LOADING Redis is loading the dataset in memory", FailureCause.loading),
    ("BUSY Redis is busy running a script.", .busy),
    ("MASTERDOWN Link with MASTER is down", .masterDown),
  ])
  func `a server that serves nobody for now has failed, and refuses nothing`(
    line: String, cause: FailureCause
  ) throws {
    let server = try RedisServer()
    let connection = try server.connect()
    var collection = Self.collection()
    _ = try collection.poll(connection, at: 1_000_000)
    let collected = collection.poll(at: 1_000_001) { $0.map { _ in .failure(line) } }
    #expect(collected.serverFailure == cause)
    #expect(collected.notices.isEmpty)
    for name in ["info", "commandstats", "slowlog", "counters"] {
      let status = try #require(collected.status(name))
      #expect(!status.succeeded && !status.isDisabled && status.failure == cause)
    }
    let next = try collection.poll(connection, at: 1_000_002)
    #expect(Self.works(next) == Self.everything)
    #expect(next.serverFailure == nil && next.notices.isEmpty)
    #expect(!next.statsReset && !next.serverChanged)
  }

  @Test(arguments: [
    "ERR unknown command 'slowlog', with args beginning with: 'LEN' ",
    "ERR Unknown subcommand or wrong number of arguments for 'LEN'. Try SLOWLOG HELP.",
    "NOPERM this user has no permissions to run the 'slowlog|len' command",
    "NOPERM User monitor has no permissions to run the 'slowlog' command",
    "ERR command is not allowed", "ERR this command is disabled",
  ])
  func `refusals of other servers are refusals`(line: String) throws {
    let server = try RedisServer()
    let connection = try server.connect()
    var collection = Self.collection()
    let collected = try collection.poll(at: 1_000_000) { commands in
      let words = commands.map { $0.arguments.map { String(decoding: $0, as: UTF8.self) } }
      return zip(commands, try connection.pipeline(words)).map { command, reply in
        command.text.hasPrefix("SLOWLOG") ? .failure(line) : reply
      }
    }
    #expect(collected.status("slowlog")?.isDisabled == true)
    #expect(Self.works(collected) == Self.everything.subtracting(["slowlog"]))
    #expect(collected.notices.map(\.collector) == ["slowlog"])
    #expect(collected.notices.allSatisfy { !$0.message.contains("monitor") })
  }
}
