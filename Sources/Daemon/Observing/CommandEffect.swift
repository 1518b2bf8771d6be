/// What a command may do to the keys that there are, as far as a count of its calls tells. One that is not known, such as a module's, is
/// taken to store a key.
enum CommandEffect: Sendable, Hashable {
  /// It may remove a key, also by taking its last element or by storing what is empty; or it forgets what others did.
  case removes
  case storesOne
  /// It may store any number of keys.
  case storesMany
  case storesNothing

  /// Of a command as INFO names it: in lower case, a subcommand behind a bar.
  init(of name: Substring) {
    let container = name.prefix { $0 != "|" }
    if Self.removing.contains(name) {
      self = .removes
    } else if Self.storingMany.contains(name) {
      self = .storesMany
    } else {
      self = Self.storingNothing.contains(container) ? .storesNothing : .storesOne
    }
  }

  private static func names(_ text: String) -> Set<Substring> { Set(text.split(separator: " ")) }

  private static let removing = names(
    """
    del unlink getdel delex flushall flushdb swapdb move rename renamenx migrate config|resetstat json.del json.forget \
    hdel hgetdel srem spop smove lpop rpop lmpop blpop brpop blmpop rpoplpush brpoplpush lmove blmove lrem ltrim \
    zrem zpopmin zpopmax zmpop bzpopmin bzpopmax bzmpop zremrangebyscore zremrangebyrank zremrangebylex \
    sdiffstore sinterstore sunionstore zdiffstore zinterstore zunionstore zrangestore geosearchstore bitop
    """)

  private static let storingMany = names("mset msetnx msetex json.mset debug")

  private static let storingNothing = names(
    """
    get mget getex getrange substr getbit bitcount bitpos strlen lcs exists type ttl pttl expiretime pexpiretime touch \
    dump expire pexpire expireat pexpireat persist object randomkey keys scan dbsize \
    hget hmget hgetall hexists hlen hkeys hvals hscan hstrlen hrandfield lrange llen lindex lpos \
    smembers sismember smismember scard srandmember sscan sinter sunion sdiff \
    zrange zrevrange zrangebyscore zrevrangebyscore zrangebylex zrevrangebylex zscore zmscore zrank zrevrank zcard \
    zcount zlexcount zscan zrandmember xlen xrange xrevrange xread xinfo pfcount geopos geodist geohash geosearch \
    ping echo info auth hello select client config command acl cluster role replconf psync wait time memory latency \
    slowlog publish spublish subscribe ssubscribe psubscribe unsubscribe sunsubscribe punsubscribe pubsub monitor \
    multi exec discard watch unwatch eval evalsha eval_ro evalsha_ro fcall fcall_ro script function module quit reset \
    asking readonly readwrite save bgsave bgrewriteaof lastsave
    """)
}
