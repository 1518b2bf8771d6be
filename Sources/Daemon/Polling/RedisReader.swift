import CacheClients
import CacheModel
import Collectors
import TimeSeries

/// Reads servers of the Redis family.
final class RedisReader: CacheReader {
  private let client: RedisClient
  private var collection: RedisCollection

  init(_ client: RedisClient, _ options: RedisCollectionOptions) {
    self.client = client
    collection = RedisCollection(options: options)
  }

  var executor: EventLoopExecutor { client.executor }
  var connectionsOpened: Int64 { get async { await client.connectionsOpened } }

  func poll(at tick: UnixTime, deadline: ContinuousClock.Instant) async throws(ClientError) -> CollectedPoll {
    var commands = collection.begin(at: tick)
    while true {
      let replies = try await client.pipeline(commands, deadline: deadline)
      switch collection.receive(replies, at: tick) {
      case .more(let further): commands = further
      case .done(let collected): return collected
      }
    }
  }

  func take(surveyed series: [(SeriesDefinition, FixedPoint)]) { collection.surveyed = series }

  func offer(_ lookups: [OwnLookup]) { collection.offer(lookups) }

  var ownKeys: [KeyPlace] { collection.ownKeys }

  func abandon() -> Int64 {
    defer { collection.abandon() }
    return collection.lookupsUnderWay
  }

  func close() async { await client.close() }
}
