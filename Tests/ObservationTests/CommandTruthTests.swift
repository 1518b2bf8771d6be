import RESP
import TestSupport
import Testing

/// Commands on keys that are not there, and what Redis 7.0 makes of them: misses in INFO's count, and in notifications.
private let commands: [(words: String, counted: Int, told: Int)] = [
  ("GET k", 1, 1), ("MGET k k2 k", 3, 3), ("GETEX k EX 10", 1, 1), ("GETDEL k", 1, 1), ("GETSET k v", 1, 1),
  ("SET k v GET", 1, 1), ("GETRANGE k 0 1", 1, 1), ("GETBIT k 1", 1, 1), ("BITCOUNT k", 1, 1), ("LCS k k2", 2, 2),
  ("EXISTS k k2", 2, 2), ("TYPE k", 1, 1), ("TTL k", 1, 1), ("PTTL k", 1, 1), ("EXPIRETIME k", 1, 1),
  ("DUMP k", 1, 1), ("TOUCH k", 1, 1), ("STRLEN k", 1, 1), ("HGET k f", 1, 1), ("HMGET k f g", 1, 1),
  ("HGETALL k", 1, 1), ("HEXISTS k f", 1, 1), ("HLEN k", 1, 1), ("HKEYS k", 1, 1), ("HSCAN k 0", 1, 1),
  ("LRANGE k 0 1", 1, 1), ("LLEN k", 1, 1), ("LINDEX k 0", 1, 1), ("LPOS k x", 1, 1), ("SMEMBERS k", 1, 1),
  ("SISMEMBER k m", 1, 1), ("SCARD k", 1, 1), ("SINTER k k2", 2, 2), ("SUNION k k2", 2, 2), ("SDIFF k k2", 2, 2),
  ("SRANDMEMBER k", 1, 1), ("ZRANGE k 0 1", 1, 1), ("ZSCORE k m", 1, 1), ("ZRANK k m", 1, 1), ("ZCARD k", 1, 1),
  ("ZRANGEBYSCORE k 0 1", 1, 1), ("ZCOUNT k 0 1", 1, 1), ("GEOPOS k m", 1, 1), ("PFCOUNT k", 1, 1),
  ("XLEN k", 1, 1), ("XRANGE k - +", 1, 1), ("SORT_RO k", 1, 1), ("OBJECT ENCODING k", 1, 0),
  ("OBJECT IDLETIME k", 1, 0), ("MEMORY USAGE k", 0, 0), ("SCAN 0", 0, 0), ("SET k v", 0, 0), ("SETNX k v", 0, 0),
  ("INCR k", 0, 0), ("APPEND k v", 0, 0), ("DEL k", 0, 0), ("EXPIRE k 10", 0, 0), ("HSET k f v", 0, 0),
  ("LPUSH k v", 0, 0), ("LPOP k", 0, 0), ("RENAME k k2", 0, 0), ("COPY k k2", 1, 1), ("PERSIST k", 0, 0),
  ("EVAL return{redis.call('GET','k'),redis.call('GET','k2')} 0", 2, 2), ("WATCH k", 0, 0),
]

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Which commands miss, by INFO and by notifications` {
  @Test func `both are as the table says, command by command`() throws {
    let server = try RedisServer("--notify-keyspace-events", "Em")
    let redis = try server.connect()
    let ear = try server.connect()
    try ear.call("SUBSCRIBE", "__keyevent@0__:keymiss")
    try ear.call("SUBSCRIBE", "mark")
    guard try redis.info("redis_version")?.hasPrefix("7.0") == true else { return }
    for command in commands {
      try redis.pipeline([["FLUSHALL"], ["CONFIG", "RESETSTAT"]])
      try redis.pipeline([command.words.split(separator: " ").map(String.init), ["PUBLISH", "mark", ""]])
      var told = 0
      while try ear.reply().array?[1].string != "mark" { told += 1 }
      let counted = try redis.info("keyspace_misses").flatMap(Int.init)
      #expect(counted == command.counted && told == command.told, "\(command.words): \(counted ?? -1), \(told)")
    }
  }
}
