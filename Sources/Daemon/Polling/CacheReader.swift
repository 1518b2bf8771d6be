import CacheClients
import CacheModel
import Collectors
import TimeSeries

/// How a kind of cache is read: a kept connection, and the collectors that ask over it. Held by one poller.
protocol CacheReader: AnyObject {
  /// Where its connection lives, and its poller should.
  var executor: EventLoopExecutor { get }
  /// Connections opened so far.
  var connectionsOpened: Int64 { get async }
  /// One poll, of the planned `tick`.
  func poll(at tick: UnixTime, deadline: ContinuousClock.Instant) async throws(ClientError) -> CollectedPoll
  /// Takes series that a survey of keys has brought since, for the next poll's answer.
  func take(surveyed series: [(SeriesDefinition, FixedPoint)])
  /// Takes lookups to make in the next poll.
  func offer(_ lookups: [OwnLookup])
  /// The keys that the next poll may look up itself, one for each lookup.
  var ownKeys: [KeyPlace] { get }
  /// Gives up a poll that failed; answers how many own lookups were sent that may or may not have run.
  func abandon() -> Int64
  /// Closes the connection.
  func close() async
}

extension CacheReader {
  func offer(_ lookups: [OwnLookup]) {}

  var ownKeys: [KeyPlace] { [] }
}
