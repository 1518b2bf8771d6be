import CacheModel
import RESP

/// What an INFO says at the moment when a subscription begins.
struct ServerBaseline: Sendable, Hashable {
  private(set) var runID: String?
  /// 7 of Redis 7.0.15; of a relative, that of the Redis whose commands it has.
  private(set) var majorVersion: Int?
  private(set) var misses: Int64?
  /// For how many seconds the process runs.
  private(set) var uptime: Int64?
  private(set) var isReplica = false
  /// Whether the server never removed a key: neither expiry nor eviction nor a command that deletes.
  private(set) var nothingRemoved = false

  /// Reads the reply to INFO; what it lacks stays unknown.
  init(_ reply: RESPValue) {
    guard let text = reply.string else { return }
    var hasRemoved = false
    var known = 0
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...]
      switch line[..<colon] {
      case "run_id": runID = String(value)
      case "redis_version": majorVersion = Int(value.prefix { $0 != "." })
      case "uptime_in_seconds": uptime = Int64(value)
      case "role": isReplica = value == "slave"
      case "keyspace_misses": misses = Int64(value)?.asCount
      case "expired_keys", "evicted_keys":
        known += 1
        hasRemoved = hasRemoved || Int64(value) != 0
      case "cmdstat_del", "cmdstat_unlink", "cmdstat_getdel", "cmdstat_flushall", "cmdstat_flushdb",
        "cmdstat_rename", "cmdstat_move", "cmdstat_swapdb":
        hasRemoved = true
      default: break
      }
    }
    nothingRemoved = known == 2 && !hasRemoved
  }
}
