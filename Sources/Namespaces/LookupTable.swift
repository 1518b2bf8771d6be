/// Which arguments of a command are keys whose lookups the server counts as hits or misses.
///
/// Commands that write without reading first (SET, DEL, INCR, HSET, LPUSH, …) count none. Of modules only JSON's are here: others count
/// none, as far as is known here.
enum LookupTable {
  /// Where the counted keys stand; positions count the command's name as 0.
  enum Keys: Sendable, Hashable {
    /// At one position.
    case at(Int)
    /// From one position to the last.
    case from(Int)
    /// From one position to the last but one.
    case fromUntilLast(Int)
    /// At two positions.
    case both(Int, Int)
    /// As many as the number at one position says, behind it.
    case numbered(Int)
    /// The first half of what follows the word STREAMS.
    case streams
    /// At 1, where the word GET follows the value somewhere.
    case setGet
    /// At 1, where neither SET nor INCRBY follows.
    case bitfield
  }

  /// The keys of a command; nil when it looks none up. `name` in any case.
  static func keys(of name: Span<UInt8>) -> Keys? {
    guard name.count <= 20 else { return nil }
    var word = ""
    word.reserveCapacity(name.count)
    for index in name.indices {
      let byte = name[index]
      word.unicodeScalars.append(Unicode.Scalar(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte))
    }
    return table[word]
  }

  private static let table: [String: Keys] = {
    var table: [String: Keys] = [
      "mget": .from(1), "exists": .from(1), "touch": .from(1), "sunion": .from(1), "sdiff": .from(1),
      "sinter": .from(1), "pfcount": .from(1), "lcs": .both(1, 2), "object": .at(2), "set": .setGet,
      "sintercard": .numbered(1), "zunion": .numbered(1), "zinter": .numbered(1), "zdiff": .numbered(1),
      "zintercard": .numbered(1), "xread": .streams, "copy": .at(1), "sunionstore": .from(2),
      "sinterstore": .from(2), "sdiffstore": .from(2), "zunionstore": .numbered(2), "zinterstore": .numbered(2),
      "zdiffstore": .numbered(2), "zrangestore": .at(2), "geosearchstore": .at(2), "bitop": .from(3),
      "xinfo": .at(2), "xreadgroup": .streams, "pfmerge": .from(1), "bitfield": .bitfield,
      "json.mget": .fromUntilLast(1),
    ]
    let first = """
      get getex getdel getset getrange substr getbit bitcount bitpos bitfield_ro type ttl pttl expiretime pexpiretime \
      dump strlen hget hmget hgetall hexists hlen hkeys hvals hscan hstrlen hrandfield lrange llen lindex lpos smembers \
      sismember smismember scard srandmember sscan zrange zscore zmscore zrank zrevrank zcard zrangebyscore \
      zrevrangebyscore zrevrange zrangebylex zrevrangebylex zlexcount zcount zscan zrandmember geopos geodist geohash \
      geosearch georadius_ro georadiusbymember_ro xlen xrange xrevrange xpending sort_ro \
      georadius georadiusbymember sort xclaim xautoclaim xack httl hpttl hexpiretime hpexpiretime \
      json.get json.type json.strlen json.arrlen json.arrindex json.objlen json.objkeys json.resp
      """
    for name in first.split(separator: " ") { table[String(name)] = .at(1) }
    return table
  }()
}
