import CacheModel
import TimeSeries

/// What one poll has brought so far; collectors add to it.
struct RedisPoll: SeriesDraft, Sendable {
  let time: UnixTime
  var catalog: SeriesCatalog
  var values: [(SeriesIndex, FixedPoint)] = []
  /// Values of series that come and go (a client, a key), so that they would fill the catalog: they pass by history.
  private(set) var passing: [(SeriesDefinition, FixedPoint)] = []
  /// What is known of the server.
  var facts = ServerFacts()
  /// Identity of the server's process.
  var epoch: UInt64 = 0
  /// Whether INFO says that the server is part of a cluster.
  var isCluster = false
  /// The process id, as INFO prints it.
  var processID = ""
  /// The version of Redis that the server is or says that it is compatible with.
  var redisVersion: String?
  /// Bytes that came in and went out over the network since the statistics began.
  var networkInput: Int64?
  var networkOutput: Int64?
  /// How far the server's replication stream goes, in bytes.
  var replicationOffset: Int64?
  /// What the configuration says, when it was read in this poll.
  var configuration: ServerConfiguration?
  /// `calls` and `usec` of each command, for the summaries and histograms that lack their own.
  var commands = CommandTotals()
  /// What can't be found again.
  var found = Discoveries()
  /// Hits and misses that applications count themselves.
  var counters: [CounterReading] = []
  /// Own lookups of this poll that the server counts among its hits and its misses.
  var ownLookups = (hits: Int64(0), misses: Int64(0))
  /// The keys of those that missed.
  var ownMissed: [KeyPlace] = []

  init(time: UnixTime, catalog: SeriesCatalog) {
    self.time = time
    self.catalog = catalog
    values.reserveCapacity(catalog.count)
  }

  /// Counts an own lookup that the server counts among its misses.
  mutating func noteOwnMiss(of place: KeyPlace) {
    ownLookups.misses += 1
    ownMissed.append(place)
  }

  /// Adds a value of a series that may be gone in the next poll.
  mutating func pass(_ family: MetricFamily, _ labels: [Label], _ value: FixedPoint) {
    passing.append((SeriesDefinition(family, labels: labels), value))
  }

  /// Takes out the passing values.
  mutating func takePassing() -> [(SeriesDefinition, FixedPoint)] {
    defer { passing = [] }
    return passing
  }
}
