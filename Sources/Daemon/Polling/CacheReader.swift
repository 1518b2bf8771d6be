import CacheClients
import CacheModel
import Collectors
import MemcachedProtocol
import RESP
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
  /// Gives up a poll that failed; answers how many own lookups were sent that may or may not have run.
  func abandon() -> Int64
  /// Closes the connection.
  func close() async
}

extension CacheReader {
  func offer(_ lookups: [OwnLookup]) {}
}

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

  func abandon() -> Int64 {
    defer { collection.abandon() }
    return collection.lookupsUnderWay
  }

  func close() async { await client.close() }
}

/// Reads Memcached servers.
final class MemcachedReader: CacheReader {
  private let client: MemcachedClient
  private var collection: MemcachedCollection
  private var setting: PrefixSetting

  init(_ client: MemcachedClient, _ options: MemcachedCollectionOptions, _ setting: PrefixSetting) {
    self.client = client
    self.setting = setting
    collection = MemcachedCollection(options: options)
  }

  var executor: EventLoopExecutor { client.executor }
  var connectionsOpened: Int64 { get async { await client.connectionsOpened } }

  func poll(at tick: UnixTime, deadline: ContinuousClock.Instant) async throws(ClientError) -> CollectedPoll {
    let collected = collection.receive(try await client.pipeline(collection.begin(at: tick), deadline: deadline))
    if let isOn = collection.countsPrefixes, let process = collected.facts.runID {
      try await change(setting.next(isOn: isOn, process: process), deadline)
    }
    return collected
  }

  /// Switches counting by prefix, where that is asked for.
  private func change(_ step: PrefixSetting.Step?, _ deadline: ContinuousClock.Instant) async throws(ClientError) {
    guard let step else { return }
    let replies = try await client.pipeline([step.command], deadline: deadline)
    guard replies == [.status("OK")] else { return setting.failed() }
    setting.succeeded(step)
    collection.noteCounting(step == .on)
  }

  /// Its keys can't be walked over.
  func take(surveyed series: [(SeriesDefinition, FixedPoint)]) {}

  func abandon() -> Int64 {
    collection.abandon()
    return 0
  }

  /// Takes back what was switched on.
  func close() async {
    if setting.isOurs {
      let client = self.client
      // A task of its own: the poller's is cancelled by now, and would end the call before its answer.
      let replies = await Task {
        try? await client.pipeline([PrefixSetting.Step.off.command], deadline: .now.advanced(by: .seconds(1)))
      }.value
      if replies == [.status("OK")] { setting.succeeded(.off) }
    }
    await client.close()
  }
}
