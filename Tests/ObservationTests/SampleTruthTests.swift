import CacheClients
import CacheModel
import Glibc
import Locked
import NIOPosix
import RESP
import TestSupport
import Testing

@testable import Namespaces

final class Bursts: CommandReceiver {
  let tally: Locked<BurstTally>
  init(_ classifier: NamespaceClassifier) { tally = Locked(BurstTally(classifier: classifier)) }
  func receive(line: Span<UInt8>) { tally.withLock { $0.receive(line: line) } }
  func receive(miss key: Span<UInt8>) { tally.withLock { $0.receive(miss: key) } }
  func finish() -> BurstCounts { tally.withLock { $0.finish() } }
}

/// Commands that look up, and some that don't; `p` is there in the type that suits, `k` is not.
private let commands = [
  "GET p", "GET k", "MGET p k p", "GETEX p", "GETDEL k", "GETSET k v", "SET k v GET", "SET k v", "SETNX k v",
  "INCR k",
  "APPEND k v", "STRLEN p", "GETRANGE p 0 1", "GETBIT p 1", "BITCOUNT p", "LCS p k", "EXISTS p k", "TYPE p",
  "TTL k",
  "DUMP p", "TOUCH p k", "HGET h f", "HGET h g", "HMGET h f g", "HGETALL k", "HLEN h", "LRANGE l 0 1", "LLEN k",
  "LPUSH k v", "LPOP k", "SMEMBERS s", "SISMEMBER s m", "SINTER s k", "SUNION s k", "SDIFF s k", "SINTERCARD 2 s k",
  "SUNIONSTORE d s k", "ZRANGE z 0 1", "ZSCORE z m", "ZUNION 2 z k", "ZINTERSTORE d 2 z k", "ZRANGESTORE d z 0 1",
  "ZCARD k", "GEOPOS z m", "PFCOUNT k", "XLEN x", "XRANGE x - +", "XREAD STREAMS x k 0 0", "SORT_RO l",
  "OBJECT ENCODING p", "COPY p d2", "DEL k", "EXPIRE p 1000", "PERSIST p", "RENAME k d3",
  "EVAL return{redis.call('GET','p'),redis.call('GET','k')} 0", "BITFIELD_RO p GET u8 0", "SCAN 0",
  "BITOP AND d p k", "SORT l", "SORT l STORE d", "GEORADIUS z 1 1 9 km", "GEORADIUSBYMEMBER z m 9 km",
  "GEOSEARCHSTORE d z FROMMEMBER m BYRADIUS 9 km", "XINFO STREAM x", "XREADGROUP GROUP g c STREAMS x >",
  "XCLAIM x g c 0 1-1", "XAUTOCLAIM x g c 0 0", "PFMERGE d k", "BITFIELD p GET u8 0",
  "BITFIELD p GET u8 0 SET u8 0 1", "XACK x g 1-1", "SPOP s", "SMOVE s k m", "LMOVE l k LEFT LEFT",
  "HSETNX h f v", "ZADD z 1 m", "GETEX p EX 10", "SETEX k 10 v", "FLUSHDB",
]

