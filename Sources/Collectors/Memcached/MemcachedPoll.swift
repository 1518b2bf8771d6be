import CacheModel
import TimeSeries

/// What one poll of a Memcached server has brought so far; collectors add to it.
struct MemcachedPoll: Sendable {
  /// The poll's planned tick.
  let time: UnixTime
  /// All series of the target, of this poll and before.
  var catalog: SeriesCatalog
  /// The values, in the order in which they came.
  private(set) var values: [(SeriesIndex, FixedPoint)] = []
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

  /// Adds a value of a series that is registered already.
  mutating func set(_ index: SeriesIndex, _ value: FixedPoint) { values.append((index, value)) }

  /// Adds a value; registers the series if need be.
  mutating func set(_ family: MetricFamily, _ labels: [Label], _ value: FixedPoint) {
    if let index = catalog.register(SeriesDefinition(family, labels: labels)) { set(index, value) }
  }

  /// How many values there are.
  var count: Int { values.count }

  /// The values that came after the first `count`: what one collector added.
  func values(after count: Int) -> [(SeriesIndex, FixedPoint)] { Array(values[count...]) }

  /// Takes back what a collector added before it failed.
  mutating func removeValues(after count: Int) { values.removeSubrange(count...) }

  /// All of it as a sample.
  func sample(epoch: UInt64) -> Sample {
    var sample = Sample(catalog: catalog, time: time, epoch: epoch)
    for (index, value) in values { sample[index] = value }
    return sample
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
