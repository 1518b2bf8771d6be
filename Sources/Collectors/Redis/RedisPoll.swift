import CacheModel
import TimeSeries

/// What one poll has brought so far; collectors add to it.
struct RedisPoll: Sendable {
  /// The poll's planned tick.
  let time: UnixTime
  /// All series of the target, of this poll and before.
  var catalog: SeriesCatalog
  /// The values, in the order in which they came; a later one of the same series wins.
  private(set) var values: [(SeriesIndex, FixedPoint)] = []
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

  init(time: UnixTime, catalog: SeriesCatalog) {
    self.time = time
    self.catalog = catalog
    values.reserveCapacity(catalog.count)
  }

  /// Adds a value of a series that is registered already.
  mutating func set(_ index: SeriesIndex, _ value: FixedPoint) {
    values.append((index, value))
  }

  /// Adds a value; registers the series if need be.
  mutating func set(_ family: MetricFamily, suffix: String = "", _ labels: [Label] = [], _ value: FixedPoint) {
    if let index = catalog.register(SeriesDefinition(family, suffix: suffix, labels: labels)) { set(index, value) }
  }

  /// Adds a value of a series that may be gone in the next poll.
  mutating func pass(_ family: MetricFamily, _ labels: [Label], _ value: FixedPoint) {
    passing.append((SeriesDefinition(family, labels: labels), value))
  }

  /// How many values there are.
  var count: Int { values.count }

  /// The values that came after the first `count`: what one collector added.
  func values(after count: Int) -> [(SeriesIndex, FixedPoint)] { Array(values[count...]) }

  /// Takes back what a collector added before it failed.
  mutating func removeValues(after count: Int) { values.removeSubrange(count...) }

  /// Takes out the passing values.
  mutating func takePassing() -> [(SeriesDefinition, FixedPoint)] {
    defer { passing = [] }
    return passing
  }

  /// All of it as a sample.
  func sample() -> Sample {
    var sample = Sample(catalog: catalog, time: time, epoch: epoch)
    for (index, value) in values { sample[index] = value }
    return sample
  }
}
