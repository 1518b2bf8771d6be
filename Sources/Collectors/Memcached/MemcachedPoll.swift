import CacheModel
import TimeSeries

/// What one poll of a Memcached server has brought so far; collectors add to it.
struct MemcachedPoll: SeriesDraft, Sendable {
  let time: UnixTime
  var catalog: SeriesCatalog
  var values: [(SeriesIndex, FixedPoint)] = []
  /// Figures that facts and sums are made of.
  var figures: [StatFigure: Int64] = [:]
  /// The server's version, as it prints it.
  var version: String?
  /// What the settings say, when they were read in this poll.
  var settings: MemcachedSettings?
  /// Counts of each prefix, when they were read in this poll.
  var prefixes: [PrefixCounts]?

  init(time: UnixTime, catalog: SeriesCatalog) {
    self.time = time
    self.catalog = catalog
    values.reserveCapacity(catalog.count)
  }
}

/// Statistics that are needed beside their series, by their name in `stats`.
enum StatFigure: String, Sendable {
  case processID = "pid"
  case uptime
  case time
  case hits = "get_hits"
  case misses = "get_misses"
  case gets = "cmd_get"
  case sets = "cmd_set"
  case touches = "cmd_touch"
  case metaCommands = "cmd_meta"
  case casHits = "cas_hits"
  case casMisses = "cas_misses"
  case casBadValues = "cas_badval"
  case bytes
  case limitBytes = "limit_maxbytes"
  case items = "curr_items"
  case totalItems = "total_items"
  case evictions
  case reclaimed
  case crawlerReclaimed = "crawler_reclaimed"
  case connections = "curr_connections"
  case maximumConnections = "max_connections"
  case connectionsReceived = "total_connections"
  case rejectedConnections = "rejected_connections"
  case bytesRead = "bytes_read"
  case deleteHits = "delete_hits"
  case deleteMisses = "delete_misses"
  case incrementHits = "incr_hits"
  case incrementMisses = "incr_misses"
  case decrementHits = "decr_hits"
  case decrementMisses = "decr_misses"
  case touchHits = "touch_hits"
  case touchMisses = "touch_misses"
  case logDropped = "log_worker_dropped"
}

/// What the settings say that reports and other collectors need.
struct MemcachedSettings: Sendable, Hashable {
  /// Whether items are evicted when memory is full (not `-M`).
  var evicts: Bool?
  /// Whether lookups are counted by prefix.
  var countsPrefixes: Bool?
  /// What ends a prefix.
  var prefixDelimiter: String?
  /// Connections that the server takes.
  var maximumConnections: Int64?
}