@Suite(.enabled(if: isInstalled("redis-server")), .serialized) struct `Bursts of MONITOR against a real server` {
  @Test func `lookups of each command are those that INFO counts`() throws {
    let server = try RedisServer("--notify-keyspace-events", "Em")
    let redis = try server.connect()
    let ear = try server.connect()
    try ear.call("MONITOR")
    try ear.call("SUBSCRIBE", "mark")
    guard try redis.info("redis_version")?.hasPrefix("7.0") == true else { return }
    for command in commands {
      try redis.pipeline([
        ["FLUSHALL"], ["SET", "p", "v"], ["HSET", "h", "f", "v"], ["LPUSH", "l", "1"], ["SADD", "s", "m"],
        ["GEOADD", "z", "1", "1", "m"], ["XADD", "x", "*", "f", "v"],
        ["XGROUP", "CREATE", "x", "g", "0"], ["CONFIG", "RESETSTAT"],
        ["PUBLISH", "mark", ""],
      ])
      while try ear.reply().array?[1].string != "mark" {}
      try redis.pipeline([command.split(separator: " ").map(String.init), ["PUBLISH", "mark", ""]])
      var tally = BurstTally(classifier: try NamespaceClassifier([]))
      while case let reply = try ear.reply(), reply.array?[1].string != "mark" {
        if case .simpleString(let line) = reply { tally.receive(line: Array(line.utf8).span) }
      }
      let counted = try ["keyspace_hits", "keyspace_misses"].reduce(0) { try $0 + (Int(redis.info($1) ?? "") ?? 0) }
      #expect(tally.finish().reads[0] == Int32(counted), "\(command)")
    }
  }

  @Test func `hit ratios by bursts are close to the application's own`() async throws {
    let namespaces = [
      WorkloadNamespace(name: "menu", weight: 3, keys: 3000, skew: 0.9, ttl: 4000, bytes: 300, deletions: 0.002),
      WorkloadNamespace(name: "search", weight: 2, keys: 20_000, skew: 0.7, ttl: 2000, bytes: 500),
      WorkloadNamespace(name: "flags", weight: 1, keys: 200, skew: 0.5, ttl: 1000, bytes: 50),
      WorkloadNamespace(name: "geo", weight: 2, keys: 30_000, skew: 0.8, ttl: 0, bytes: 200, deletions: 0.01),
    ]
    let server = try RedisServer("--notify-keyspace-events", "Em")
    let classifier = try NamespaceClassifier(
      namespaces.map { NamespaceDefinition(name: $0.name, keys: ["\($0.name):*"]) })
    let endpoint = CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port)))
    let bursts = Bursts(classifier)
    let burst = CommandBurst(endpoint: endpoint, receiver: bursts, group: MultiThreadedEventLoopGroup.singleton)
    let ledger = Locked(SampleLedger(namespaces: namespaces.count))
    // The ledger's time is stretched: its minute is as long as the work, however long that is.
    let start = Workload.now
    let stretch = max(1, 61 / secondsOfWork)
    func now() -> Int64 { Int64(Double(Workload.now - start) * stretch) }
    ledger.withLock { $0.polled(hits: 0, misses: [0, 0, 0, 0, 0], at: now()) }
    let sampling = Task {
      while !Task.isCancelled {
        let outcome = try await burst.run(
          for: .milliseconds(10), databases: 1, deadline: .now.advanced(by: .seconds(5)))
        let counts = bursts.finish()
        let milliseconds = outcome.watched.map { $0 / .milliseconds(1) } ?? counts.milliseconds
        ledger.withLock { $0.add(counts, at: now(), milliseconds: milliseconds * stretch) }
        try await Task.sleep(for: .milliseconds(Int.random(in: 300...700)))
      }
    }
    var workload = Workload(namespaces, on: try server.connect(), seed: 7)
    try workload.run(seconds: secondsOfWork, rate: 15_000)
    sampling.cancel()
    _ = await sampling.result
    let misses = workload.misses.map { Int64($0.values.reduce(0, +)) }
    let hits = Int64(workload.hits.reduce(0, +))
    let report = ledger.withLock { ledger in
      ledger.polled(hits: hits, misses: misses + [0], at: now())
      return ledger.report
    }
    let window = try #require(report.windows.last)
    for index in namespaces.indices {
      let truth = Double(workload.hits[index]) / Double(Int64(workload.hits[index]) + misses[index])
      let sampled = try #require(window.ratios[index])
      print("\(namespaces[index].name): truth \(truth), estimate \(sampled.ratio), \(sampled.interval)")
      // Five standard errors: this is one draw, and must not fail by chance.
      let half = (sampled.interval.upperBound - sampled.interval.lowerBound) / 2
      #expect(abs(sampled.ratio - truth) <= 2.5 * half + 0.002)
      // A busy machine has time for few bursts; the interval says so.
      #expect(half < 0.2)
    }
    print("\(report.bursts) bursts, \(report.seconds) s of MONITOR in \(window.coveredSeconds) s")
  }

  /// Whatever a burst itself asks for does not count.
  @Test(arguments: [1, 300])
  func `a burst that has seen enough ends before its time, and says so`(databases: Int) async throws {
    let server = try RedisServer()
    let bursts = Bursts(try NamespaceClassifier([]))
    let burst = CommandBurst(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))), receiver: bursts, lines: 50,
      group: MultiThreadedEventLoopGroup.singleton)
    let redis = try server.connect()
    let isOver = Locked(false)
    let running = Task {
      defer { isOver.withLock { $0 = true } }
      return try await burst.run(
        for: .seconds(600), databases: databases, deadline: .now.advanced(by: .seconds(60)))
    }
    let ends = try await eventually(within: 60) {
      try redis.pipeline((0..<40).map { ["GET", "k\($0)"] })
      return isOver.withLock(\.self)
    }
    #expect(ends)
    running.cancel()
    let outcome = try await running.value
    #expect(outcome.isFull)
    #expect(outcome.held < .seconds(600))
    #expect(outcome.watched == nil)
    let counts = bursts.finish()
    #expect(counts.reads[0] == 50)
    // By the server's clock.
    #expect((0.001...600_000).contains(counts.milliseconds))
  }

  @Test func `what runs as one piece is seen whole or not at all`() async throws {
    let server = try RedisServer()
    let bursts = Bursts(try NamespaceClassifier([]))
    let burst = CommandBurst(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))), receiver: bursts,
      lines: 100_000,
      group: MultiThreadedEventLoopGroup.singleton)
    let isOver = Locked(false)
    let pieces = Task.detached {
      let redis = try server.connect()
      while !isOver.withLock(\.self) {
        try redis.call("EVAL", "for i = 1, 5000 do redis.call('GET', 'k') end", "0")
      }
    }
    var seen: [Int32] = []
    for _ in 0..<300 where seen.reduce(0, +) < 2000 {
      let outcome = try await burst.run(
        for: .milliseconds(3), databases: 1, deadline: .now.advanced(by: .seconds(30)))
      #expect(outcome.watched.map { $0 <= outcome.held } == true)
      seen.append(bursts.finish().reads[0])
    }
    isOver.withLock { $0 = true }
    try await pieces.value
    #expect(seen.allSatisfy { $0.isMultiple(of: 200) }, "\(seen)")
    #expect(seen.contains { $0 > 0 })
  }

  @Test func `a burst lasts as long as it is to, also where nothing happens`() async throws {
    let server = try RedisServer()
    let bursts = Bursts(try NamespaceClassifier([]))
    let burst = CommandBurst(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))), receiver: bursts,
      group: MultiThreadedEventLoopGroup.singleton)
    for _ in 0..<3 {
      let outcome = try await burst.run(
        for: .milliseconds(10), databases: 2, deadline: .now.advanced(by: .seconds(300)))
      // A busy machine makes it longer, but nobody waits for the deadline.
      #expect((.milliseconds(9) ... .seconds(100)).contains(outcome.held))
      #expect(!outcome.isFull)
      #expect(bursts.finish().reads == [0])
    }
  }

  @Test func `a server refuses, and a burst says so`() async throws {
    let server = try RedisServer()
    try server.connect().call("ACL", "SETUSER", "default", "-monitor")
    let burst = CommandBurst(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))),
      receiver: Bursts(try NamespaceClassifier([])), group: MultiThreadedEventLoopGroup.singleton)
    await #expect(throws: ClientError.self) {
      try await burst.run(for: .milliseconds(1), databases: 1, deadline: .now.advanced(by: .seconds(5)))
    }
  }
}
