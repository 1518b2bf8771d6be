import RESP
import TestSupport
import Testing

@testable import Daemon

private func baseline(_ lines: String...) -> ServerBaseline {
  ServerBaseline(.bulk(Array(lines.joined(separator: "\r\n").utf8)))
}

@Suite struct `What INFO says when a subscription begins` {
  @Test func `the process, how long it runs, and what it counted are read`() {
    let baseline = baseline(
      "# Server", "redis_version:7.0.15", "run_id:abc", "uptime_in_seconds:12", "# Stats", "expired_keys:0",
      "evicted_keys:0",
      "keyspace_misses:34")
    #expect(baseline.runID == "abc")
    #expect(baseline.majorVersion == 7)
    #expect(baseline.uptime == 12)
    #expect(baseline.misses == 34)
    #expect(baseline.nothingRemoved)
    #expect(ServerBaseline(.null) == ServerBaseline(.bulk(Array("uptime_in_seconds:soon".utf8))))
  }

  @Test(
    arguments: [
      (["cmdstat_set:calls=7,usec=9", "cmdstat_get:calls=99,usec=9"], true),
      (["cmdstat_hset:calls=3,usec=9", "cmdstat_foo.set:calls=4,usec=9"], true),
      // More keys than were stored are older than the statistics, however much was read.
      (["cmdstat_set:calls=6,usec=9", "cmdstat_get:calls=99,usec=9"], false),
      (["cmdstat_set:calls=6,usec=9", "cmdstat_client|setname:calls=9,usec=9"], false),
      (["cmdstat_mset:calls=1,usec=9"], true),
      (["cmdstat_set:calls=99,usec=9", "cmdstat_config|resetstat:calls=1,usec=9"], false),
      (["cmdstat_set:calls=99,usec=9", "rdb_last_load_keys_loaded:2"], false),
      (["cmdstat_set:calls=99,usec=9", "rdb_last_load_keys_loaded:0", "rdb_last_load_keys_expired:0"], true),
      (["cmdstat_set:calls=99,usec=9", "loading:1"], false),
      (["cmdstat_set:calls=99,usec=9", "expired_keys:1"], false),
    ]
      + [
        "del", "unlink", "hdel", "srem", "spop", "lpop", "blmpop", "ltrim", "zrem", "zremrangebyscore", "renamenx",
        "migrate", "sinterstore", "json.del",
      ].map { (["cmdstat_set:calls=99,usec=9", "cmdstat_\($0):calls=1,usec=9"], false) }
  )
  func `whether keys were ever removed follows from commands that may have, while their counts are of all keys`(
    lines: [String], isSo: Bool
  ) {
    let all = ["expired_keys:0", "evicted_keys:0", "# Keyspace", "db0:keys=5,expires=0,avg_ttl=0", "db3:keys=2"]
    #expect(ServerBaseline(.bulk(Array((lines + all).joined(separator: "\r\n").utf8))).nothingRemoved == isSo)
  }

  @Test func `a server without a key is as good as one that never had any`() {
    let removals = ["expired_keys:8", "evicted_keys:9", "cmdstat_flushall:calls=1,usec=9"]
    func isNothing(_ more: String...) -> Bool {
      ServerBaseline(.bulk(Array((removals + more).joined(separator: "\r\n").utf8))).nothingRemoved
    }
    #expect(isNothing("# Keyspace"))
    #expect(!isNothing())
    #expect(!isNothing("# Keyspace", "db2:keys=1,expires=0"))
    #expect(!isNothing("loading:1", "# Keyspace"))
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Whether a real server ever removed a key` {
  @Test func `it is told over flushes, reset statistics and a restart from its file`() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    func isNothing() throws -> Bool { ServerBaseline(try redis.call("INFO", "everything")).nothingRemoved }
    #expect(try isNothing())
    try redis.pipeline([["SET", "a", "1"], ["MSET", "b", "1", "c", "1"], ["GET", "a"], ["EXPIRE", "a", "100"]])
    #expect(try isNothing())
    try redis.pipeline([["SADD", "s", "m"], ["SREM", "s", "m"]])
    #expect(try !isNothing())
    try redis.call("CONFIG", "RESETSTAT")
    #expect(try !isNothing())
    try redis.call("FLUSHALL")
    #expect(try isNothing())
    try redis.pipeline([["SET", "a", "1"], ["SAVE"]])
    try server.restart()
    let next = try server.connect()
    #expect(try next.call("DBSIZE").integer == 1)
    try next.pipeline([["SET", "b", "1"], ["SET", "c", "1"]])
    #expect(try !ServerBaseline(next.call("INFO", "everything")).nothingRemoved)
  }
}
