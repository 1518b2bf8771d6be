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
  /// Whether keys that nobody has seen were never there, as far as anyone can tell: the server has no key at all, or it never removed
  /// one, neither by expiry nor by eviction nor by a command, and its statistics are of all that its keys went through.
  private(set) var nothingRemoved = false

  /// Reads the reply to INFO; what it lacks stays unknown.
  init(_ reply: RESPValue) {
    guard let text = reply.string else { return }
    var keys: Int64?
    var stores: Int64 = 0
    var (hasRemoved, storesMany, isLoading) = (false, false, false)
    var known = 0
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("# Keyspace") { keys = 0 }
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon]
      let value = line[line.index(after: colon)...]
      switch name {
      case "run_id": runID = String(value)
      case "redis_version": majorVersion = Int(value.prefix { $0 != "." })
      case "uptime_in_seconds": uptime = Int64(value)
      case "role": isReplica = value == "slave"
      case "keyspace_misses": misses = Int64(value)?.asCount
      case "expired_keys", "evicted_keys":
        known += 1
        hasRemoved = hasRemoved || Int64(value) != 0
      case "loading", "async_loading": isLoading = isLoading || value != "0"
      // Another process had these, and its statistics are gone.
      case "rdb_last_load_keys_loaded", "rdb_last_load_keys_expired": hasRemoved = hasRemoved || value != "0"
      default:
        if name.hasPrefix("cmdstat_") {
          let command = name.dropFirst("cmdstat_".count)
          let effect = CommandEffect(of: command)
          hasRemoved = hasRemoved || effect == .removes
          storesMany = storesMany || effect == .storesMany
          if effect != .storesNothing { stores = stores.saturatingSum(Self.number("calls=", value)) }
        } else if name.hasPrefix("db"), Int(name.dropFirst(2)) != nil {
          keys = (keys ?? 0).saturatingSum(Self.number("keys=", value))
        }
      }
    }
    // More keys than commands stored come from before the statistics: of another process, whose files were loaded, or since they were reset.
    let isCovered = storesMany || keys ?? 0 <= stores
    nothingRemoved = !isLoading && (keys == 0 || known == 2 && !hasRemoved && isCovered)
  }

  /// The number behind a word that the value begins with.
  private static func number(_ word: String, _ value: Substring) -> Int64 {
    guard value.hasPrefix(word) else { return 0 }
    return Int64(value.dropFirst(word.count).prefix { $0.isNumber })?.asCount ?? 0
  }
}
